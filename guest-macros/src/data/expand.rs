//! The implementations of `Serialize`, `Deserialize`, `Schema` and `Data`.
//!
//! serde's own derives write the first two, for a twin of the type: `#[serde(remote = "…")]` makes them functions of
//! the twin that write and read the type itself. So they mean what they mean everywhere else, in formats with names
//! too, and the user's crate needs no dependency but the one that has `Data`.

use super::describe::describe;
use super::model::Model;
use crate::errors::Errors;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Attribute, DeriveInput, GenericParam, Generics, Lifetime, LifetimeParam, Visibility, parse_quote};

/// The implementations. Where there are errors, those stand beside some that never run, so that the users of the
/// type are not refused as well.
pub fn expand(model: &Model<'_>, errors: &Errors) -> TokenStream {
    if model.input.generics.lifetimes().any(|param| param.lifetime.ident == "de") {
        // What is written below has a lifetime of that name.
        return errors.to_compile_errors();
    }
    let data = model.root.data();
    let twin = Twin::new(&model.input.ident);
    let sound = errors.is_empty();
    let found = errors.to_compile_errors();
    let declaration = if sound { twin.declare(model, &data) } else { TokenStream::new() };
    let write = if sound { twin.call(model, &quote!(serialize(self, __aingle))) } else { unreachable() };
    let read = if sound { twin.call(model, &quote!(deserialize(__aingle))) } else { unreachable() };
    let ty = if sound { describe(model, &data) } else { quote!(<() as #data::Data>::TYPE) };
    let serialize = serialize(model, &data, &write);
    let deserialize = (!model.write_only).then(|| deserialize(model, &data, &read));
    let described = described(model, &data, &ty);
    quote! {
        #found
        #[allow(deprecated)]
        const _: () = {
            #declaration
            #serialize
            #deserialize
            #described
        };
    }
}

fn serialize(model: &Model<'_>, data: &TokenStream, body: &TokenStream) -> TokenStream {
    let ident = &model.input.ident;
    let generics = bounded(&model.input.generics, &quote!(#data::Data));
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #data::serde::Serialize for #ident #ty_generics #where_clause {
            #[inline]
            fn serialize<__S: #data::serde::Serializer>(
                &self,
                __aingle: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                #body
            }
        }
    }
}

fn deserialize(model: &Model<'_>, data: &TokenStream, body: &TokenStream) -> TokenStream {
    let ident = &model.input.ident;
    let (lifetime, param) = reader(model);
    let (_, ty_generics, _) = model.input.generics.split_for_impl();
    let mut generics = bounded(&model.input.generics, &quote!(#data::serde::Deserialize<#lifetime>));
    generics.params = param.map(GenericParam::Lifetime).into_iter().chain(generics.params).collect();
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #data::serde::Deserialize<#lifetime> for #ident #ty_generics #where_clause {
            #[inline]
            fn deserialize<__D: #data::serde::Deserializer<#lifetime>>(
                __aingle: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                #body
            }
        }
    }
}

fn described(model: &Model<'_>, data: &TokenStream, ty: &TokenStream) -> TokenStream {
    let ident = &model.input.ident;
    let generics = bounded(&model.input.generics, &quote!(#data::Data));
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #data::Data for #ident #ty_generics #where_clause {
            const TYPE: &'static #data::NamedType = #ty;
        }

        #[automatically_derived]
        impl #impl_generics #data::Schema for #ident #ty_generics #where_clause {
            const SCHEMA: &'static #data::NamedType = <Self as #data::Data>::TYPE;
        }
    }
}

/// The lifetime of the bytes that are read, and its declaration. What borrows for ever is read from what lives so.
fn reader(model: &Model<'_>) -> (Lifetime, Option<LifetimeParam>) {
    let lifetime = |name| Lifetime::new(name, Span::mixed_site());
    if model.borrowed.iter().any(|borrowed| borrowed.ident == "static") {
        return (lifetime("'static"), None);
    }
    let de = lifetime("'de");
    let bounds = &model.borrowed;
    let param = if bounds.is_empty() { parse_quote!(#de) } else { parse_quote!(#de: #(#bounds)+*) };
    (de, Some(param))
}

/// The generics with a bound on every type parameter.
fn bounded(generics: &Generics, bound: &TokenStream) -> Generics {
    let mut bounded = generics.clone();
    let params: Vec<_> = generics.type_params().map(|param| param.ident.clone()).collect();
    if !params.is_empty() {
        let predicates = &mut bounded.make_where_clause().predicates;
        predicates.extend(params.iter().map(|param| -> syn::WherePredicate { parse_quote!(#param: #bound) }));
    }
    bounded
}

fn unreachable() -> TokenStream {
    quote! {{
        let _ = __aingle;
        ::core::unreachable!()
    }}
}

/// A type of the same fields, by which serde's derives are asked.
struct Twin(Ident);

impl Twin {
    fn new(ident: &Ident) -> Self {
        Self(format_ident!("__Aingle{}", ident.unraw()))
    }

    fn declare(&self, model: &Model<'_>, data: &TokenStream) -> TokenStream {
        let twin = self.of(model.input);
        let remote = model.input.ident.to_string();
        let name = (!model.renamed).then_some(&model.name).into_iter();
        let bounds = bounds(&model.input.generics);
        let read = (!model.write_only).then(|| quote!(#[derive(#data::serde::Deserialize)]));
        quote! {
            use #data::serde as __aingle_serde;

            #[derive(#data::serde::Serialize)]
            #read
            #[serde(crate = "__aingle_serde", remote = #remote #(, rename = #name)* #bounds)]
            #[allow(dead_code)]
            #twin
        }
    }

    /// The type with nothing but its fields and what serde is told of them.
    fn of(&self, input: &DeriveInput) -> DeriveInput {
        let mut twin = input.clone();
        twin.ident = self.0.clone();
        twin.vis = Visibility::Inherited;
        // Where fields are packed, serde copies them.
        twin.attrs.retain(|attr| is_serde(attr) || attr.path().is_ident("repr"));
        match &mut twin.data {
            syn::Data::Struct(data) => data.fields.iter_mut().for_each(plain),
            syn::Data::Enum(data) => {
                twin.attrs.retain(is_serde);
                for variant in &mut data.variants {
                    variant.attrs.retain(is_serde);
                    variant.discriminant = None;
                    variant.fields.iter_mut().for_each(plain);
                }
            }
            syn::Data::Union(_) => {}
        }
        twin
    }

    /// A call of one of the functions that serde gave the twin.
    fn call(&self, model: &Model<'_>, call: &TokenStream) -> TokenStream {
        let twin = &self.0;
        let (_, ty_generics, _) = model.input.generics.split_for_impl();
        quote!(<#twin #ty_generics>::#call)
    }
}

/// The bounds of serde's functions, where the type has parameters.
fn bounds(generics: &Generics) -> TokenStream {
    let params: Vec<_> =
        generics.type_params().map(|param| param.ident.to_token_stream().to_string()).collect();
    if params.is_empty() {
        return TokenStream::new();
    }
    let bounds = |bound: &str| {
        let each = params.iter().map(|param| format!("{param}: __aingle_serde::{bound}"));
        each.collect::<Vec<_>>().join(", ")
    };
    let (write, read) = (bounds("Serialize"), bounds("Deserialize<'de>"));
    quote!(, bound(serialize = #write, deserialize = #read))
}

fn plain(field: &mut syn::Field) {
    field.attrs.retain(is_serde);
    field.vis = Visibility::Inherited;
}

fn is_serde(attr: &Attribute) -> bool {
    attr.path().is_ident("serde")
}
