//! Values of keys: from tokens to what stands in the generated code, with errors that name the key.

use proc_macro2::{Span, TokenStream};
use quote::{quote, ToTokens};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{bracketed, Error, Lit, LitStr, Path, Token};

/// What a key's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`; the bare key is `true`.
    Bool,
    /// A whole number from `least` to `most`.
    Whole { least: u64, most: u64 },
    /// A number.
    Number,
    /// A string, or the name of a constant.
    Text,
    /// `["..", CONSTANT]`.
    Texts,
    /// The name of a constant or a function.
    Name,
    /// `[NAME, NAME]`.
    Names,
}

impl Kind {
    fn expected(self) -> String {
        match self {
            Kind::Bool => "`true` or `false`".to_string(),
            Kind::Whole { least, most: u64::MAX } => format!("a whole number of at least {least}"),
            Kind::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Kind::Number => "a number".to_string(),
            Kind::Text => "a string or the name of a constant".to_string(),
            Kind::Texts => "a list of strings: `[\"a\", \"b\"]`".to_string(),
            Kind::Name => "the name of a constant or function".to_string(),
            Kind::Names => "a list of names: `[A, B]`".to_string(),
        }
    }
}

/// A value that was read.
pub enum Value {
    Bool(bool),
    /// Known here: the checks over several keys use it.
    Whole(u64),
    Tokens(TokenStream),
    List(Vec<TokenStream>),
}

impl Value {
    /// A whole number that stands in the source as such.
    pub fn whole(&self) -> Option<u64> {
        match self {
            Value::Whole(number) => Some(*number),
            _ => None,
        }
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Value::Bool(value) => quote!(#value),
            Value::Whole(number) => proc_macro2::Literal::u64_unsuffixed(*number).into_token_stream(),
            Value::Tokens(value) => value.clone(),
            Value::List(values) => quote!(&[#(#values),*]),
        });
    }
}

/// Reads the value of `key`, or says what it should be.
pub fn read(kind: Kind, key: &str, span: Span, value: Option<TokenStream>) -> syn::Result<Value> {
    let Some(tokens) = value else {
        return match kind {
            Kind::Bool => Ok(Value::Bool(true)),
            _ => Err(Error::new(span, format!("`{key}` needs a value: {}", kind.expected()))),
        };
    };
    let shown = tokens.to_string();
    let wrong = || Error::new_spanned(&tokens, format!("`{key} = {shown}`: expected {}", kind.expected()));
    let parse = |input: ParseStream| parse(kind, input);
    match parse.parse2(tokens.clone()) {
        Ok(Some(value)) => Ok(value),
        Ok(None) | Err(_) => Err(wrong()),
    }
}

/// The value in the generated code, where the compiler holds a constant to the limits that `read` holds numbers to.
pub fn held(kind: Kind, key: &str, value: &Value) -> TokenStream {
    let (Kind::Whole { least, most }, Value::Tokens(constant)) = (kind, value) else { return quote!(#value) };
    let message = format!("`{key}`: expected {}", kind.expected());
    let limit = |number: u64| proc_macro2::Literal::u64_unsuffixed(number);
    // What the field's type holds anyway would be a warning.
    let above = (least > 0)
        .then(|| limit(least))
        .map(|least| quote!(::core::assert!(#constant >= #least, #message);));
    let below = (most < u64::from(u32::MAX))
        .then(|| limit(most))
        .map(|most| quote!(::core::assert!(#constant <= #most, #message);));
    quote!({ #above #below #constant })
}

/// `None`: it is something, but not of this kind.
fn parse(kind: Kind, input: ParseStream) -> syn::Result<Option<Value>> {
    Ok(match kind {
        Kind::Bool => match input.parse()? {
            Lit::Bool(value) => Some(Value::Bool(value.value)),
            _ => None,
        },
        Kind::Whole { .. } | Kind::Number if input.peek(syn::Ident) => Some(path(input)?),
        Kind::Whole { least, most } => match input.parse()? {
            Lit::Int(number) => Some(number.base10_parse::<u64>()?)
                .filter(|number| (least..=most).contains(number))
                .map(Value::Whole),
            _ => None,
        },
        Kind::Number => match input.parse()? {
            Lit::Float(number) => Some(Value::Tokens(number.into_token_stream())),
            Lit::Int(number) => {
                let number: f64 = number.base10_parse()?;
                Some(Value::Tokens(quote!(#number)))
            }
            _ => None,
        },
        Kind::Text => Some(Value::Tokens(text(input)?)),
        Kind::Name => Some(path(input)?),
        Kind::Texts => Some(Value::List(list(input, text)?)),
        Kind::Names => {
            Some(Value::List(list(input, |input| Ok(input.parse::<Path>()?.into_token_stream()))?))
        }
    })
}

fn path(input: ParseStream) -> syn::Result<Value> {
    Ok(Value::Tokens(input.parse::<Path>()?.into_token_stream()))
}

fn text(input: ParseStream) -> syn::Result<TokenStream> {
    if input.peek(LitStr) {
        return Ok(input.parse::<LitStr>()?.into_token_stream());
    }
    Ok(input.parse::<Path>()?.into_token_stream())
}

fn list(
    input: ParseStream,
    item: fn(ParseStream) -> syn::Result<TokenStream>,
) -> syn::Result<Vec<TokenStream>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<TokenStream, Token![,]>::parse_terminated_with(&content, item)?.into_iter().collect())
}

/// Refuses a cgroup's path that is none, where it stands in the source.
pub fn path_of_cgroup(key: &str, span: Span, value: &TokenStream) -> syn::Result<()> {
    let Ok(path) = syn::parse2::<LitStr>(value.clone()) else { return Ok(()) };
    let path = path.value();
    let parts =
        path.strip_prefix('/').map(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")));
    if parts == Some(true) {
        return Ok(());
    }
    Err(Error::new(
        span,
        format!("`{key} = \"{path}\"`: expected a path below /sys/fs/cgroup, like \"/ktstr\""),
    ))
}
