//! Which types can cross.

use super::model::Model;
use crate::errors::Errors;
use crate::refused;
use proc_macro2::Ident;
use syn::visit::Visit;
use syn::{Attribute, DeriveInput, Field, Path, PathSegment};

/// Notes everything for which the type cannot cross, except attributes of serde.
pub fn check(model: &Model<'_>, errors: &mut Errors) {
    let input = model.input;
    if let syn::Data::Union(data) = &input.data {
        let sentence = "a union cannot cross: nothing tells the reader which field it holds; write an enum";
        errors.push(data.union_token, sentence);
    }
    for param in input.generics.lifetimes().filter(|param| param.lifetime.ident == "de") {
        errors.push(&param.lifetime, "serde needs the lifetime `'de` for itself: choose another name");
    }
    for field in fields(input) {
        check_options(&field.attrs, errors);
        check_itself(field, &input.ident, errors);
        if model.write_only {
            refused::check(&field.ty, errors);
        } else {
            refused::check_field(&field.ty, errors);
        }
    }
    if let syn::Data::Enum(data) = &input.data {
        for variant in &data.variants {
            check_options(&variant.attrs, errors);
        }
    }
}

fn fields(input: &DeriveInput) -> Vec<&Field> {
    match &input.data {
        syn::Data::Struct(data) => data.fields.iter().collect(),
        syn::Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        syn::Data::Union(_) => Vec::new(),
    }
}

fn check_options(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("data")) {
        errors.push(
            attr,
            "options of `Data` are the whole type's: write `#[data(…)]` before `struct` or `enum`",
        );
    }
}

/// A description is written out, so that of a type that contains itself would not end.
fn check_itself(field: &Field, ident: &Ident, errors: &mut Errors) {
    let mut finder = Finder { ident, itself: None, receiver: None };
    finder.visit_type(&field.ty);
    if let Some(found) = finder.itself {
        let sentence = format!(
            "`{ident}` cannot contain itself: its description would not end; keep the items in a `Vec` beside each \
             other, and let them name one another by index"
        );
        errors.push(found, sentence);
    }
    if let Some(found) = finder.receiver {
        errors.push(found, format!("`Self` cannot be used here: write `{ident}`"));
    }
}

struct Finder<'a> {
    ident: &'a Ident,
    /// Where the type is named as a whole.
    itself: Option<&'a Path>,
    /// Where something of it is named through `Self`.
    receiver: Option<&'a Path>,
}

impl<'a> Visit<'a> for Finder<'a> {
    fn visit_path(&mut self, path: &'a Path) {
        let first = path.segments.first();
        let named = |name: &Ident| first.is_some_and(|first| first.ident == *name);
        let receiver = first.is_some_and(|first| first.ident == "Self");
        match path.segments.len() {
            1 if named(self.ident) || receiver => _ = self.itself.get_or_insert(path),
            _ if receiver => _ = self.receiver.get_or_insert(path),
            _ => syn::visit::visit_path(self, path),
        }
    }

    fn visit_path_segment(&mut self, segment: &'a PathSegment) {
        // It holds no value of the type that it names.
        if segment.ident != "PhantomData" {
            syn::visit::visit_path_segment(self, segment);
        }
    }
}
