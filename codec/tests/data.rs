//! Every type that is `Data`: its bytes are those that its description tells.
#![cfg(all(feature = "alloc", feature = "derive"))]

use aingle_wasm_codec::postcard_schema::schema::{DataModelType, DataModelVariant, NamedType, NamedValue};
use aingle_wasm_codec::schema::signature_text;
use aingle_wasm_codec::value::{Limits, Used, decode, decode_within, encode_into, encoded_len, take};
use aingle_wasm_codec::{Data, ValueError};
use serde::Deserialize;
use serde::de::value::{Error, U32Deserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::num::{NonZeroI8, NonZeroI64, NonZeroU8, NonZeroU128, Saturating, Wrapping};
use std::time::Duration;

/// What is left of `bytes` behind a value that is described so.
fn walk<'a>(ty: &NamedType, bytes: &'a [u8]) -> &'a [u8] {
    match ty.ty {
        DataModelType::Unit | DataModelType::UnitStruct => bytes,
        DataModelType::Bool => item::<bool>(bytes).1,
        DataModelType::U8 | DataModelType::I8 => &bytes[1..],
        DataModelType::U16 => item::<u16>(bytes).1,
        DataModelType::U32 => item::<u32>(bytes).1,
        DataModelType::U64 => item::<u64>(bytes).1,
        DataModelType::U128 => item::<u128>(bytes).1,
        DataModelType::I16 => item::<i16>(bytes).1,
        DataModelType::I32 => item::<i32>(bytes).1,
        DataModelType::I64 => item::<i64>(bytes).1,
        DataModelType::I128 => item::<i128>(bytes).1,
        DataModelType::F32 => &bytes[4..],
        DataModelType::F64 => &bytes[8..],
        DataModelType::Char => item::<char>(bytes).1,
        DataModelType::String => item::<&str>(bytes).1,
        DataModelType::Option(some) => match item::<u8>(bytes) {
            (0, rest) => rest,
            (1, rest) => walk(some, rest),
            (other, _) => panic!("an option that begins with {other}"),
        },
        DataModelType::NewtypeStruct(content) => walk(content, bytes),
        DataModelType::Seq(ty) => {
            let (len, rest) = item::<u32>(bytes);
            (0..len).fold(rest, |rest, _| walk(ty, rest))
        }
        DataModelType::Map { key, val } => {
            let (len, rest) = item::<u32>(bytes);
            (0..len).fold(rest, |rest, _| walk(val, walk(key, rest)))
        }
        DataModelType::Tuple(types) | DataModelType::TupleStruct(types) => walk_all(types, bytes),
        DataModelType::Struct(fields) => walk_fields(fields, bytes),
        DataModelType::Enum(variants) => {
            let (variant, rest) = item::<u32>(bytes);
            match variants[variant as usize].ty {
                DataModelVariant::UnitVariant => rest,
                DataModelVariant::NewtypeVariant(ty) => walk(ty, rest),
                DataModelVariant::TupleVariant(types) => walk_all(types, rest),
                DataModelVariant::StructVariant(fields) => walk_fields(fields, rest),
            }
        }
        other => panic!("no value is described so: {other:?}"),
    }
}

fn walk_all<'a>(types: &[&NamedType], bytes: &'a [u8]) -> &'a [u8] {
    types.iter().fold(bytes, |rest, ty| walk(ty, rest))
}

fn walk_fields<'a>(fields: &[&NamedValue], bytes: &'a [u8]) -> &'a [u8] {
    fields.iter().fold(bytes, |rest, field| walk(field.ty, rest))
}

fn item<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> (T, &'a [u8]) {
    take(bytes).expect("what is described")
}

fn bytes<T: Data + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = vec![0; encoded_len(value).unwrap()];
    assert_eq!(encode_into(value, &mut bytes), Ok(bytes.len()));
    bytes
}

fn decoded<T: Data + DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, ValueError> {
    T::decode_data(bytes, limits, &mut Used::default())
}

/// Walks the bytes of a value by its description, reads it back, and compares the description's text.
fn check<T: Data + DeserializeOwned + PartialEq + Debug>(text: &str, value: T) {
    written(text, &value);
    let bytes = bytes(&value);
    assert_eq!(decoded::<T>(&bytes, Limits::default()).as_ref(), Ok(&value), "{text}");
    for len in 0..bytes.len() {
        let short = decoded::<T>(&bytes[..len], Limits::default());
        assert_eq!(short, decode_within::<T>(&bytes[..len], Limits::default()), "{text}");
    }
    assert_eq!(decode::<T>(&bytes), Ok(value), "{text}");
}

/// The same for a value that is not read back.
fn written<T: Data + ?Sized>(text: &str, value: &T) {
    assert_eq!(signature_text(&[], T::TYPE), format!("() -> {text}"));
    let bytes = bytes(value);
    assert_eq!(walk(T::TYPE, &bytes), b"", "{text}: {bytes:?}");
    copied(text, value, &bytes);
}

/// What is copied is what is written item by item, with room for it and without.
fn copied<T: Data + ?Sized>(text: &str, value: &T, bytes: &[u8]) {
    for len in 0..bytes.len() + 3 {
        let mut room = vec![0xee; len];
        assert_eq!(value.write_data(&mut room), Ok(bytes.len()), "{text}");
        if let Some((written, behind)) = room.split_at_checked(bytes.len()) {
            assert_eq!(written, bytes, "{text}");
            assert!(behind.iter().all(|byte| *byte == 0xee), "{text}");
        }
    }
}

#[test]
fn numbers() {
    check("bool", true);
    check("u8", u8::MAX);
    check("u16", u16::MAX);
    check("u32", u32::MAX);
    check("u64", u64::MAX);
    check("u128", u128::MAX);
    check("i8", i8::MIN);
    check("i16", i16::MIN);
    check("i32", i32::MIN);
    check("i64", i64::MIN);
    check("i128", i128::MIN);
    check("f32", 21.5_f32);
    check("f64", f64::NEG_INFINITY);
    check("char", '\u{10ffff}');
    check("u8", NonZeroU8::MAX);
    check("u128", NonZeroU128::MAX);
    check("i8", NonZeroI8::MIN);
    check("i64", NonZeroI64::MIN);
    check("u32", Wrapping(u32::MAX));
    check("i16", Saturating(i16::MIN));
}

/// The bits of a float travel as they are, those of a NaN too.
#[test]
fn nans_keep_their_bits() {
    for bits in [0x7fc0_0000_u32, 0xffc0_1234, 0x7f80_0001] {
        let read: f32 = decode(&bytes(&f32::from_bits(bits))).unwrap();
        assert_eq!(read.to_bits(), bits);
    }
}

/// No value is made of a number that it cannot have.
#[test]
fn numbers_out_of_range_are_errors() {
    assert!(decode::<NonZeroU8>(&[0]).is_err());
    assert!(decode::<u8>(&bytes(&300_u16)).is_err());
    assert!(decode::<u16>(&bytes(&70_000_u32)).is_err());
    assert!(decode::<u32>(&bytes(&u64::MAX)).is_err());
    assert!(decode::<char>(&bytes("")).is_err());
    assert!(decode::<char>(&bytes("abcde")).is_err());
    // postcard 1.1 took the first of two.
    assert!(decode::<char>(&bytes("ab")).is_err());
    assert!(decode_within::<char>(&bytes("ab"), Limits::default()).is_err());
    assert!(decode::<Option<u8>>(&[2, 0]).is_err());
    assert!(decode::<Result<u8, u8>>(&[2, 0]).is_err());
}

#[test]
fn text_and_bytes() {
    written("str", "Zürich");
    check("str", String::from("Zürich"));
    written("str", &Box::<str>::from("Zürich"));
    check("str", Cow::Borrowed("Zürich"));
    written("[u8]", [1_u8, 2].as_slice());
    check("[u8]", vec![1_u8, 255]);
    written("[u8]", &Cow::Borrowed([1_u8, 2].as_slice()));
}

#[test]
fn collections() {
    written("[f32]", [1.5_f32].as_slice());
    check("[(str, u8)]", vec![(String::from("a"), 1_u8), (String::new(), 2)]);
    check("[()]", vec![(); 5]);
    check("[u16]", VecDeque::from([1_u16, 300]));
    check("[u16]", Box::<[u16]>::from([1, 300]));
    check("[u16]", BTreeSet::from([300_u16, 1]));
    check("Map<u8, [str]>", BTreeMap::from([(1_u8, vec![String::from("one")]), (2, vec![])]));
}

#[test]
fn items_that_are_copied() {
    let floats: Vec<f32> = (0..130_u16).map(|at| f32::from(at) * -0.5).collect();
    check("[f32]", floats.clone());
    written("[f32]", floats.as_slice());
    check("[f64]", vec![-0.0, f64::MAX, f64::MIN_POSITIVE]);
    check("[f64]", Vec::<f64>::new());
    check("[i8]", vec![i8::MIN, -1, 0, i8::MAX]);
    check("[u8]", (0..200_u8).collect::<Vec<_>>());
    written("([f32], str, [u8])", &(floats.as_slice(), "between", vec![1_u8, 2]));
    written("Result<[f32], u8>", &Ok::<_, u8>(floats.as_slice()));
    check("Result<[f32], u8>", Err::<Vec<f32>, _>(7_u8));
    check("Result<[f32], u8>", Ok::<_, u8>(floats));
    written("([f64])", &(Box::<[f64]>::from([1.5, 2.5]),));
    let not_a_number = f32::from_bits(0x7fa0_0001);
    let read = decoded::<Vec<f32>>(&bytes(&vec![not_a_number]), Limits::default()).unwrap();
    assert_eq!(read[0].to_bits(), not_a_number.to_bits());
}

/// The limits count what is copied as what is read item by item.
#[test]
fn items_that_are_copied_are_counted() {
    let bytes = bytes(&vec![1.5_f32; 100]);
    for limits in
        [Limits { max_items: 99, ..Limits::default() }, Limits { max_decoded: 399, ..Limits::default() }]
    {
        let copied = decoded::<Vec<f32>>(&bytes, limits);
        assert!(copied.is_err());
        assert_eq!(copied, decode_within::<Vec<f32>>(&bytes, limits));
    }
    let enough = Limits { max_items: 100, max_decoded: 400 };
    assert_eq!(decoded::<Vec<f32>>(&bytes, enough), Ok(vec![1.5; 100]));
    // A length with nothing behind it.
    let long = [0xff, 0xff, 0xff, 0xff, 0x0f];
    assert!(decoded::<Vec<f64>>(&long, Limits { max_items: u32::MAX, max_decoded: u32::MAX }).is_err());
}

#[test]
fn tuples_and_arrays() {
    check("()", ());
    check("()", PhantomData::<String>);
    check("(u8)", (7_u8,));
    check("(u8, str)", (7_u8, String::from("x")));
    check("(u8, u8, u8, u8, u8, u8, u8)", (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8));
    let sixteen = (
        1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8, 10_u8, 11_u8, 12_u8, 13_u8, 14_u8, 15_u8, 16_u8,
    );
    written(&format!("({})", ["u8"; 16].join(", ")), &sixteen);
    check("()", [0_u8; 0]);
    check("(u16, u16)", [1_u16, 300]);
    check(&format!("({})", ["u8"; 32].join(", ")), [9_u8; 32]);
    check("[(u8, u8)]", vec![[1_u8, 2]]);
}

#[test]
fn options_and_results() {
    check("Option<()>", Some(()));
    check("Option<()>", None::<()>);
    check("Option<Option<u16>>", Some(None::<u16>));
    check("Option<Option<u16>>", Some(Some(300_u16)));
    check("Result<u16, str>", Ok::<_, String>(300_u16));
    check("Result<u16, str>", Err::<u16, _>(String::from("no")));
    check("Result<(), ()>", Err::<(), _>(()));
    check("Option<Result<u8, ()>>", Some(Ok::<u8, ()>(1)));
    check("u16", Box::new(300_u16));
    written("u16", &&&300_u16);
}

#[test]
fn ranges_times_and_addresses() {
    check("{start: u16, end: u16}", 1_u16..300);
    check("{start: u16, end: u16}", 1_u16..=300);
    check("{start: u16}", 300_u16..);
    check("{end: u16}", ..300_u16);
    check("{secs: u64, nanos: u32}", Duration::new(u64::MAX, 999_999_999));
    check("{octets: (u8, u8, u8, u8)}", Ipv4Addr::LOCALHOST);
    let octets = format!("{{octets: ({})}}", ["u8"; 16].join(", "));
    check(&octets, Ipv6Addr::LOCALHOST);
    let either = format!("enum {{V4({{octets: (u8, u8, u8, u8)}}), V6({octets})}}");
    check(&either, IpAddr::V4(Ipv4Addr::LOCALHOST));
    check(&either, IpAddr::V6(Ipv6Addr::LOCALHOST));
    let socket = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 65_000);
    check("{ip: {octets: (u8, u8, u8, u8)}, port: u16}", socket);
}

#[derive(Debug, PartialEq, Data)]
struct Unit;

#[derive(Debug, PartialEq, Data)]
struct NoFields {}

#[derive(Debug, PartialEq, Data)]
struct Newtype(u16);

#[derive(Debug, PartialEq, Data)]
struct Pair(u16, String);

#[derive(Debug, PartialEq, Data)]
struct Named {
    r#type: u16,
    name: String,
}

#[derive(Debug, PartialEq, Data)]
struct Generic<T, const N: usize>
where
    T: Copy,
{
    item: T,
    items: [Option<T>; 2],
    none: PhantomData<[u8; N]>,
}

#[derive(Debug, PartialEq, Data)]
enum Mixed {
    Unit,
    New(Newtype),
    Tuple(u8, Pair),
    Struct { r#fn: u16, unit: Unit },
    Empty {},
    r#Final,
}

#[derive(Debug, PartialEq, Data)]
struct Borrowed<'a, 'b> {
    text: &'a str,
    bytes: Option<&'b [u8]>,
    #[serde(borrow)]
    cow: Cow<'a, str>,
    owned: Cow<'b, str>,
    #[serde(borrow)]
    inner: Inner<'a>,
}

#[derive(Debug, PartialEq, Data)]
enum Inner<'a> {
    None,
    Text(&'a str),
    #[serde(borrow)]
    Cow(Cow<'a, str>),
}

#[derive(Data)]
#[data(write_only)]
struct WriteOnly<'a, T> {
    items: &'a [T],
    forever: &'static str,
}

#[derive(Debug, PartialEq, Data)]
#[repr(C, packed)]
struct Packed {
    small: u8,
    large: u32,
}

#[test]
fn derived_structs() {
    check("()", Unit);
    check("{}", NoFields {});
    check("u16", Newtype(300));
    check("(u16, str)", Pair(300, "x".into()));
    check("{type: u16, name: str}", Named { r#type: 300, name: "x".into() });
    let generic = Generic::<_, 3> { item: 300_u16, items: [None, Some(1)], none: PhantomData };
    check("{item: u16, items: (Option<u16>, Option<u16>), none: ()}", generic);
    check("{small: u8, large: u32}", Packed { small: 1, large: 70_000 });
    written("{items: [u16], forever: str}", &WriteOnly { items: &[1, 300_u16], forever: "x" });
}

#[test]
fn derived_enums() {
    let text = "enum {Unit, New(u16), Tuple(u8, (u16, str)), Struct{fn: u16, unit: ()}, Empty{}, Final}";
    check(text, Mixed::Unit);
    check(text, Mixed::New(Newtype(300)));
    check(text, Mixed::Tuple(1, Pair(300, "x".into())));
    check(text, Mixed::Struct { r#fn: 300, unit: Unit });
    check(text, Mixed::Empty {});
    check(text, Mixed::Final);
}

#[test]
fn derived_types_borrow_what_they_are_read_from() {
    let cow = Cow::Borrowed("cow");
    let value =
        Borrowed { text: "text", bytes: Some(b"b"), cow: cow.clone(), owned: cow, inner: Inner::Text("i") };
    written(
        "{text: str, bytes: Option<[u8]>, cow: str, owned: str, inner: enum {None, Text(str), Cow(str)}}",
        &value,
    );
    let bytes = bytes(&value);
    let read: Borrowed<'_, '_> = decode(&bytes).unwrap();
    assert_eq!(read, value);
    assert!(bytes.as_ptr_range().contains(&read.text.as_ptr()));
    assert!(matches!(read.cow, Cow::Borrowed(_)) && matches!(read.owned, Cow::Owned(_)));
    for inner in [Inner::None, Inner::Cow(Cow::Borrowed("x"))] {
        assert_eq!(decode(&self::bytes(&inner)), Ok(inner));
    }
}

#[derive(Data)]
#[serde(rename = "Other", rename_all = "camelCase")]
struct Renamed {
    first_name: u8,
    #[serde(rename = "last-name")]
    last_name: u8,
}

#[derive(Data)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "kebab-case")]
enum RenamedVariants {
    FirstOne {
        some_field: u8,
    },
    #[serde(rename = "second", rename_all = "PascalCase")]
    SecondOne {
        some_field: u8,
    },
}

/// The names in a description are those that serde itself writes in a format that has names.
#[test]
fn names_are_those_of_serde() {
    written("{firstName: u8, last-name: u8}", &Renamed { first_name: 1, last_name: 2 });
    let text = "enum {FIRST_ONE{some-field: u8}, second{SomeField: u8}}";
    written(text, &RenamedVariants::FirstOne { some_field: 1 });
}

/// Every rule, against what serde itself makes of the same names.
#[test]
fn rename_rules_are_those_of_serde() {
    macro_rules! rules {
        ($($rule:literal)*) => {$({
            #[derive(Data)]
            #[serde(rename_all = $rule, rename_all_fields = $rule)]
            enum Ours {
                Plain,
                TwoWords { a: u8, two_words: u8, _leading: u8, x1_y2: u8 },
                HTTPServer(u8),
            }
            let DataModelType::Enum(variants) = Ours::TYPE.ty else { panic!("an enum") };
            let DataModelVariant::StructVariant(fields) = variants[1].ty else { panic!("a struct") };
            let names = Names::of::<Ours>(1);
            let ours: Vec<_> = variants.iter().map(|variant| variant.name).collect();
            assert_eq!(ours, names.variants, $rule);
            let ours: Vec<_> = fields.iter().map(|field| field.name).collect();
            assert_eq!(ours, names.fields, $rule);
        })*};
    }
    rules! {
        "lowercase" "UPPERCASE" "PascalCase" "camelCase" "snake_case" "SCREAMING_SNAKE_CASE" "kebab-case"
        "SCREAMING-KEBAB-CASE"
    }
}

/// The names that an enum's `Deserialize` asks for.
#[derive(Default)]
struct Names {
    variants: &'static [&'static str],
    /// Of one struct variant.
    fields: &'static [&'static str],
}

impl Names {
    fn of<T: DeserializeOwned>(variant: u32) -> Self {
        let mut names = Self::default();
        assert!(T::deserialize(Asked { variant, names: &mut names }).is_err());
        names
    }
}

/// Notes the names that it is asked for, and has no value.
struct Asked<'a> {
    variant: u32,
    names: &'a mut Names,
}

fn no_value<T>() -> Result<T, Error> {
    Err(serde::de::Error::custom("no value"))
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        no_value()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.names.variants = variants;
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Asked<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let variant: U32Deserializer<Error> = self.variant.into_deserializer();
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'de> VariantAccess<'de> for Asked<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        no_value()
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Error> {
        no_value()
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        no_value()
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        self.names.fields = fields;
        no_value()
    }
}
