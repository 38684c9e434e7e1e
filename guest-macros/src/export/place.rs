//! Where an exported function stands.
//!
//! A macro sees its item and not what is around it. So the source file is read, where the compiler says which one it
//! is. Where it does not, the compiler refuses such a function in words of its own.

use syn::visit::Visit;
use syn::{Attribute, ImplItemFn, ItemFn, Signature, TraitItemFn};

/// Whether the function is in an `impl` or in a trait, as far as its source file shows.
pub fn is_in_impl(function: &ItemFn) -> bool {
    source(function).is_some_and(|source| {
        let mut finder = Finder { wanted: &function.sig, found: false };
        finder.visit_file(&source);
        finder.found
    })
}

/// The source file, unless the function begins its line, as those outside of an `impl` do.
fn source(function: &ItemFn) -> Option<syn::File> {
    if !proc_macro::is_available() {
        return None;
    }
    let span = function.sig.fn_token.span.unwrap();
    let file = span.local_file()?;
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().nth(span.line().checked_sub(1)?)?;
    if line.starts_with(char::is_whitespace) { syn::parse_file(&text).ok() } else { None }
}

struct Finder<'a> {
    wanted: &'a Signature,
    found: bool,
}

impl Finder<'_> {
    fn compare(&mut self, attrs: &[Attribute], signature: &Signature) {
        let exported =
            attrs.iter().any(|attr| attr.path().segments.last().is_some_and(|last| last.ident == "export"));
        self.found |= exported && signature == self.wanted;
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.compare(&item.attrs, &item.sig);
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        self.compare(&item.attrs, &item.sig);
    }
}
