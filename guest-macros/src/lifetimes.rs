//! Types as they are written where the function's lifetimes are not in scope.

use syn::visit_mut::VisitMut;
use syn::{Generics, Lifetime, Type};

/// The type with `lifetime` in place of `'_` and of every lifetime that `generics` declare.
pub fn replace(ty: &Type, generics: &Generics, lifetime: &str) -> Type {
    let mut ty = ty.clone();
    Replace { generics, lifetime }.visit_type_mut(&mut ty);
    ty
}

struct Replace<'a> {
    generics: &'a Generics,
    lifetime: &'a str,
}

impl VisitMut for Replace<'_> {
    fn visit_lifetime_mut(&mut self, found: &mut Lifetime) {
        let declared = self.generics.lifetimes().any(|param| param.lifetime == *found);
        if declared || found.ident == "_" {
            *found = Lifetime::new(self.lifetime, found.span());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens;
    use syn::parse_quote;

    #[test]
    fn declared_and_anonymous_lifetimes_are_replaced_and_no_others() {
        let item: syn::ItemFn = parse_quote!(
            fn f<'a>() {}
        );
        let ty = parse_quote!((&'a str, Reading<'_>, Cow<'static, str>, &u8));
        let expected: Type = parse_quote!((&'x str, Reading<'x>, Cow<'static, str>, &u8));
        let found = replace(&ty, &item.sig.generics, "'x");
        assert_eq!(found.to_token_stream().to_string(), expected.to_token_stream().to_string());
    }
}
