//! placeholder docs
#![forbid(unsafe_code)]

mod errors;
mod export;
mod host_externs;
mod lifetimes;
mod name;
mod pieces;
mod raw;
mod record;
mod root;
mod signature;

use proc_macro::TokenStream;

/// Exports a function to the host.
#[proc_macro_attribute]
pub fn export(args: TokenStream, item: TokenStream) -> TokenStream {
    export::export(args.into(), item.into()).into()
}

/// Declares functions of the host.
#[proc_macro]
pub fn host_externs(tokens: TokenStream) -> TokenStream {
    host_externs::host_externs(tokens.into()).into()
}
