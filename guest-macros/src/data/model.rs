//! A type, as describing and expanding see it.

use super::args::Args;
use super::borrow;
use super::case::Rule;
use super::serde_attributes::{Place, SerdeAttributes};
use crate::errors::Errors;
use crate::root::Root;
use std::collections::BTreeSet;
use syn::ext::IdentExt;
use syn::{DeriveInput, Lifetime, Type};

/// One type that crosses.
pub struct Model<'a> {
    pub root: Root,
    pub write_only: bool,
    pub input: &'a DeriveInput,
    /// As serde calls it.
    pub name: String,
    /// Whether `name` was given by `rename`.
    pub renamed: bool,
    pub shape: Shape<'a>,
    /// What a value borrows from the bytes that it is read from.
    pub borrowed: BTreeSet<Lifetime>,
}

/// What is inside.
pub enum Shape<'a> {
    Struct(Fields<'a>),
    Enum(Vec<Variant<'a>>),
}

/// One variant.
pub struct Variant<'a> {
    /// As serde calls it.
    pub name: String,
    pub fields: Fields<'a>,
}

/// The fields of a struct or a variant.
pub enum Fields<'a> {
    Unit,
    Unnamed(Vec<&'a Type>),
    /// With their names, as serde calls them.
    Named(Vec<(String, &'a Type)>),
}

impl<'a> Model<'a> {
    /// Reads the type and its attributes, and notes those that are refused.
    pub fn new(input: &'a DeriveInput, root: Root, errors: &mut Errors) -> Self {
        let args = Args::parse(&input.attrs, errors);
        let attrs = SerdeAttributes::parse(&input.attrs, Place::Container, errors);
        let mut borrowed = BTreeSet::new();
        let shape = match &input.data {
            syn::Data::Struct(data) => {
                Shape::Struct(Fields::new(&data.fields, attrs.rename_all, None, &mut borrowed, errors))
            }
            syn::Data::Enum(data) => {
                let variants = data.variants.iter();
                let read = |variant| Variant::new(variant, &attrs, &mut borrowed, errors);
                Shape::Enum(variants.map(read).collect())
            }
            syn::Data::Union(_) => Shape::Struct(Fields::Unit),
        };
        Self {
            root: args.root.unwrap_or(root),
            write_only: args.write_only,
            input,
            renamed: attrs.rename.is_some(),
            name: attrs.rename.unwrap_or_else(|| input.ident.unraw().to_string()),
            shape,
            borrowed,
        }
    }
}

impl<'a> Variant<'a> {
    fn new(
        variant: &'a syn::Variant,
        container: &SerdeAttributes,
        borrowed: &mut BTreeSet<Lifetime>,
        errors: &mut Errors,
    ) -> Self {
        let attrs = SerdeAttributes::parse(&variant.attrs, Place::Variant, errors);
        let rule = attrs.rename_all.or(container.rename_all_fields);
        let fields = Fields::new(&variant.fields, rule, Some(&attrs), borrowed, errors);
        let name = container.rename_all.variant(&variant.ident.unraw().to_string());
        Self { name: attrs.rename.unwrap_or(name), fields }
    }
}

impl<'a> Fields<'a> {
    /// `rule` is how named fields are called. A `borrow` of the `variant` is one of its field.
    fn new(
        fields: &'a syn::Fields,
        rule: Rule,
        variant: Option<&SerdeAttributes>,
        borrowed: &mut BTreeSet<Lifetime>,
        errors: &mut Errors,
    ) -> Self {
        let mut read = |field: &'a syn::Field| {
            let attrs = SerdeAttributes::parse(&field.attrs, Place::Field, errors);
            let borrow = attrs.borrow.as_ref().or(variant.and_then(|variant| variant.borrow.as_ref()));
            borrowed.extend(borrow::lifetimes(&field.ty, borrow));
            let name = field.ident.as_ref().map(|ident| rule.field(&ident.unraw().to_string()));
            (attrs.rename.or(name).unwrap_or_default(), &field.ty)
        };
        match fields {
            syn::Fields::Unit => Self::Unit,
            syn::Fields::Unnamed(fields) => {
                Self::Unnamed(fields.unnamed.iter().map(|field| read(field).1).collect())
            }
            syn::Fields::Named(fields) => Self::Named(fields.named.iter().map(read).collect()),
        }
    }
}
