//! Which lifetimes a value borrows from the bytes that it is read from, by serde's rule.
//!
//! Those of a field with `#[serde(borrow)]`, and of one whose type is written `&str` or `&[u8]`, or an `Option` of
//! these.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{GenericArgument, Lifetime, PathArguments, Token, Type};

/// The lifetimes that a field borrows. `borrow` is what the attribute says.
pub fn lifetimes(ty: &Type, borrow: Option<&TokenStream>) -> Vec<Lifetime> {
    match borrow {
        Some(lifetimes) if !lifetimes.is_empty() => named(lifetimes),
        Some(_) => of_type(ty),
        None if is_borrowed(ty) || inside_option(ty).is_some_and(is_borrowed) => of_type(ty),
        None => Vec::new(),
    }
}

/// `'a + 'b`
fn named(lifetimes: &TokenStream) -> Vec<Lifetime> {
    let list = Punctuated::<Lifetime, Token![+]>::parse_separated_nonempty.parse2(lifetimes.clone());
    list.map(|list| list.into_iter().collect()).unwrap_or_default()
}

fn of_type(ty: &Type) -> Vec<Lifetime> {
    struct Finder(Vec<Lifetime>);

    impl<'ast> Visit<'ast> for Finder {
        fn visit_lifetime(&mut self, found: &'ast Lifetime) {
            self.0.push(found.clone());
        }
    }

    let mut finder = Finder(Vec::new());
    finder.visit_type(ty);
    finder.0
}

/// `&str` or `&[u8]`
fn is_borrowed(ty: &Type) -> bool {
    let Type::Reference(reference) = ungroup(ty) else { return false };
    match ungroup(&reference.elem) {
        Type::Slice(slice) => is(&slice.elem, "u8"),
        ty => is(ty, "str"),
    }
}

fn is(ty: &Type, name: &str) -> bool {
    ungroup(ty).to_token_stream().to_string() == name
}

fn inside_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ungroup(ty) else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(ty)) if arguments.args.len() == 1 => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        ty => ty,
    }
}
