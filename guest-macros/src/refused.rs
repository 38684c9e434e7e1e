//! Types that cannot cross and are known by how they are written, so that the message says what to write instead.
//!
//! All other types are checked by the trait `Data`, and so are these behind an alias.

use crate::errors::Errors;
use crate::signature::bare;
use quote::ToTokens;
use std::fmt::Display;
use syn::visit::{self, Visit};
use syn::{Expr, Lit, PathSegment, Type, TypeArray, TypePath, TypeReference, TypeTuple};

/// The most items of an array that serde writes.
const MAX_ARRAY: usize = 32;
/// The most items of a tuple that serde writes.
const MAX_TUPLE: usize = 16;

/// Notes what cannot cross in a type that is only written.
pub fn check(ty: &Type, errors: &mut Errors) {
    Checker { errors, reason: None }.visit_type(ty);
}

/// Notes what cannot cross in an argument, which may be a reference as a whole.
pub fn check_read(ty: &Type, errors: &mut Errors) {
    let ty = if let Type::Reference(reference) = ty { bare(&reference.elem) } else { ty };
    let reason = "only a whole argument can be borrowed so";
    Checker { errors, reason: Some(reason) }.visit_type(ty);
}

/// Notes what cannot cross in a field that is read.
pub fn check_field(ty: &Type, errors: &mut Errors) {
    let reason = "a type that borrows so can only be written, and says so with `#[data(write_only)]`";
    Checker { errors, reason: Some(reason) }.visit_type(ty);
}

struct Checker<'a> {
    errors: &'a mut Errors,
    /// Why numbers cannot be borrowed here, where they cannot.
    reason: Option<&'static str>,
}

impl<'ast> Visit<'ast> for Checker<'_> {
    fn visit_type_array(&mut self, array: &'ast TypeArray) {
        if let Some(len) = literal(&array.len).filter(|&len| len > MAX_ARRAY) {
            let item = text(&array.elem);
            let sentence = format!(
                "an array of {len} items cannot cross, because serde writes no more than {MAX_ARRAY}: write \
                 `Vec<{item}>`, or `&[{item}]` as an argument"
            );
            self.errors.push(array, sentence);
        }
        self.visit_type(&array.elem);
    }

    fn visit_type_tuple(&mut self, tuple: &'ast TypeTuple) {
        let len = tuple.elems.len();
        if len > MAX_TUPLE {
            let sentence = format!(
                "a tuple of {len} items cannot cross, because serde writes no more than {MAX_TUPLE}: make it a struct \
                 with `#[derive(Data)]`"
            );
            self.errors.push(tuple, sentence);
        }
        visit::visit_type_tuple(self, tuple);
    }

    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if let (Some(reason), Some(owned)) = (self.reason, owned(bare(&reference.elem))) {
            let found = text(&reference.elem);
            let sentence = format!("`&{found}` cannot be borrowed here: write `{owned}`; {reason}");
            self.errors.push(reference, sentence);
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_type_path(&mut self, path: &'ast TypePath) {
        if let Some(sentence) = path.path.segments.last().and_then(of_name) {
            self.errors.push(path, sentence);
        }
        visit::visit_type_path(self, path);
    }

    fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
        // It holds no value of the type that it names.
        if segment.ident != "PhantomData" {
            visit::visit_path_segment(self, segment);
        }
    }
}

/// What is said of a type of this name, where it cannot cross.
fn of_name(last: &PathSegment) -> Option<impl Display + use<>> {
    let name = last.ident.to_string();
    let instead = match (name.as_str(), last.arguments.is_empty()) {
        ("HashMap" | "HashSet", false) => {
            let ordered = name.replace("Hash", "BTree");
            format!("because its order is another each time: write `{ordered}`")
        }
        ("HostCallError", true) => "because it is this guest's own view of a call: make an error type with \
                                    `#[derive(Data)]`, and give it an `impl From<HostCallError>`"
            .into(),
        _ => return None,
    };
    Some(format!("`{name}` cannot cross, {instead}"))
}

/// The length of an array, where it is written as a number.
fn literal(len: &Expr) -> Option<usize> {
    match len {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(int) => int.base10_parse().ok(),
            _ => None,
        },
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// What to write in place of a reference to this type, if that is a number or a slice of numbers. Bytes are borrowed
/// from the request.
fn owned(ty: &Type) -> Option<String> {
    const NUMBERS: [&str; 12] =
        ["u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "f32", "f64"];
    match ty {
        Type::Slice(slice) => {
            let item = text(&slice.elem);
            (item != "u8" && NUMBERS.contains(&item.as_str())).then(|| format!("Vec<{item}>"))
        }
        ty => Some(text(ty)).filter(|name| NUMBERS.contains(&name.as_str())),
    }
}

fn text(ty: &Type) -> String {
    ty.to_token_stream().to_string()
}
