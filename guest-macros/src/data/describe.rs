//! The description of a type: `Data::TYPE`.

use super::model::{Fields, Model, Shape, Variant};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// The constant's value.
pub fn describe(model: &Model<'_>, data: &TokenStream) -> TokenStream {
    let name = &model.name;
    let ty = match &model.shape {
        Shape::Struct(fields) => structure(fields, data),
        Shape::Enum(variants) => {
            let variants = variants.iter().map(|variant| self::variant(variant, data));
            quote!(#data::DataModelType::Enum(&[#(#variants),*]))
        }
    };
    quote!(&#data::NamedType { name: #name, ty: &#ty })
}

fn structure(fields: &Fields<'_>, data: &TokenStream) -> TokenStream {
    match fields {
        Fields::Unit => quote!(#data::DataModelType::UnitStruct),
        Fields::Unnamed(types) => match &types[..] {
            [ty] => {
                let ty = type_of(ty, data);
                quote!(#data::DataModelType::NewtypeStruct(#ty))
            }
            types => {
                let types = types.iter().map(|ty| type_of(ty, data));
                quote!(#data::DataModelType::TupleStruct(&[#(#types),*]))
            }
        },
        Fields::Named(fields) => {
            let fields = named(fields, data);
            quote!(#data::DataModelType::Struct(&[#fields]))
        }
    }
}

fn variant(Variant { name, fields }: &Variant<'_>, data: &TokenStream) -> TokenStream {
    let ty = match fields {
        Fields::Unit => quote!(UnitVariant),
        Fields::Unnamed(types) => {
            let newtype = types.len() == 1;
            let types = types.iter().map(|ty| type_of(ty, data));
            if newtype { quote!(NewtypeVariant(#(#types)*)) } else { quote!(TupleVariant(&[#(#types),*])) }
        }
        Fields::Named(fields) => {
            let fields = named(fields, data);
            quote!(StructVariant(&[#fields]))
        }
    };
    quote!(&#data::NamedVariant { name: #name, ty: &#data::DataModelVariant::#ty })
}

fn named(fields: &[(String, &Type)], data: &TokenStream) -> TokenStream {
    let fields = fields.iter().map(|(name, ty)| {
        let ty = type_of(ty, data);
        quote!(&#data::NamedValue { name: #name, ty: #ty })
    });
    quote!(#(#fields),*)
}

/// The description of a field's type, with errors on the type's own tokens.
fn type_of(ty: &Type, data: &TokenStream) -> TokenStream {
    let span = Span::mixed_site().located_at(ty.span());
    quote_spanned!(span=> <#ty as #data::Data>::TYPE)
}
