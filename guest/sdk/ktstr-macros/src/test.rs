//! `#[ktstr_test]`.

use crate::keys::{Act, Key, KEYS};
use crate::named::{List, Named};
use crate::nearest::nearest;
use crate::rules::check;
use crate::test_function::TestFunction;
use crate::value::{self, Value};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;
use syn::{Attribute, Error, Ident};

/// The keys that were set.
pub type Set = BTreeMap<&'static str, (&'static Key, Span, Value)>;

pub fn expand(attribute: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let list: List = syn::parse2(attribute)?;
    let function: TestFunction = syn::parse2(item)?;
    let mut set = Set::new();
    for named in list.0 {
        let (key, span, value) = read(named)?;
        set.insert(key.name, (key, span, value));
    }
    check(&set)?;
    Ok(generate(&set, &function))
}

fn read(named: Named) -> syn::Result<(&'static Key, Span, Value)> {
    let Named { key: name, span, value } = named;
    let Some(key) = KEYS.iter().find(|key| key.name == name) else {
        let meant = nearest(&name, KEYS.iter().map(|key| key.name));
        let hint = meant.map(|meant| format!(": did you mean `{meant}`?")).unwrap_or_default();
        return Err(Error::new(span, format!("`#[ktstr_test]` has no key `{name}`{hint}")));
    };
    if let Act::Refused(what) = key.act {
        return Err(Error::new(span, format!("`{name}` is not supported yet: {what}")));
    }
    let value = value::read(key.kind, &name, span, value)?;
    if let (Act::OnlyFalse(what), Value::Bool(true)) = (key.act, &value) {
        return Err(Error::new(span, format!("`{name} = true` is not supported yet: {what}")));
    }
    Ok((key, span, value))
}

fn generate(set: &Set, function: &TestFunction) -> TokenStream {
    let name = &function.name;
    let rest = &function.rest;
    let inner = format_ident!("__ktstr_inner_{name}");
    let entry = format_ident!("__KTSTR_ENTRY_{}", name.to_string().to_uppercase());
    let (conditions, others): (Vec<&Attribute>, Vec<&Attribute>) =
        function.attributes.iter().partition(|a| a.path().is_ident("cfg") || a.path().is_ident("cfg_attr"));
    let fields = fields(set);
    let ignore = matches!(set.get("ignore"), Some((_, _, Value::Bool(true)))).then(|| quote!(#[ignore]));
    quote! {
        #(#conditions)*
        #(#others)*
        fn #inner #rest

        #(#conditions)*
        #[doc(hidden)]
        static #entry: ::ktstr::test_support::KtstrTestEntry = ::ktstr::test_support::KtstrTestEntry {
            #fields
            ..::ktstr::test_support::KtstrTestEntry::new(
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                #inner,
                ::core::env!("CARGO_MANIFEST_DIR"),
            )
        }
        .checked();

        #(#conditions)*
        ::ktstr::__ktstr_declaration!(::ktstr::test_support::Declaration::Test(&#entry));

        #(#conditions)*
        #[test]
        #ignore
        fn #name() {
            ::ktstr::test_support::run_ktstr_test(&#entry);
        }
    }
}

/// The fields of the entry that differ from its defaults.
fn fields(set: &Set) -> TokenStream {
    let mut fields = TokenStream::new();
    let mut thresholds = TokenStream::new();
    let mut dimensions = TokenStream::new();
    let mut constraints = TokenStream::new();
    for (name, (key, span, value)) in set {
        let field = Ident::new(name, *span);
        match key.act {
            Act::Field => {
                let value = value::held(key.kind, name, value);
                fields.extend(quote!(#field: #value,));
            }
            Act::Optional => {
                let value = value::held(key.kind, name, value);
                fields.extend(quote!(#field: ::core::option::Option::Some(#value),));
            }
            Act::Topology => dimensions.extend(quote!(#field: ::core::option::Option::Some(#value),)),
            Act::Constraint => constraints.extend(quote!(#field: #value,)),
            Act::MostConstraint => constraints.extend(quote!(#field: ::core::option::Option::Some(#value),)),
            Act::Threshold => thresholds.extend(quote!(.#field(#value))),
            Act::Scheduler => {
                let declared = declared(&quote!(#value));
                fields.extend(quote!(#field: ::core::option::Option::Some(#declared),));
            }
            Act::Schedulers => {
                let Value::List(names) = value else { continue };
                let all = names.iter().map(declared);
                fields.extend(quote!(#field: &[#(#all),*],));
            }
            Act::OnlyFalse(_) | Act::Refused(_) => {}
        }
    }
    let scheduler = set.get("scheduler").map(|(_, _, value)| quote!(#value));
    let (shape, demands) = match &scheduler {
        Some(path) => (quote!(#path.topology), quote!(#path.constraints)),
        None => (
            quote!(::core::option::Option::None),
            quote!(::ktstr::test_support::TopologyConstraints::DEFAULT),
        ),
    };
    quote! {
        #fields
        constraints: ::ktstr::test_support::TopologyConstraints { #constraints ..#demands }.checked(),
        topology: ::ktstr::test_support::Topology::effective(
            #shape,
            ::ktstr::test_support::TopologyKeys { #dimensions ..::ktstr::test_support::TopologyKeys::NONE },
        )
        .held_to(::ktstr::test_support::TopologyConstraints { #constraints ..#demands.said() }),
        assert: ::ktstr::test_support::Assert::NO_OVERRIDES #thresholds,
    }
}

/// A scheduler with the last part of its path as its id.
fn declared(path: &TokenStream) -> TokenStream {
    let id = path.clone().into_iter().last().map(|last| last.to_string()).unwrap_or_default();
    quote!(::ktstr::test_support::Declared { id: #id, scheduler: &#path })
}

#[cfg(test)]
#[path = "test_test.rs"]
mod tests;
