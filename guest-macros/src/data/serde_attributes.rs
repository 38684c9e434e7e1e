//! Which `#[serde(…)]` attributes a value without names can carry.
//!
//! The rule: an attribute is accepted when the bytes, the description and the reader all follow it. Those are
//! `rename`, `rename_all`, `rename_all_fields`, which change names in the description, and `borrow`. Every other
//! one is refused, with its reason and a way out.

use super::case::Rule;
use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, Token};

/// What an attribute stands on.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    Container,
    Variant,
    Field,
}

/// The accepted attributes of one container, variant or field.
#[derive(Default)]
pub struct SerdeAttributes {
    pub rename: Option<String>,
    pub rename_all: Rule,
    pub rename_all_fields: Rule,
    /// The lifetimes of `borrow = "…"`; empty tokens for `borrow` alone.
    pub borrow: Option<TokenStream>,
}

impl SerdeAttributes {
    /// Reads them, and notes those that are refused.
    pub fn parse(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Self {
        let mut found = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            let list = attr
                .meta
                .require_list()
                .and_then(|list| Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone()));
            for meta in errors.keep(list).into_iter().flatten() {
                found.read(&meta, place, errors);
            }
        }
        found
    }

    fn read(&mut self, meta: &Meta, place: Place, errors: &mut Errors) {
        let key = meta.path().to_token_stream().to_string();
        match &*key {
            "rename" => {
                if let Some(name) = single(meta, &key, errors) {
                    check_name(&name, errors);
                    self.rename = Some(name.value());
                }
            }
            "rename_all" => self.rename_all = rule(meta, &key, errors),
            "rename_all_fields" => self.rename_all_fields = rule(meta, &key, errors),
            "borrow" => {
                let lifetimes = text(meta).and_then(|text| text.value().parse::<TokenStream>().ok());
                self.borrow = Some(lifetimes.unwrap_or_default());
            }
            _ => errors.push(meta, refusal(&key, place)),
        }
    }
}

/// Why an attribute is refused, and what to write in its place.
fn refusal(key: &str, place: Place) -> String {
    let (reason, way_out) = match key {
        "skip_serializing_if" => (
            "values travel without names, so the reader takes the next field for the one that was left out",
            "remove it: the field always travels, and an `Option` that is `None` takes one byte",
        ),
        "default" => (
            "values travel without names, so a reader cannot tell that a field is missing",
            "remove it, and make the field an `Option` where it can be absent",
        ),
        "skip" | "skip_serializing" | "skip_deserializing" if place == Place::Variant => (
            "variants travel as their number, and serde numbers those behind a skipped one differently in writer and \
             reader",
            "remove the attribute, or the variant from this type",
        ),
        "skip" | "skip_serializing" | "skip_deserializing" => (
            "the description would tell of a field that does not travel",
            "take the field out of this type: keep it beside the value that crosses",
        ),
        "with" | "serialize_with" | "deserialize_with" => (
            "the bytes would be a function's, and the description the field type's",
            "give the field the type that travels, or a type of your own with an `impl Data` by hand",
        ),
        "into" | "from" | "try_from" => (
            "the bytes would be another type's, and the description this one's",
            "derive `Data` for the type that travels, and convert in your code",
        ),
        "flatten" => (
            "it writes a map with names, which values that travel without names are not",
            "remove it: a field's own fields travel one after the other in any case",
        ),
        "tag" | "content" | "untagged" => (
            "the reader would have to look for names, and values travel without them",
            "remove it: an enum travels as its variant's number and fields",
        ),
        "other" => (
            "a reader that does not know a variant cannot tell how many bytes its fields take",
            "remove it: both sides have the same variants, which the description compares",
        ),
        "remote" | "getter" => (
            "the description would be this type's, and the value another's",
            "remove it, and convert between the two types in your code",
        ),
        "transparent" => (
            "a struct of one unnamed field travels as that field in any case",
            "remove it, and write `struct Name(Type);`",
        ),
        "alias" => (
            "values travel without names, so nothing is read by another name",
            "remove it: `rename` changes the name in the description",
        ),
        "deny_unknown_fields" => (
            "values travel without names, so no field is unknown",
            "remove it: a handle is refused when the descriptions differ",
        ),
        "expecting" => ("errors of values have no such text", "remove it"),
        "bound" => (
            "the derive writes the bounds: every type parameter is `Data`",
            "remove it, and write other bounds as a `where` clause of the type",
        ),
        "crate" => {
            ("the derive brings serde along", "write `#[data(crate = path)]` for the crate that has `Data`")
        }
        "variant_identifier" | "field_identifier" => (
            "it reads names, and values travel without them",
            "remove it: an enum travels as its variant's number",
        ),
        _ => (
            "`Data` does not know what it does to the bytes",
            "remove it; `rename`, `rename_all`, `rename_all_fields` and `borrow` are known",
        ),
    };
    format!("`#[serde({key})]` cannot be carried: {reason}; {way_out}")
}

/// `key = "…"`, where serde takes two texts as well.
fn single(meta: &Meta, key: &str, errors: &mut Errors) -> Option<LitStr> {
    let found = text(meta);
    if found.is_none() {
        let sentence = format!(
            "`{key}` takes one text, because a description has one name for writer and reader: write `{key} = \"…\"`"
        );
        errors.push(meta, sentence);
    }
    found
}

fn rule(meta: &Meta, key: &str, errors: &mut Errors) -> Rule {
    let Some(text) = single(meta, key, errors) else { return Rule::None };
    Rule::of(&text.value()).unwrap_or_else(|| {
        errors.push(&text, format!("this is no rule for names: write one of {}", Rule::NAMES));
        Rule::None
    })
}

/// A description is text, so a name that looks like a part of it could make two types look the same.
fn check_name(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    let grammar = |c: char| c.is_ascii_whitespace() || c.is_ascii_control() || ",:(){}[]<>".contains(c);
    if text.is_empty() || text.contains(grammar) {
        errors.push(
            name,
            "a description cannot hold this name: write one without spaces and brackets, `,` and `:`",
        );
    }
}

fn text(meta: &Meta) -> Option<LitStr> {
    let Meta::NameValue(pair) = meta else { return None };
    literal(&pair.value).cloned()
}

/// A text, which `macro_rules!` may have put into a group.
fn literal(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
