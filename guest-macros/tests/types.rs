//! `docs/TYPES.md`: each row of its tables is tried.

#[path = "types_guest/lib.rs"]
mod guest;
#[allow(dead_code)]
mod machine;

use aingle_wasm_codec::Data;
use aingle_wasm_codec::schema::signature_text;
use guest::{Checked, Generic, Mixed, Named, Newtype, Pair, Renamed, Unit};
use machine::{Machine, module};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::num::{NonZeroU16, Saturating, Wrapping};
use std::path::Path;
use std::time::Duration;

/// The guest that this file's machine runs.
const GUEST: &str = "types_guest";

/// The rows of the first table behind `heading` whose columns are called so, without the backticks of the first two.
fn rows(heading: &str, columns: &str) -> Vec<Vec<String>> {
    let text = read("../docs/TYPES.md");
    let section = text.split(&format!("## {heading}\n")).nth(1).expect("the section");
    let table = section.split(columns).nth(1).expect("the table");
    let lines = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().into()).collect()).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Sends values through the guest and counts the rows that were tried.
struct Tried {
    machine: Machine,
    rows: Vec<Vec<String>>,
    records: BTreeMap<String, String>,
    seen: usize,
}

impl Tried {
    /// The row has the description that both sides make, and each value comes back as it went.
    fn echo<A, R>(&mut self, name: &str, values: &[A])
    where
        A: Data + Debug,
        R: Data + DeserializeOwned + PartialEq<A> + Debug,
    {
        let row = &self.rows[self.seen];
        let description = row[1].trim_matches('`');
        let expected = format!("value: ({description}) -> {description}");
        assert_eq!(self.records[name], expected, "what the guest says, {row:?}");
        assert_eq!(format!("value: {}", signature_text(&[A::TYPE], R::TYPE)), expected, "what the host says");
        for value in values {
            assert_eq!(self.machine.typed::<R>(name, &(value,)), *value, "{row:?}");
        }
        self.seen += 1;
    }
}

#[test]
fn accepted_types_cross_both_ways_as_they_are_described() {
    let rows = rows("Accepted types", "| type | description |\n");
    let mut tried = Tried { machine: Machine::new(), rows, records: module().records("export"), seen: 0 };
    macro_rules! echo {
        ($($name:ident: $A:ty => $R:ty, $values:expr;)*) => {
            $(tried.echo::<$A, $R>(stringify!($name), &$values);)*
        };
        ($($name:ident: $T:ty, $values:expr;)*) => {
            $(tried.echo::<$T, $T>(stringify!($name), &$values);)*
        };
    }
    let text = || String::from("Zürich");
    echo! {
        unit: (), [()];
        boolean: bool, [true, false];
        unsigned_8: u8, [0, u8::MAX];
        unsigned_16: u16, [0, u16::MAX];
        unsigned_32: u32, [0, u32::MAX];
        unsigned_64: u64, [0, u64::MAX];
        unsigned_128: u128, [0, u128::MAX];
        signed_8: i8, [i8::MIN, i8::MAX];
        signed_16: i16, [i16::MIN, i16::MAX];
        signed_32: i32, [i32::MIN, i32::MAX];
        signed_64: i64, [i64::MIN, i64::MAX];
        signed_128: i128, [i128::MIN, i128::MAX];
        non_zero: NonZeroU16, [NonZeroU16::MIN, NonZeroU16::MAX];
        wrapping: Wrapping<u8>, [Wrapping(255)];
        saturating: Saturating<i16>, [Saturating(i16::MIN)];
        single: f32, [-0.5, f32::INFINITY];
        double: f64, [-0.5, f64::MIN_POSITIVE];
        character: char, ['a', '\u{10ffff}'];
        string: String, [text(), String::new()];
    }
    echo! { borrowed_text: &str => String, ["Zürich"]; }
    echo! {
        cow: Cow<'static, str>, [Cow::Borrowed("Zürich")];
        boxed_text: Box<str>, ["Zürich".into()];
    }
    echo! {
        borrowed_bytes: &[u8] => Vec<u8>, [&[1_u8, 255]];
        borrowed_floats: &[f32] => Vec<f32>, [&[1.5_f32, -1.0]];
    }
    echo! {
        vector: Vec<u16>, [vec![1, 300], vec![]];
        deque: VecDeque<u16>, [VecDeque::from([1, 300])];
        set: BTreeSet<u16>, [BTreeSet::from([300, 1])];
        map: BTreeMap<u8, String>, [BTreeMap::from([(1, text()), (2, String::new())])];
        option_of_unit: Option<()>, [Some(()), None];
        nested_option: Option<Option<u16>>, [None, Some(None), Some(Some(300))];
    }
    tried.results("result", Ok::<u16, String>(300), Err(text()));
    echo! {
        tuple: (u8, String), [(7, text())];
        array: [u16; 2], [[1, 300]];
        boxed: Box<u16>, [Box::new(300)];
        phantom: PhantomData<u8>, [PhantomData];
        range: std::ops::Range<u16>, [1..300, 0..0];
        range_inclusive: std::ops::RangeInclusive<u16>, [1..=300];
        duration: Duration, [Duration::new(u64::MAX, 999_999_999)];
        address: IpAddr, [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        socket: SocketAddrV4, [SocketAddrV4::new(Ipv4Addr::LOCALHOST, 65_000)];
        unit_struct: Unit, [Unit];
        newtype: Newtype, [Newtype(300)];
        pair: Pair, [Pair(300, text())];
        named: Named, [Named { r#type: 300 }];
        generic: Generic<u16>, [Generic { item: 300 }];
    }
    tried.results("checked", Checked(Ok(300)), Checked(Err(text())));
    echo! { mixed: Mixed, [Mixed::Unit, Mixed::Tuple(1, 300), Mixed::Named { x: 300 }]; }
    assert_eq!(tried.seen, tried.rows.len(), "a row without a value");
}

impl Tried {
    /// As [`Tried::echo`]; the error comes in an envelope of code 2, that of a newtype too.
    fn results<R: Data + DeserializeOwned + PartialEq + Debug>(&mut self, name: &str, ok: R, err: R) {
        self.echo::<R, R>(name, &[ok]);
        let mut body = vec![0; aingle_wasm_codec::value::encoded_len(&err).unwrap()];
        aingle_wasm_codec::value::encode_into(&err, &mut body).unwrap();
        assert_eq!(self.machine.call(name, &body), Err((2, body)), "{name}");
    }
}

#[test]
fn accepted_attributes_change_the_description_on_both_sides() {
    let rows = rows("Attributes of serde", "| attribute | meaning here |\n");
    let names: Vec<_> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(names, ["rename", "rename_all", "rename_all_fields", "borrow"]);
    let expected = "enum {firstOne{some-field: u8}, second(str)}";
    assert_eq!(module().records("export")["renamed"], format!("value: ({expected}) -> {expected}"));
    assert_eq!(signature_text(&[], Renamed::TYPE), format!("() -> {expected}"));
    let mut machine = Machine::new();
    for value in [Renamed::FirstOne { some_field: 7 }, Renamed::SecondOne(Cow::Borrowed("x"))] {
        let bytes = machine.call("renamed", &encoded(&(&value,))).unwrap();
        assert_eq!(aingle_wasm_codec::value::decode::<Renamed<'_>>(&bytes), Ok(value));
    }
}

fn encoded(value: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = vec![0; aingle_wasm_codec::value::encoded_len(value).unwrap()];
    aingle_wasm_codec::value::encode_into(value, &mut bytes).unwrap();
    bytes
}

/// What `tests/ui.rs` compares with what the compiler says.
#[test]
fn refused_attributes_are_refused_in_the_words_of_the_table() {
    let rows = rows("Attributes of serde", "| attribute | reason | way out |\n");
    let refused = read("tests/ui/data_attributes.stderr");
    for row in &rows {
        let key = row[0].split('`').nth(1).unwrap_or("no_such_attribute");
        let sentence = format!("error: `#[serde({key})]` cannot be carried: {}; {}\n", row[1], row[2]);
        assert!(refused.contains(&sentence), "{sentence}");
    }
    let all: BTreeSet<_> = refused.lines().filter(|line| line.starts_with("error: `#[serde(")).collect();
    assert_eq!(rows.len(), all.len(), "an attribute without a row");
}

#[test]
fn refused_types_are_refused() {
    let rows = rows("Refused types", "| type | reason | way out |\n");
    let refused = read("tests/ui/data_types.stderr") + &read("tests/ui/export_types.stderr");
    for row in &rows {
        let sentence = match &*row[0] {
            "`[u8; 33]`" => "error: an array of 33 items cannot cross".into(),
            "`HashMap<u8, u8>`" => "error: `HashMap` cannot cross".into(),
            "a type that contains itself" => "cannot contain itself: its description would not end".into(),
            "a union" => "a union cannot cross: nothing tells the reader which field it holds".into(),
            ty => format!("error[E0277]: {ty} cannot cross between guest and host: it is not `Data`"),
        };
        assert!(refused.contains(&sentence), "{sentence}");
    }
    assert_eq!(rows.len(), 8);
}

#[test]
fn a_result_that_cannot_be_written_is_no_bad_request() {
    let mut machine = Machine::new();
    for (endless, cause) in [(0, "the type refuses it"), (1, "a sequence or a map has no known length")] {
        let text = format!("result: the value cannot be written: {cause}").into_bytes();
        assert_eq!(machine.call("unwritable", &[endless]), Err((8, text)));
    }
    assert_eq!(machine.typed::<u8>("unsigned_8", &(1_u8,)), 1, "the instance goes on");
}
