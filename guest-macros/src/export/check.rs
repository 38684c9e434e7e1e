//! Which functions can be exported.

use super::model::Export;
use super::place;
use crate::errors::Errors;
use crate::refused;
use crate::signature;
use proc_macro2::TokenTree;
use syn::{Attribute, Meta, Type};

/// Attributes that give a function a symbol or a place of its own.
const SYMBOLS: [&str; 3] = ["no_mangle", "export_name", "link_section"];

/// Notes everything for which the function cannot be exported.
pub fn check(export: &Export, errors: &mut Errors) {
    export.name.check_export(errors);
    signature::check(&export.function.sig, "an exported function", errors);
    check_attributes(export, errors);
    check_static(export, errors);
    check_place(export, errors);
    if export.raw {
        check_raw(export, errors);
    } else {
        check_types(export, errors);
        check_items(export, errors);
    }
}

fn check_place(export: &Export, errors: &mut Errors) {
    let function = &export.function;
    if function.sig.receiver().is_none() && place::is_in_impl(function) {
        let sentence = "an exported function cannot stand in an `impl`: the host calls it by its name alone; move it \
                        out of the `impl`";
        errors.push(&function.sig.ident, sentence);
    }
}

fn check_attributes(export: &Export, errors: &mut Errors) {
    for attr in export.function.attrs.iter().filter(|attr| names_a_symbol(attr)) {
        let sentence = "`#[export]` gives the function its symbol: remove this, and use `#[export(name = \"…\")]` \
                        for another name";
        errors.push(attr, sentence);
    }
}

fn names_a_symbol(attr: &Attribute) -> bool {
    if let Meta::List(list) = &attr.meta
        && list.path.is_ident("unsafe")
    {
        let first = list.tokens.clone().into_iter().next();
        return matches!(first, Some(TokenTree::Ident(ident)) if SYMBOLS.iter().any(|name| ident == name));
    }
    SYMBOLS.iter().any(|name| attr.path().is_ident(name))
}

/// A `&'static` argument could be kept for ever, and what it points to ends with the call.
fn check_static(export: &Export, errors: &mut Errors) {
    for parameter in &export.parameters {
        let Type::Reference(reference) = &parameter.ty else { continue };
        let Some(lifetime) = &reference.lifetime else { continue };
        if lifetime.ident == "static" {
            let sentence = "an argument cannot be `&'static`: it is borrowed from the call; remove `'static`";
            errors.push(lifetime, sentence);
        }
    }
}

/// The items of a slice are read into the arena, and keep nothing of the request alive.
fn check_items(export: &Export, errors: &mut Errors) {
    for parameter in &export.parameters {
        if let Some(lifetime) = signature::borrowed_item(&parameter.ty) {
            let sentence = "the items of a borrowed slice cannot borrow: take items that own their data, such as \
                            `&[String]`, or a `Vec` by value, such as `Vec<&str>`";
            errors.push(lifetime, sentence);
        }
    }
}

fn check_types(export: &Export, errors: &mut Errors) {
    for parameter in &export.parameters {
        refused::check_read(&parameter.ty, errors);
    }
    refused::check(&export.result, errors);
}

fn check_raw(export: &Export, errors: &mut Errors) {
    let signature = &export.function.sig;
    let found = signature.inputs.len();
    if found == 1 {
        return;
    }
    let sentence = format!(
        "a raw function takes one argument, the payload as `&[u8]`, and this one takes {found}: \
         remove `raw` for typed arguments"
    );
    match found {
        0 => errors.push(&signature.ident, sentence),
        _ => errors.push(&signature.inputs, sentence),
    }
}
