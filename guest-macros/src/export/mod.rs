//! `#[export]`.

mod args;
mod check;
mod expand;
mod model;
mod place;

use crate::errors::Errors;
use args::Args;
use model::Export;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemFn;

/// The user's item as it is, and behind it either the export or the errors.
pub fn export(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    let export = function(&item, &mut errors).map(|function| Export::new(args, function));
    if let Some(export) = &export {
        check::check(export, &mut errors);
    }
    let added = match export {
        Some(export) if errors.is_empty() => expand::expand(&export),
        _ => errors.to_compile_errors(),
    };
    quote!(#item #added)
}

/// The item as a function; else a note of what it is not.
fn function(item: &TokenStream, errors: &mut Errors) -> Option<ItemFn> {
    if let Ok(function) = syn::parse2(item.clone()) {
        return Some(function);
    }
    match syn::parse2::<syn::Item>(item.clone()) {
        Ok(other) => errors.push(other, "`#[export]` exports functions: put it on a `fn` with a body"),
        Err(error) => errors.add(error),
    }
    None
}
