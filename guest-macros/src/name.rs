//! What a symbol may be called.

use crate::errors::Errors;
use crate::symbols::is_compilers_own;
use aingle_wasm_types::limits::MAX_NAME;
use aingle_wasm_types::names::{HC_ALLOCATE, HC_DEALLOCATE, INITIALIZE, MEMORY, RESERVED_PREFIX};
use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

/// A symbol's name and the token that gave it.
pub struct Name {
    pub text: String,
    span: Span,
}

impl Name {
    /// The name that was asked for, else the function's own.
    pub fn new(given: Option<&LitStr>, ident: &Ident) -> Self {
        match given {
            Some(literal) => Self { text: literal.value(), span: literal.span() },
            None => Self { text: ident.unraw().to_string(), span: ident.span() },
        }
    }

    /// What every engine and the ABI ask of an exported name.
    pub fn check_export(&self, errors: &mut Errors) {
        self.check(errors);
        if is_compilers_own(&self.text) {
            let text = &self.text;
            let sentence = format!("compiled code calls `{text}` for its own purposes: choose another name");
            self.refuse(errors, sentence);
        }
        if [MEMORY, HC_ALLOCATE, HC_DEALLOCATE, INITIALIZE].contains(&&*self.text) {
            let text = &self.text;
            self.refuse(errors, format!("`{text}` has a meaning of its own in a guest: choose another name"));
        }
    }

    /// What every engine and the ABI ask of an imported name.
    pub fn check(&self, errors: &mut Errors) {
        let len = self.text.len();
        if len == 0 {
            self.refuse(errors, "a name cannot be empty: write at least one character");
        }
        if len > MAX_NAME {
            let sentence = format!(
                "the name has {len} bytes, and engines carry at most {MAX_NAME}: choose a shorter one"
            );
            self.refuse(errors, sentence);
        }
        if self.text.starts_with(RESERVED_PREFIX) {
            let sentence =
                format!("names that begin with `{RESERVED_PREFIX}` belong to the ABI: choose another name");
            self.refuse(errors, sentence);
        }
        if self.text.contains(char::is_control) {
            self.refuse(errors, "a name cannot contain control characters: remove them");
        }
    }

    fn refuse(&self, errors: &mut Errors, sentence: impl std::fmt::Display) {
        errors.add(syn::Error::new(self.span, sentence));
    }
}
