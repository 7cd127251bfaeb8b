//! `key = value, key, ...`: the list that both macros read, with the tokens of each value.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Error, Token};

/// One key. Without a value it stands for `key = true`.
pub struct Named {
    pub key: String,
    pub span: Span,
    pub value: Option<TokenStream>,
}

/// The whole list; each key is there once.
pub struct List(pub Vec<Named>);

impl Parse for List {
    fn parse(input: ParseStream) -> syn::Result<List> {
        let mut list: Vec<Named> = Vec::new();
        while !input.is_empty() {
            let ident: Ident =
                input.parse().map_err(|error| Error::new(error.span(), "expected `key = value`"))?;
            let (key, span) = (ident.to_string(), ident.span());
            if list.iter().any(|named| named.key == key) {
                return Err(Error::new(span, format!("`{key}` is set twice: leave one of them")));
            }
            let value = match input.parse::<Option<Token![=]>>()? {
                Some(_) => Some(value(input, &key, span)?),
                None => None,
            };
            list.push(Named { key, span, value });
            if input.is_empty() {
                break;
            }
            input
                .parse::<Token![,]>()
                .map_err(|error| Error::new(error.span(), "expected `,` between two keys"))?;
        }
        Ok(List(list))
    }
}

/// All tokens to the next comma; one in brackets is inside of its group.
fn value(input: ParseStream, key: &str, span: Span) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    if tokens.is_empty() {
        return Err(Error::new(span, format!("`{key}` has no value after its `=`")));
    }
    Ok(tokens)
}
