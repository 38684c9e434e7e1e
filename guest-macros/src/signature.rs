//! What exported functions and host functions have in common: which signatures can cross.

use crate::errors::Errors;
use aingle_wasm_types::limits::MAX_ARGS;
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit::Visit;
use syn::{
    FnArg, GenericParam, Lifetime, Pat, PatType, ReturnType, Signature, Type, TypeImplTrait, TypeReference,
    parse_quote_spanned,
};

/// One argument, as the description names it.
pub struct Parameter {
    /// Without `r#`.
    pub name: Ident,
    /// Without groups and parentheses around it.
    pub ty: Type,
}

/// The arguments that a well-formed signature has.
pub fn parameters(signature: &Signature) -> Vec<Parameter> {
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed
        .filter_map(|typed| Some(Parameter { name: name_of(typed)?.unraw(), ty: bare(&typed.ty).clone() }))
        .collect()
}

/// The type of the result, `()` when none is written.
pub fn result(signature: &Signature) -> Type {
    match &signature.output {
        ReturnType::Default => parse_quote_spanned!(signature.paren_token.span.join()=> ()),
        ReturnType::Type(_, ty) => bare(ty).clone(),
    }
}

/// Whether a result's type can stand inside another.
pub fn is_nameable(result: &Type) -> bool {
    !matches!(result, Type::Never(_)) && impl_traits(result).is_empty()
}

/// Notes everything for which `signature` cannot cross. `what` is the subject of the sentences.
pub fn check(signature: &Signature, what: &str, errors: &mut Errors) {
    check_qualifiers(signature, what, errors);
    check_generics(signature, what, errors);
    check_count(signature, what, errors);
    for input in &signature.inputs {
        check_input(input, what, errors);
    }
    if let Some(variadic) = &signature.variadic {
        errors.push(variadic, format!("{what} cannot take `...`: write each argument out"));
    }
    check_result(signature, what, errors);
}

fn check_count(signature: &Signature, what: &str, errors: &mut Errors) {
    let found = signature.inputs.len();
    if found > MAX_ARGS {
        let sentence = format!(
            "{what} takes at most {MAX_ARGS} arguments, and this one takes {found}: put some into a struct"
        );
        errors.push(&signature.inputs, sentence);
    }
}

fn check_qualifiers(signature: &Signature, what: &str, errors: &mut Errors) {
    if let Some(token) = &signature.asyncness {
        let sentence = format!("{what} cannot be `async`: a call runs to its end at once; remove `async`");
        errors.push(token, sentence);
    }
    if let Some(token) = &signature.unsafety {
        let sentence = format!(
            "{what} cannot be `unsafe`: nobody on the other side can keep its contract; remove `unsafe`"
        );
        errors.push(token, sentence);
    }
    if let Some(abi) = &signature.abi {
        let sentence = format!("{what} cannot be `extern`: the macro writes the crossing; remove `extern`");
        errors.push(abi, sentence);
    }
}

fn check_generics(signature: &Signature, what: &str, errors: &mut Errors) {
    for param in &signature.generics.params {
        let sentence = match param {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(_) => "cannot have type parameters: it crosses with one type; write that type",
            GenericParam::Const(_) => {
                "cannot have const parameters: it crosses with one type; write the value"
            }
        };
        errors.push(param, format!("{what} {sentence}"));
    }
}

fn check_input(input: &FnArg, what: &str, errors: &mut Errors) {
    let typed = match input {
        FnArg::Typed(typed) => typed,
        FnArg::Receiver(receiver) => {
            let sentence = format!(
                "{what} cannot take `self`: no value lives between calls; make it a free function of its arguments"
            );
            return errors.push(receiver, sentence);
        }
    };
    for attr in
        typed.attrs.iter().filter(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
    {
        errors.push(
            attr,
            "an argument cannot be conditional: write a function for each case, with `cfg` on it",
        );
    }
    if name_of(typed).is_none() {
        let sentence =
            "an argument needs a plain name, which the description shows: take it apart in the body";
        errors.push(&typed.pat, sentence);
    }
    if let Type::Reference(reference) = bare(&typed.ty)
        && reference.mutability.is_some()
    {
        let sentence = "an argument cannot be `&mut`: no change travels back; return the changed value";
        errors.push(&typed.ty, sentence);
    }
    for found in impl_traits(&typed.ty) {
        errors
            .push(found, "an argument cannot be `impl Trait`: both sides must know its type; write the type");
    }
}

fn check_result(signature: &Signature, what: &str, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = &signature.output else { return };
    if matches!(bare(ty), Type::Never(_)) {
        let sentence = format!("{what} cannot return `!`: the caller waits for a result; leave the type out");
        errors.push(ty, sentence);
    }
    for found in impl_traits(ty) {
        errors.push(found, "a result cannot be `impl Trait`: both sides must know its type; write the type");
    }
}

/// The first reference or lifetime in the items of a borrowed slice.
pub fn borrowed_item(ty: &Type) -> Option<TokenStream> {
    struct Finder(Option<TokenStream>);

    impl Visit<'_> for Finder {
        fn visit_type_reference(&mut self, found: &TypeReference) {
            self.0.get_or_insert(found.to_token_stream());
        }

        fn visit_lifetime(&mut self, found: &Lifetime) {
            if found.ident != "static" {
                self.0.get_or_insert(found.to_token_stream());
            }
        }
    }

    let Type::Reference(outer) = ty else { return None };
    let Type::Slice(slice) = bare(&outer.elem) else { return None };
    let mut finder = Finder(None);
    finder.visit_type(&slice.elem);
    finder.0
}

/// Each `impl Trait` anywhere in a type.
fn impl_traits(ty: &Type) -> Vec<&TypeImplTrait> {
    struct Finder<'ast>(Vec<&'ast TypeImplTrait>);

    impl<'ast> Visit<'ast> for Finder<'ast> {
        fn visit_type_impl_trait(&mut self, found: &'ast TypeImplTrait) {
            self.0.push(found);
        }
    }

    let mut finder = Finder(Vec::new());
    finder.visit_type(ty);
    finder.0
}

/// The argument's name, where its pattern is nothing but one. `mut` is the body's business.
fn name_of(typed: &PatType) -> Option<&Ident> {
    match &*typed.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        _ => None,
    }
}

/// A type without the groups and parentheses around it, which `macro_rules!` leaves behind.
pub fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}
