//! Where the guest crate is: `::aingle_wasm_guest`, or what `crate = path` says.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Path, Token, parse_quote};

/// The path of the guest crate.
pub struct Root(Path);

impl Root {
    /// The module that expansions call into.
    pub fn private(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__private)
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
