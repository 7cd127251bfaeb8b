//! `declare_scheduler!`.

use crate::named::{List, Named};
use crate::nearest::nearest;
use crate::scheduler_keys::{Act, KEYS};
use crate::value::{self, Kind};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{braced, parenthesized, Attribute, Error, Ident, LitInt, LitStr, Token, Visibility};

/// `#[attributes] visibility NAME, { key = value, .. }`.
struct Declaration {
    attributes: Vec<Attribute>,
    visibility: Option<Visibility>,
    name: Ident,
    keys: List,
}

impl Parse for Declaration {
    fn parse(input: ParseStream) -> syn::Result<Declaration> {
        let attributes = Attribute::parse_outer(input)?;
        let visibility = Some(input.parse::<Visibility>()?).filter(|it| !matches!(it, Visibility::Inherited));
        let shape = |error: Error| {
            Error::new(error.span(), "expected `declare_scheduler!(NAME, { name = \"..\", .. })`")
        };
        let name = input.parse().map_err(shape)?;
        input.parse::<Token![,]>().map_err(shape)?;
        let content;
        braced!(content in input);
        let keys = content.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Declaration { attributes, visibility, name, keys })
    }
}

pub fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let Declaration { attributes, visibility, name, keys } = syn::parse2(input)?;
    let visibility = visibility.map_or_else(|| quote!(pub), |visibility| quote!(#visibility));
    let chain = chain(&name, keys.0)?;
    let id = name.to_string();
    Ok(quote! {
        #(#attributes)*
        #visibility static #name: ::ktstr::test_support::Scheduler =
            #chain.manifest_dir(::core::env!("CARGO_MANIFEST_DIR"));
        ::ktstr::__ktstr_declaration!(::ktstr::test_support::Declaration::Scheduler(
            ::ktstr::test_support::Declared { id: #id, scheduler: &#name }
        ));
    })
}

/// `Scheduler::named(..).setter(..)..`.
fn chain(scheduler: &Ident, keys: Vec<Named>) -> syn::Result<TokenStream> {
    let has = |name: &str| keys.iter().find(|named| named.key == name).map(|named| named.span);
    let sources = ["binary", "binary_path", "kernel_builtin_enable"];
    let mut given = sources.iter().filter_map(|source| has(source).map(|span| (source, span)));
    let first = given.next();
    if let (Some((first, _)), Some((second, span))) = (first, given.next()) {
        return Err(Error::new(
            span,
            format!("`{second}` beside `{first}`: a scheduler comes from one place"),
        ));
    }
    if let Some(span) = has("kernel_builtin_disable").filter(|_| has("kernel_builtin_enable").is_none()) {
        return Err(Error::new(
            span,
            "`kernel_builtin_disable` without `kernel_builtin_enable`: both or none",
        ));
    }
    // What is switched on by lines of a shell has no program to give these to.
    if has("kernel_builtin_enable").is_some() {
        let of_a_program = ["sched_args", "flags", "cgroup_parent", "config_file", "config_file_def"];
        if let Some((key, span)) = of_a_program.iter().find_map(|key| Some((key, has(key)?))) {
            return Err(Error::new(
                span,
                format!("`{key}` beside `kernel_builtin_enable`: there is no program to give it to; say it in the lines of the shell"),
            ));
        }
    }
    let mut name = None;
    let mut setters = TokenStream::new();
    let mut builtin = (quote!(&[]), quote!(&[]));
    for named in keys {
        let Some((_, act)) = KEYS.iter().find(|(key, _)| *key == named.key) else {
            let meant = nearest(&named.key, KEYS.iter().map(|(key, _)| *key));
            let hint = meant.map(|meant| format!(": did you mean `{meant}`?")).unwrap_or_default();
            return Err(Error::new(
                named.span,
                format!("`declare_scheduler!` has no key `{}`{hint}", named.key),
            ));
        };
        match act {
            Act::Name => name = Some(read(Kind::Text, named)?),
            Act::Setter(setter, kind) => {
                let setter = format_ident!("{setter}");
                let (key, span) = (named.key.clone(), named.span);
                let value = read(*kind, named)?;
                match key.as_str() {
                    "cgroup_parent" => value::path_of_cgroup(&key, span, &value)?,
                    "kargs" => check_kargs(span, &value)?,
                    _ => {}
                }
                setters.extend(quote!(.#setter(#value)));
            }
            Act::Constant(setter) => setters.extend(constant(setter, named)?),
            Act::Topology => setters.extend(topology(named)?),
            Act::ConfigFileDef => setters.extend(config_file_def(named)?),
            Act::Path => {
                let value = read(Kind::Text, named)?;
                setters.extend(quote!(.binary(::ktstr::test_support::SchedulerSpec::Path(#value))));
            }
            Act::Builtin if named.key == "kernel_builtin_enable" => builtin.0 = read(Kind::Texts, named)?,
            Act::Builtin => builtin.1 = read(Kind::Texts, named)?,
            Act::Refused(what) => {
                return Err(Error::new(named.span, format!("`{}` is not supported yet: {what}", named.key)));
            }
        }
    }
    let name = name.ok_or_else(|| {
        Error::new(
            scheduler.span(),
            format!("`{scheduler}` has no `name`: add `name = \"..\"`, as people know it"),
        )
    })?;
    let Some((source, _)) = first else {
        return Err(Error::new(
            scheduler.span(),
            format!("`{scheduler}` comes from nowhere: add `binary = \"scx_..\"`, `binary_path` or `kernel_builtin_enable`"),
        ));
    };
    if *source == "kernel_builtin_enable" {
        let (enable, disable) = builtin;
        setters.extend(quote! {
            .binary(::ktstr::test_support::SchedulerSpec::KernelBuiltin { enable: #enable, disable: #disable })
        });
    }
    Ok(quote!(::ktstr::test_support::Scheduler::named(#name) #setters))
}

/// What the runner itself says to the kernel, or what would take the guest's memory away.
const RESERVED: [&str; 8] =
    ["console", "earlycon", "earlyprintk", "init", "rdinit", "loglevel", "mem", "memmap"];

fn check_kargs(span: Span, value: &TokenStream) -> syn::Result<()> {
    for token in value.clone().into_iter().flat_map(strings) {
        let name = token.split('=').next().unwrap_or_default();
        if RESERVED.contains(&name) || name.starts_with("ktstr.") {
            return Err(Error::new(span, format!("`kargs`: `{name}` is the runner's to say")));
        }
    }
    Ok(())
}

/// The string literals in a token or its group.
fn strings(token: TokenTree) -> Vec<String> {
    match token {
        TokenTree::Group(group) => group.stream().into_iter().flat_map(strings).collect(),
        token => syn::parse2::<LitStr>(token.into()).map(|text| text.value()).into_iter().collect(),
    }
}

fn read(kind: Kind, named: Named) -> syn::Result<TokenStream> {
    let value = value::read(kind, &named.key, named.span, named.value)?;
    Ok(quote!(#value))
}

/// A list wants a reference, as the setters take slices.
fn constant(setter: &str, named: Named) -> syn::Result<TokenStream> {
    let Named { key, span, value } = named;
    let value =
        value.ok_or_else(|| Error::new(span, format!("`{key}` needs a value: a constant expression")))?;
    let setter = format_ident!("{setter}");
    let is_list = syn::parse2::<proc_macro2::Group>(value.clone())
        .is_ok_and(|group| group.delimiter() == proc_macro2::Delimiter::Bracket);
    Ok(if is_list { quote!(.#setter(&#value)) } else { quote!(.#setter(#value)) })
}

fn topology(named: Named) -> syn::Result<TokenStream> {
    let span = named.span;
    let message = "`topology`: expected `(numa_nodes, llcs, cores, threads)`, each at least 1";
    let parse = |input: ParseStream| {
        let content;
        parenthesized!(content in input);
        Punctuated::<LitInt, Token![,]>::parse_terminated(&content)
    };
    let numbers = parse.parse2(named.value.unwrap_or_default()).map_err(|_| Error::new(span, message))?;
    let numbers: Vec<u64> = numbers.iter().map(LitInt::base10_parse).collect::<syn::Result<_>>()?;
    let [nodes, llcs, cores, threads] = numbers[..] else { return Err(Error::new(span, message)) };
    if numbers.iter().any(|number| !(1..=255).contains(number)) {
        return Err(Error::new(span, format!("{message} and at most 255")));
    }
    if llcs % nodes != 0 {
        return Err(Error::new(span, topology_llcs(llcs, nodes)));
    }
    let cpus = llcs * cores * threads;
    if cpus > 255 {
        return Err(Error::new(span, format!("`topology` has {cpus} vCPUs: a machine has at most 255")));
    }
    let literals = [nodes, llcs, cores, threads].map(proc_macro2::Literal::u64_unsuffixed);
    Ok(quote!(.topology(#(#literals),*)))
}

fn topology_llcs(llcs: u64, nodes: u64) -> String {
    format!("`topology`: {llcs} LLCs are not a multiple of {nodes} NUMA nodes: the second number counts those of all nodes")
}

fn config_file_def(named: Named) -> syn::Result<TokenStream> {
    let message = "`config_file_def`: expected `(\"--config {file}\", \"/path/in/the/guest\")`";
    let parse = |input: ParseStream| {
        let content;
        parenthesized!(content in input);
        Punctuated::<LitStr, Token![,]>::parse_terminated(&content)
    };
    let wrong = |span: Span| Error::new(span, message);
    let texts = parse.parse2(named.value.unwrap_or_default()).map_err(|_| wrong(named.span))?;
    let texts: Vec<LitStr> = texts.into_iter().collect();
    let [argument, path] = &texts[..] else { return Err(wrong(named.span)) };
    if !argument.value().contains("{file}") || !path.value().starts_with('/') {
        return Err(wrong(argument.span()));
    }
    Ok(quote!(.config_file_def(#argument, #path)))
}

#[cfg(test)]
#[path = "scheduler_test.rs"]
mod tests;
