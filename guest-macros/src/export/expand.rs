//! The entry point and the description record of an export.
//!
//! Every name that an expansion binds begins with `__aingle_`: a pattern of another name would be taken
//! for a constant of the user's, such as `host_externs!(call)` makes.

use super::model::Export;
use crate::lifetimes::replace;
use crate::raw;
use crate::record::{Record, Types};
use crate::signature::Parameter;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// What stands behind the user's function.
pub fn expand(export: &Export) -> TokenStream {
    let private = export.root.private();
    let attribute = raw::export_attribute(&export.name.text);
    let body = if export.raw { raw_body(export) } else { typed_body(export, &private) };
    let record = record(export).expand(&private);
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #attribute
            #[allow(unsafe_code, dead_code, deprecated)]
            extern "C" fn __aingle_entry(__aingle_ptr: u32, __aingle_len: u32) -> u64 {
                #private::serve(__aingle_ptr, __aingle_len, |__aingle_call| { #body })
            }
            #record
        };
    }
}

/// Bytes in, bytes out.
fn raw_body(export: &Export) -> TokenStream {
    let function = &export.function.sig.ident;
    let payload: TokenStream = export
        .parameters
        .iter()
        .map(|parameter| {
            let ty = replace(&parameter.ty, &export.function.sig.generics, "'_");
            quote_spanned!(at(&ty)=> __aingle_call.payload::<#ty>())
        })
        .collect();
    reply(export, "reply_raw", quote!(#function(#payload)))
}

/// Reads one argument after the other, calls, and writes the result.
fn typed_body(export: &Export, private: &TokenStream) -> TokenStream {
    let function = &export.function.sig.ident;
    let generics = &export.function.sig.generics;
    let arguments = export
        .parameters
        .iter()
        .enumerate()
        .map(|(index, Parameter { ty, .. })| argument(private, index, &replace(ty, generics, "'_")));
    let (reads, values): (Vec<_>, Vec<_>) = arguments.unzip();
    let reply = reply(export, "reply", quote!(&#function(#(#values),*)));
    quote_spanned! {Span::mixed_site()=>
        #(#reads)*
        __aingle_call.finish()?;
        #reply
    }
}

/// How an argument is read into a variable, and how it is passed on. All of it stands at one place, so
/// that rustc says once what is wrong with a type.
fn argument(private: &TokenStream, index: usize, ty: &Type) -> (TokenStream, TokenStream) {
    let target = if let Type::Reference(reference) = ty { &*reference.elem } else { ty };
    let span = at(target);
    let holder = Ident::new(&format!("__aingle_{index}"), span);
    let position = Literal::usize_unsuffixed(index + 1);
    match ty {
        Type::Reference(_) => (
            quote_spanned!(span=> let #holder = __aingle_call.borrow::<#target>(#position)?;),
            quote_spanned!(span=> <#target as #private::BorrowedArgument<'_>>::get(&#holder)),
        ),
        ty => (quote_spanned!(span=> let #holder = __aingle_call.value::<#ty>(#position)?;), quote!(#holder)),
    }
}

/// Writes the result, with errors on its type's own tokens. The statement ends what `value` borrows.
fn reply(export: &Export, method: &str, value: TokenStream) -> TokenStream {
    let result = replace(&export.result, &export.function.sig.generics, "'_");
    let method = Ident::new(method, at(&result));
    let method = quote_spanned!(at(&result)=> #method::<#result>);
    quote_spanned! {Span::mixed_site()=>
        let __aingle_reply = __aingle_call.#method(#value);
        __aingle_reply
    }
}

fn record(export: &Export) -> Record<'_> {
    Record { kind: "Export", name: &export.name.text, types: (!export.raw).then(|| types(export)) }
}

fn types(export: &Export) -> Types {
    Types::new(&export.parameters, &export.result, &export.function.sig.generics)
}

/// The place of a type, with names that resolve as this crate's own.
fn at(ty: &Type) -> Span {
    Span::mixed_site().located_at(ty.span())
}
