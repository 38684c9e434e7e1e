//! The options in the brackets of `#[data(…)]`.

use crate::errors::Errors;
use crate::root::Root;
use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Token};

const KNOWN: &str = "the options are `crate = path` and `write_only`";

/// What was asked for.
#[derive(Default)]
pub struct Args {
    /// Where the crate is that has `Data`.
    pub root: Option<Root>,
    /// Whether there is no `Deserialize`.
    pub write_only: bool,
}

impl Args {
    /// Reads all `#[data(…)]` of a type, and notes what is not understood.
    pub fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("data")) {
            let tokens = attr.meta.require_list().map(|list| list.tokens.clone());
            let tokens = tokens.map_err(|_| {
                syn::Error::new_spanned(attr, format!("`data` takes options in brackets: {KNOWN}"))
            });
            for piece in errors.keep(tokens).into_iter().flat_map(|tokens| crate::pieces::split(tokens, ','))
            {
                errors.keep((|input: ParseStream<'_>| args.option(input)).parse2(piece.tokens));
            }
        }
        args
    }

    fn option(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(Token![crate]) {
            self.root = Some(input.parse()?);
        } else {
            let key = input.call(Ident::parse_any);
            match key {
                Ok(key) if key == "write_only" => self.write_only = true,
                Ok(key) => {
                    let sentence = format!("`{key}` is no option of `#[data]`: {KNOWN}");
                    input.parse::<TokenStream>()?;
                    return Err(syn::Error::new(key.span(), sentence));
                }
                Err(error) => {
                    input.parse::<TokenStream>()?;
                    return Err(syn::Error::new(
                        error.span(),
                        format!("this is no option of `#[data]`: {KNOWN}"),
                    ));
                }
            }
        }
        if input.is_empty() {
            return Ok(());
        }
        let rest: TokenStream = input.parse()?;
        Err(syn::Error::new_spanned(rest, format!("remove this, or write a comma before it: {KNOWN}")))
    }
}
