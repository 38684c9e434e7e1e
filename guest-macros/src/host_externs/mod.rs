//! `host_externs!`.

mod check;
mod expand;
mod model;

use crate::errors::Errors;
use model::HostExterns;
use proc_macro2::TokenStream;
use quote::quote;

/// The host functions that could be read, and the errors.
pub fn host_externs(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let externs = HostExterns::parse(tokens, &mut errors);
    let items = externs.items.iter().map(|item| {
        let mut found = Errors::default();
        check::check(item, &mut found);
        let expanded = expand::expand(item, &externs.root, found.is_empty());
        let found = found.to_compile_errors();
        quote!(#expanded #found)
    });
    let items: TokenStream = items.collect();
    let errors = errors.to_compile_errors();
    quote!(#items #errors)
}
