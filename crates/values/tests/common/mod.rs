//! Random types, and the bytes of random values of them.

use aingle_wasm_codec::value::encode_to;
use aingle_wasm_values::{Content, Field, Integer, Limits, Type, Variant, Variants};
use proptest::prelude::*;
use serde::Serialize;

/// A type of a few levels.
pub fn ty() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Unit),
        Just(Type::Bool),
        prop::sample::select(&Integer::ALL[..]).prop_map(Type::Integer),
        Just(Type::F32),
        Just(Type::F64),
        Just(Type::Char),
        Just(Type::Str),
        Just(Type::Bytes),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let types = |len| prop::collection::vec(inner.clone(), len);
        let fields = |inner| {
            prop::collection::vec(inner, 0..4).prop_map(|types: Vec<Type>| {
                let named = types.into_iter().enumerate();
                named.map(|(at, ty)| Field { name: format!("field_{at}"), ty }).collect::<Vec<_>>()
            })
        };
        let content = prop_oneof![
            Just(Content::Unit),
            types(0..3).prop_map(Content::Tuple),
            fields(inner.clone()).prop_map(Content::Struct),
        ];
        prop_oneof![
            inner.clone().prop_map(|item| match item {
                Type::Integer(Integer::U8) => Type::Bytes,
                item => Type::Seq(Box::new(item)),
            }),
            types(1..4).prop_map(Type::Tuple),
            fields(inner.clone()).prop_map(Type::Struct),
            inner.clone().prop_map(|some| Type::Option(Box::new(some))),
            (inner.clone(), inner.clone()).prop_map(|(key, value)| Type::Map(key.into(), value.into())),
            (inner.clone(), inner.clone()).prop_map(|(ok, err)| Type::Result(ok.into(), err.into())),
            prop::collection::vec(content, 1..4).prop_map(|contents| {
                let named = contents.into_iter().enumerate();
                Type::Enum(Variants::new(
                    named.map(|(at, content)| Variant { name: format!("V{at}"), content }).collect(),
                ))
            }),
        ]
    })
}

/// A type, and the bytes of one of its values.
pub fn with_value() -> impl Strategy<Value = (Type, Vec<u8>)> {
    ty().prop_flat_map(|ty| (Just(ty.clone()), value(&ty)))
}

/// The bytes of a value, which the codec writes.
fn value(ty: &Type) -> BoxedStrategy<Vec<u8>> {
    match ty {
        Type::Unit => Just(Vec::new()).boxed(),
        Type::Bool => written::<bool>(),
        Type::Integer(integer) => match integer {
            Integer::I8 => written::<i8>(),
            Integer::I16 => written::<i16>(),
            Integer::I32 => written::<i32>(),
            Integer::I64 => written::<i64>(),
            Integer::I128 => written::<i128>(),
            Integer::U8 => written::<u8>(),
            Integer::U16 => written::<u16>(),
            Integer::U32 => written::<u32>(),
            Integer::U64 => written::<u64>(),
            Integer::U128 => written::<u128>(),
        },
        // Every pattern of bits: NaN of all kinds, infinities, numbers of all sizes.
        Type::F32 => any::<u32>().prop_map(|bits| bytes(&f32::from_bits(bits))).boxed(),
        Type::F64 => any::<u64>().prop_map(|bits| bytes(&f64::from_bits(bits))).boxed(),
        Type::Char => written::<char>(),
        Type::Str => ".{0,8}|[\\x00-\\x7f]{0,8}".prop_map(|text| bytes(&text)).boxed(),
        Type::Bytes => written::<Vec<u8>>(),
        Type::Seq(item) => items(value(item)),
        Type::Tuple(types) => all(types.iter()),
        Type::Struct(fields) => all(fields.iter().map(|field| &field.ty)),
        Type::Option(some) => {
            prop_oneof![Just(vec![0]), value(some).prop_map(|some| [vec![1], some].concat())].boxed()
        }
        Type::Map(key, item) => prop::collection::btree_map(value(key), value(item), 0..3)
            .prop_map(|map| {
                let content: Vec<u8> = map.iter().flat_map(|(key, item)| [&key[..], item].concat()).collect();
                [bytes(&map.len()), content].concat()
            })
            .boxed(),
        Type::Result(ok, err) => prop_oneof![
            value(ok).prop_map(|ok| [vec![0], ok].concat()),
            value(err).prop_map(|err| [vec![1], err].concat()),
        ]
        .boxed(),
        Type::Enum(variants) => {
            let all = variants.all().iter().enumerate().map(|(at, variant)| {
                let content = match &variant.content {
                    Content::Unit => Just(Vec::new()).boxed(),
                    Content::Tuple(types) => all(types.iter()),
                    Content::Struct(fields) => all(fields.iter().map(|field| &field.ty)),
                };
                content.prop_map(move |content| [bytes(&at), content].concat()).boxed()
            });
            prop::strategy::Union::new(all).boxed()
        }
    }
}

fn written<T: Arbitrary + Serialize + 'static>() -> BoxedStrategy<Vec<u8>> {
    any::<T>().prop_map(|value| bytes(&value)).boxed()
}

fn items(item: BoxedStrategy<Vec<u8>>) -> BoxedStrategy<Vec<u8>> {
    prop::collection::vec(item, 0..4).prop_map(|items| [bytes(&items.len()), items.concat()].concat()).boxed()
}

fn all<'t>(types: impl Iterator<Item = &'t Type>) -> BoxedStrategy<Vec<u8>> {
    types.map(value).collect::<Vec<_>>().prop_map(|parts| parts.concat()).boxed()
}

/// The bytes that the codec writes.
pub fn bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sink = |bytes: &[u8]| {
        out.extend_from_slice(bytes);
        true
    };
    encode_to(value, &mut sink).expect("a value that can be written");
    out
}

/// The JSON of these bytes.
pub fn json_of(ty: &Type, bytes: &[u8]) -> String {
    ty.decode(bytes, Limits::default()).expect("a value")
}
