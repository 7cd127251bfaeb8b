//! The function under `#[ktstr_test]`: its parts, without a parser for the whole of Rust.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Token, Visibility};

/// `#[attributes] fn name(arguments) -> result { body }`.
pub struct TestFunction {
    pub attributes: Vec<Attribute>,
    pub name: Ident,
    /// From the arguments on.
    pub rest: TokenStream,
}

const SHAPE: &str = "`#[ktstr_test]` goes on `fn name(ctx: &Ctx) -> Result<AssertResult>`";

impl Parse for TestFunction {
    fn parse(input: ParseStream) -> syn::Result<TestFunction> {
        let attributes = Attribute::parse_outer(input)?;
        for attribute in &attributes {
            if attribute.path().is_ident("test") {
                return Err(Error::new_spanned(
                    attribute,
                    "`#[ktstr_test]` makes the `#[test]`: remove this one",
                ));
            }
            if attribute.path().is_ident("should_panic") {
                return Err(Error::new_spanned(
                    attribute,
                    "a panic is never a pass: use `expect_err = true`",
                ));
            }
            if attribute.path().is_ident("ignore") {
                return Err(Error::new_spanned(
                    attribute,
                    "use `ignore = true`, which the runner knows of too",
                ));
            }
        }
        input.parse::<Visibility>()?;
        let shape = |error: Error| Error::new(error.span(), SHAPE);
        input.parse::<Token![fn]>().map_err(shape)?;
        let name: Ident = input.parse().map_err(shape)?;
        if input.peek(Token![<]) {
            return Err(input.error(format!("a test is not generic: {SHAPE}")));
        }
        let rest: TokenStream = input.parse()?;
        let arguments = rest.clone().into_iter().next();
        match arguments {
            Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty() =>
            {
                Err(Error::new(name.span(), format!("`{name}` has no argument: {SHAPE}")))
            }
            _ => Ok(TestFunction { attributes, name, rest }),
        }
    }
}
