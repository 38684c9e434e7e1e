//! Where the crate is that expansions call into: `::aingle_wasm_guest` or another of this workspace, or what
//! `crate = path` says.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Path, Token, parse_quote};

/// The path of that crate.
pub struct Root(Path);

impl Root {
    /// The module that expansions call into.
    pub fn private(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__private)
    }

    /// The module that expansions of `Data` name.
    pub fn data(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__data)
    }

    /// A crate of this workspace, by its name.
    pub fn named(name: &str) -> Self {
        let ident = Ident::new(name, Span::call_site());
        Self(parse_quote!(::#ident))
    }
}

impl Default for Root {
    fn default() -> Self {
        Self(parse_quote!(::aingle_wasm_guest))
    }
}

impl Parse for Root {
    /// `crate = path`
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let keyword: Token![crate] = input.parse()?;
        let path = input.parse::<Token![=]>().and_then(|_| input.call(Path::parse_mod_style));
        path.map(Self).map_err(|_| {
            let sentence = "`crate` takes a path: write `crate = path::to::aingle_wasm_guest`";
            syn::Error::new(keyword.span, sentence)
        })
    }
}
