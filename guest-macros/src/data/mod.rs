//! `#[derive(Data)]`.

mod args;
mod borrow;
mod case;
mod check;
mod describe;
mod expand;
mod model;
mod serde_attributes;

use crate::errors::Errors;
use crate::root::Root;
use model::Model;
use proc_macro2::TokenStream;
use syn::DeriveInput;

/// The implementations for a type, or the errors. `root` is the crate that the derive was named by.
pub fn data(item: TokenStream, root: Root) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = Model::new(&input, root, &mut errors);
    check::check(&model, &mut errors);
    expand::expand(&model, &errors)
}
