//! The description record of one export or import.

use crate::lifetimes::replace;
use crate::raw;
use crate::signature::Parameter;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Type};

/// What the record tells.
pub struct Record<'a> {
    /// A variant of `Kind`.
    pub kind: &'a str,
    pub name: &'a str,
    /// What a typed function takes and gives; `None` for a raw one.
    pub types: Option<Types>,
}

/// The types of a function, with `'static` for every lifetime.
pub struct Types {
    params: Vec<String>,
    args: Vec<Type>,
    result: Type,
}

impl Record<'_> {
    /// The items that put the record into the module. They want a block of their own.
    pub fn expand(&self, private: &TokenStream) -> TokenStream {
        let kind = format_ident!("{}", self.kind);
        let name = self.name;
        let section = raw::section_attribute();
        let (texts, fields) = match &self.types {
            Some(types) => types.expand(private),
            None => (
                TokenStream::new(),
                quote!(form: #private::Form::Raw, hash: 0, params: "", args: "", result: ""),
            ),
        };
        quote! {
            #texts
            const __AINGLE_RECORD: #private::Record<'static> = #private::Record {
                kind: #private::Kind::#kind,
                name: #name,
                #fields
            };
            #section
            // Used in the custom section alone, on wasm32: as data it would take memory of the guest.
            #[cfg_attr(not(target_arch = "wasm32"), used)]
            #[allow(dead_code, unsafe_code)]
            static __AINGLE_BYTES: [u8; __AINGLE_RECORD.written_len()] = __AINGLE_RECORD.write();
        }
    }
}

impl Types {
    /// Those of a signature that declares `generics`.
    pub fn new(parameters: &[Parameter], result: &Type, generics: &Generics) -> Self {
        let lasting = |ty: &Type| replace(ty, generics, "'static");
        Self {
            params: parameters.iter().map(|parameter| parameter.name.to_string()).collect(),
            args: parameters.iter().map(|parameter| lasting(&parameter.ty)).collect(),
            result: lasting(result),
        }
    }

    /// The texts of the types, and the record's fields that are made from them.
    fn expand(&self, private: &TokenStream) -> (TokenStream, TokenStream) {
        let params = self.params.join(",");
        let args = self.args.iter().map(|ty| schema_of(private, ty));
        let result = schema_of(private, &self.result);
        let texts = quote! {
            const __AINGLE_ARGS: &[&#private::NamedType] = &[#(#args),*];
            const __AINGLE_RESULT: &#private::NamedType = #result;
            const __AINGLE_ARGS_TEXT: [u8; #private::schema::args_len(__AINGLE_ARGS)] =
                #private::schema::args_text(__AINGLE_ARGS);
            const __AINGLE_RESULT_TEXT: [u8; #private::schema::type_len(__AINGLE_RESULT)] =
                #private::schema::type_text(__AINGLE_RESULT);
        };
        let (args, result) = (text(quote!(__AINGLE_ARGS_TEXT)), text(quote!(__AINGLE_RESULT_TEXT)));
        let fields = quote! {
            form: #private::Form::Typed,
            hash: #private::schema::signature_hash(__AINGLE_ARGS, __AINGLE_RESULT),
            params: #params,
            args: #args,
            result: #result
        };
        (texts, fields)
    }
}

/// The schema of a type, with errors on the type's own tokens. That of a reference is what it points to.
fn schema_of(private: &TokenStream, ty: &Type) -> TokenStream {
    if let Type::Reference(reference) = ty {
        return schema_of(private, &reference.elem);
    }
    let span = Span::mixed_site().located_at(ty.span());
    quote_spanned!(span=> <#ty as #private::Data>::TYPE)
}

/// Bytes as a text, in a constant expression.
fn text(bytes: TokenStream) -> TokenStream {
    quote! {
        match ::core::str::from_utf8(&#bytes) {
            ::core::result::Result::Ok(__aingle_text) => __aingle_text,
            ::core::result::Result::Err(_) => ::core::panic!("the text is not UTF-8"),
        }
    }
}
