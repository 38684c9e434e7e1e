//! The types of arguments and results as text, and the hash by which two sides compare them.
//!
//! The text names fields and variants, not the types themselves: two structs of the same fields are
//! the same on the wire. It is made in constant expressions from [`Data::TYPE`], so a guest carries no
//! code for it. The grammar is in `docs/ABI.md`.

use crate::data::Data;
use aingle_wasm_types::description::{FNV_OFFSET, fnv1a};
use postcard_schema::schema::{DataModelType, DataModelVariant, NamedType, NamedValue, NamedVariant};

/// Counts, hashes and, up to `N` bytes, keeps a text.
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
    hash: u64,
}

/// The length of an argument list's text, in bytes.
#[must_use]
pub const fn args_len(args: &[&NamedType]) -> usize {
    Text::<0>::new().tuple(args).len
}

/// The text of an argument list, a tuple; `N` is [`args_len`].
#[must_use]
pub const fn args_text<const N: usize>(args: &[&NamedType]) -> [u8; N] {
    Text::<N>::new().tuple(args).finish()
}

/// The length of a type's text, in bytes.
#[must_use]
pub const fn type_len(ty: &NamedType) -> usize {
    Text::<0>::new().ty(ty).len
}

/// The text of a type; `N` is [`type_len`].
#[must_use]
pub const fn type_text<const N: usize>(ty: &NamedType) -> [u8; N] {
    Text::<N>::new().ty(ty).finish()
}

/// The hash of a function's types, the same that
/// [`schema_hash`](aingle_wasm_types::description::schema_hash) computes from their texts.
#[must_use]
pub const fn signature_hash(args: &[&NamedType], result: &NamedType) -> u64 {
    Text::<0>::new().tuple(args).str("->").ty(result).hash
}

/// Whether a type is a `Result`, whose `Err` travels as an error envelope.
///
/// Every type that is described as one is one: a newtype of a `Result` too, because a newtype is
/// described as its content.
#[must_use]
pub const fn is_result<T: Data>() -> bool {
    is_result_type(T::TYPE)
}

/// A function's types in words, for an error message: `(str, [f32]) -> f32`. A text of more than
/// 4,096 bytes ends in `…`.
#[cfg(feature = "alloc")]
#[must_use]
pub fn signature_text(args: &[&NamedType], result: &NamedType) -> alloc::string::String {
    let text = Text::<4096>::new().tuple(args).str(" -> ").ty(result);
    let kept = text.len.min(text.bytes.len());
    let mut out = crate::text::lossy(&text.bytes[..kept]).into_owned();
    out.push_str(if kept < text.len { "…" } else { "" });
    out
}

impl<const N: usize> Text<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], len: 0, hash: FNV_OFFSET }
    }

    const fn finish(self) -> [u8; N] {
        assert!(self.len == N, "the text has another length");
        self.bytes
    }

    const fn str(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        self.hash = fnv1a(self.hash, text);
        let mut i = 0;
        while i < text.len() {
            if self.len + i < N {
                self.bytes[self.len + i] = text[i];
            }
            i += 1;
        }
        self.len += text.len();
        self
    }

    /// The name of a field or a variant, without `r#`.
    ///
    /// # Panics
    /// When the name has a character that the grammar uses, so that another type could have the same
    /// text. In a constant expression that is an error of the compiler.
    const fn name(self, name: &str) -> Self {
        let name = unraw(name);
        assert!(is_name(name), "a field or variant has a name that a description cannot hold");
        self.str(name)
    }

    const fn tuple(mut self, types: &[&NamedType]) -> Self {
        self = self.str("(");
        let mut i = 0;
        while i < types.len() {
            self = self.separated(i).ty(types[i]);
            i += 1;
        }
        self.str(")")
    }

    const fn fields(mut self, fields: &[&NamedValue]) -> Self {
        self = self.str("{");
        let mut i = 0;
        while i < fields.len() {
            self = self.separated(i).name(fields[i].name).str(": ").ty(fields[i].ty);
            i += 1;
        }
        self.str("}")
    }

    const fn variants(mut self, variants: &[&NamedVariant]) -> Self {
        self = self.str("enum {");
        let mut i = 0;
        while i < variants.len() {
            self = self.separated(i).name(variants[i].name);
            self = match variants[i].ty {
                DataModelVariant::UnitVariant => self,
                DataModelVariant::NewtypeVariant(ty) => self.tuple(&[*ty]),
                DataModelVariant::TupleVariant(types) => self.tuple(types),
                DataModelVariant::StructVariant(fields) => self.fields(fields),
            };
            i += 1;
        }
        self.str("}")
    }

    const fn separated(self, index: usize) -> Self {
        if index == 0 { self } else { self.str(", ") }
    }

    const fn ty(self, ty: &NamedType) -> Self {
        match ty.ty {
            DataModelType::Bool => self.str("bool"),
            DataModelType::I8 => self.str("i8"),
            DataModelType::U8 => self.str("u8"),
            DataModelType::I16 => self.str("i16"),
            DataModelType::I32 => self.str("i32"),
            DataModelType::I64 | DataModelType::Isize => self.str("i64"),
            DataModelType::I128 => self.str("i128"),
            DataModelType::U16 => self.str("u16"),
            DataModelType::U32 => self.str("u32"),
            // What travels is the same, and the other side may have another size.
            DataModelType::U64 | DataModelType::Usize => self.str("u64"),
            DataModelType::U128 => self.str("u128"),
            DataModelType::F32 => self.str("f32"),
            DataModelType::F64 => self.str("f64"),
            DataModelType::Char => self.str("char"),
            DataModelType::String => self.str("str"),
            DataModelType::ByteArray => self.str("[u8]"),
            DataModelType::Schema => self.str("schema"),
            DataModelType::Unit | DataModelType::UnitStruct => self.str("()"),
            DataModelType::Option(some) => self.str("Option<").ty(some).str(">"),
            DataModelType::NewtypeStruct(inner) => self.ty(inner),
            DataModelType::Seq(item) => self.str("[").ty(item).str("]"),
            DataModelType::Tuple(types) | DataModelType::TupleStruct(types) => self.tuple(types),
            DataModelType::Map { key, val } => self.str("Map<").ty(key).str(", ").ty(val).str(">"),
            DataModelType::Struct(fields) => self.fields(fields),
            DataModelType::Enum(variants) => match result_types(variants) {
                Some((ok, err)) => self.str("Result<").ty(ok).str(", ").ty(err).str(">"),
                None => self.variants(variants),
            },
        }
    }
}

const fn is_result_type(ty: &NamedType) -> bool {
    match ty.ty {
        DataModelType::Enum(variants) => result_types(variants).is_some(),
        DataModelType::NewtypeStruct(content) => is_result_type(content),
        _ => false,
    }
}

/// A name without the `r#` of a raw identifier, which is no part of it.
const fn unraw(name: &str) -> &str {
    match name.split_at_checked(2) {
        Some((prefix, rest)) if same(prefix, "r#") => rest,
        _ => name,
    }
}

/// Whether a text can be told from what stands around it.
const fn is_name(text: &str) -> bool {
    let text = text.as_bytes();
    let mut i = 0;
    while i < text.len() {
        if matches!(
            text[i],
            0..=b' ' | b',' | b':' | b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'<' | b'>' | 0x7f
        ) {
            return false;
        }
        i += 1;
    }
    !text.is_empty()
}

/// The types of `Ok` and `Err`, where these are the variants, in this order, with one value each.
const fn result_types<'a>(variants: &[&'a NamedVariant]) -> Option<(&'a NamedType, &'a NamedType)> {
    let [ok, err] = variants else { return None };
    if !same(unraw(ok.name), "Ok") || !same(unraw(err.name), "Err") {
        return None;
    }
    match (single(ok.ty), single(err.ty)) {
        (Some(ok), Some(err)) => Some((ok, err)),
        _ => None,
    }
}

const fn single(variant: &DataModelVariant) -> Option<&NamedType> {
    match variant {
        DataModelVariant::NewtypeVariant(ty) => Some(ty),
        DataModelVariant::TupleVariant([ty]) => Some(ty),
        _ => None,
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use super::*;
    use crate::Data;
    use aingle_wasm_types::description::schema_hash;

    #[derive(Data)]
    #[data(crate = crate)]
    struct Summary<'a> {
        station: &'a str,
        mean: Option<f32>,
    }

    #[derive(Data)]
    #[data(crate = crate)]
    enum BadBatch {
        Empty,
        TooLong(u32, u32),
        At { index: u16 },
        One(Newtype),
    }

    #[derive(Data)]
    #[data(crate = crate)]
    struct Newtype([u8; 2]);

    #[derive(Data)]
    #[data(crate = crate, write_only)]
    struct Wrapped(Outcome);

    type Outcome = Result<Summary<'static>, BadBatch>;
    const ARGS: &[&NamedType] = &[<&str>::TYPE, <&[f32]>::TYPE];
    const ARGS_TEXT: [u8; args_len(ARGS)] = args_text(ARGS);
    const RESULT_TEXT: [u8; type_len(Outcome::TYPE)] = type_text(Outcome::TYPE);
    const RESULT: &str = "Result<{station: str, mean: Option<f32>}, \
                          enum {Empty, TooLong(u32, u32), At{index: u16}, One((u8, u8))}>";

    #[test]
    fn types_read_as_documented() {
        assert_eq!(str::from_utf8(&ARGS_TEXT), Ok("(str, [f32])"));
        assert_eq!(str::from_utf8(&RESULT_TEXT), Ok(RESULT));
    }

    #[test]
    fn sizes_are_told_as_what_travels() {
        const SIZES: &[&NamedType] = &[
            &NamedType { name: "usize", ty: &DataModelType::Usize },
            &NamedType { name: "isize", ty: &DataModelType::Isize },
        ];
        assert_eq!(args_text::<{ args_len(SIZES) }>(SIZES).as_slice(), b"(u64, i64)");
    }

    #[test]
    fn the_hash_is_that_of_the_texts() {
        assert_eq!(signature_hash(ARGS, Outcome::TYPE), schema_hash("(str, [f32])", RESULT));
    }

    #[test]
    fn results_are_known_by_their_shape() {
        const { assert!(is_result::<Outcome>()) };
        const { assert!(!is_result::<BadBatch>() && !is_result::<u8>()) };
    }

    /// What is described as a `Result` is one.
    #[test]
    fn a_newtype_of_a_result_is_one() {
        const TEXT: [u8; type_len(Wrapped::TYPE)] = type_text(Wrapped::TYPE);
        assert_eq!(str::from_utf8(&TEXT), Ok(RESULT));
        const { assert!(is_result::<Wrapped>() && is_result::<&Wrapped>()) };
        const { assert!(!is_result::<Option<Outcome>>() && !is_result::<(Outcome,)>()) };
    }

    /// Described by hand, or by another derive.
    #[test]
    fn raw_names_are_told_without_their_prefix() {
        const RAW: &NamedType = &NamedType {
            name: "Raw",
            ty: &DataModelType::Enum(&[
                &NamedVariant { name: "r#Self", ty: &DataModelVariant::UnitVariant },
                &NamedVariant {
                    name: "r",
                    ty: &DataModelVariant::StructVariant(&[&NamedValue { name: "r#type", ty: u8::TYPE }]),
                },
            ]),
        };
        assert_eq!(&type_text::<{ type_len(RAW) }>(RAW), b"enum {Self, r{type: u8}}");
    }

    #[test]
    fn names_that_look_like_a_description_are_known() {
        assert!(is_name("type") && is_name("a-b") && is_name("größe"));
        for name in ["", "a: u8, b", "a b", "f(", "}", "x>", "\n"] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
