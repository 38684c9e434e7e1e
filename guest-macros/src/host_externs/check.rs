//! Which host functions can be declared.

use super::model::{HostExtern, Typed};
use crate::errors::Errors;
use crate::refused;
use crate::signature;
use syn::{Meta, ReturnType, Type};

/// Notes everything for which the host function cannot be called.
pub fn check(item: &HostExtern, errors: &mut Errors) {
    match item {
        HostExtern::Raw(raw) => raw.name.check(errors),
        HostExtern::Typed(typed) => check_typed(typed, errors),
    }
}

fn check_typed(typed: &Typed, errors: &mut Errors) {
    typed.name.check(errors);
    signature::check(&typed.signature, "a host function", errors);
    if let Some(token) = &typed.signature.constness {
        errors.push(token, "a host function cannot be `const`: it runs in the host; remove `const`");
    }
    check_types(typed, errors);
    check_borrowed(typed, errors);
    check_repeated(typed, errors);
    check_notify(typed, errors);
}

fn check_types(typed: &Typed, errors: &mut Errors) {
    for parameter in &typed.parameters {
        refused::check(&parameter.ty, errors);
    }
    refused::check(&typed.result, errors);
}

/// The response ends with the call, and what it borrows with it.
fn check_borrowed(typed: &Typed, errors: &mut Errors) {
    if let Type::Reference(result) = &typed.result {
        let sentence = "a result of a host function cannot be a reference: return a type that owns its data, \
                        such as `String`";
        errors.push(result, sentence);
    }
}

fn check_repeated(typed: &Typed, errors: &mut Errors) {
    for attr in &typed.repeated {
        errors.push(attr, "this attribute is given twice: remove one");
    }
}

fn check_notify(typed: &Typed, errors: &mut Errors) {
    let Some(notify) = &typed.notify else { return };
    if !matches!(notify.meta, Meta::Path(_)) {
        errors.push(notify, "`notify` takes no options: write `#[notify]`");
    }
    if let ReturnType::Type(_, result) = &typed.signature.output {
        errors.push(result, "a notification has no result: leave the type out, or remove `#[notify]`");
    }
}
