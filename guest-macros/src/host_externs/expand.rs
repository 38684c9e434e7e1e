//! The constant or function that calls a host function, and its description record.

use super::model::{HostExtern, Raw, Typed};
use crate::raw;
use crate::record::{Record, Types};
use crate::root::Root;
use crate::signature;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, Pat, Signature, Type, parse_quote};

/// What stands in place of a declaration. One that was refused keeps its signature, so that its
/// callers are not refused as well.
pub fn expand(item: &HostExtern, root: &Root, sound: bool) -> TokenStream {
    let private = root.private();
    match item {
        HostExtern::Raw(raw) => expand_raw(raw, &private),
        HostExtern::Typed(typed) if sound => expand_typed(typed, &private),
        HostExtern::Typed(typed) => refused(typed, &private),
    }
}

fn expand_raw(Raw { ident, name }: &Raw, private: &TokenStream) -> TokenStream {
    let name = &name.text;
    let docs = format!("The host function `{name}`.");
    let function = raw::host_function(private, name);
    let record = Record { kind: "Import", name, types: None }.expand(private);
    quote! {
        #[doc = #docs]
        #[allow(non_upper_case_globals, unsafe_code)]
        pub const #ident: #private::HostFunction = #function;
        const _: () = { #record };
    }
}

fn expand_typed(typed: &Typed, private: &TokenStream) -> TokenStream {
    let (attrs, vis, signature) = (&typed.attrs, &typed.vis, signature(typed, private));
    let function = raw::host_function(private, &typed.name.text);
    let call = call(typed, private);
    let types = Types::new(&typed.parameters, &typed.result, &typed.signature.generics);
    let record = Record { kind: "Import", name: &typed.name.text, types: Some(types) }.expand(private);
    quote! {
        #(#attrs)*
        #[allow(unsafe_code)]
        #vis #signature {
            #record
            const __AINGLE_FUNCTION: #private::HostFunction = #function;
            #call
        }
    }
}

/// The crossing itself: the arguments as a tuple, and the result when one is waited for.
fn call(typed: &Typed, private: &TokenStream) -> TokenStream {
    let args = typed.signature.inputs.iter().filter_map(name);
    let at_args = Span::mixed_site().located_at(typed.signature.paren_token.span.join());
    let args = quote_spanned!(at_args=> &(#(#args,)*));
    // Where rustc speaks of the arguments' type, it points here.
    let inferred = quote_spanned!(at_args=> _);
    if typed.notify.is_some() {
        return quote!(#private::notify_typed::<#inferred>(__AINGLE_FUNCTION, #args));
    }
    let result = &typed.result;
    let at_result = Span::mixed_site().located_at(result.span());
    quote_spanned!(at_result=> #private::call_typed::<#inferred, #result>(__AINGLE_FUNCTION, #args))
}

/// The signature with what can go wrong on the way around the declared result. Where that is refused and
/// cannot be named, `()` stands for it.
fn signature(typed: &Typed, private: &TokenStream) -> Signature {
    let unit: Type = parse_quote!(());
    let result = if signature::is_nameable(&typed.result) { &typed.result } else { &unit };
    let mut signature = typed.signature.clone();
    signature.output = parse_quote!(-> ::core::result::Result<#result, #private::HostCallError>);
    signature
}

/// A function that never runs: an error stands beside it.
fn refused(typed: &Typed, private: &TokenStream) -> TokenStream {
    let (attrs, vis, signature) = (&typed.attrs, &typed.vis, signature(typed, private));
    quote! {
        #(#attrs)*
        #[allow(unused_variables)]
        #vis #signature {
            ::core::unreachable!()
        }
    }
}

fn name(input: &FnArg) -> Option<&Ident> {
    let FnArg::Typed(typed) = input else { return None };
    match &*typed.pat {
        Pat::Ident(pat) => Some(&pat.ident),
        _ => None,
    }
}
