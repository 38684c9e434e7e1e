//! The options in the brackets of `#[export(…)]`.

use crate::errors::Errors;
use crate::pieces::{Piece, split};
use crate::root::Root;
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{LitStr, Token};

const KNOWN: &str = "the options are `raw`, `name = \"…\"` and `crate = path`";

/// What was asked for.
#[derive(Default)]
pub struct Args {
    pub raw: bool,
    pub name: Option<LitStr>,
    pub root: Option<Root>,
}

impl Args {
    /// Reads all options, and notes those that are not understood.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        for Piece { tokens, separator } in split(tokens, ',') {
            if tokens.is_empty() {
                errors.push(separator, format!("an option is missing before this comma: {KNOWN}"));
                continue;
            }
            errors.keep((|input: ParseStream<'_>| args.option(input)).parse2(tokens));
        }
        args
    }

    fn option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let Ok(key) = input.fork().call(Ident::parse_any) else {
            return Err(rest(input, &format!("this is no option of `#[export]`: {KNOWN}")));
        };
        let repeated = match &*key.to_string() {
            "raw" => {
                Ident::parse_any(input)?;
                std::mem::replace(&mut self.raw, true)
            }
            "name" => self.name.replace(name(input)?).is_some(),
            "crate" => self.root.replace(input.parse()?).is_some(),
            other => return Err(rest(input, &format!("`{other}` is no option of `#[export]`: {KNOWN}"))),
        };
        if repeated {
            let sentence = format!("the option `{key}` is given twice: remove one; {KNOWN}");
            return Err(syn::Error::new(key.span(), sentence));
        }
        if !input.is_empty() {
            return Err(rest(input, &format!("remove this, or write a comma before it: {KNOWN}")));
        }
        Ok(())
    }
}

/// `name = "…"`
fn name(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let key = input.call(Ident::parse_any)?;
    let value = input.parse::<Token![=]>().and_then(|_| input.parse());
    value.map_err(|_| syn::Error::new(key.span(), "`name` takes a text: write `name = \"…\"`"))
}

/// An error on all tokens that are left, which it takes.
fn rest(input: ParseStream<'_>, sentence: &str) -> syn::Error {
    match input.parse::<TokenStream>() {
        Ok(tokens) => syn::Error::new_spanned(tokens, sentence),
        Err(error) => error,
    }
}
