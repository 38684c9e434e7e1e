//! Functions of numbers.

use aingle_wasm_types::Number::{self, F32, F64, I32, I64};
use aingle_wasm_types::NumberType;
use aingle_wasm_values::PlainFunction;

const ALL: [NumberType; 4] = [NumberType::I32, NumberType::I64, NumberType::F32, NumberType::F64];

fn function(names: &[Option<&str>]) -> PlainFunction {
    PlainFunction::new("mix", names, &ALL, &[])
}

#[test]
fn h01_arguments_are_numbers_by_position_or_by_name() {
    let numbers = [I32(-1), I64(1 << 60), F32(0.1), F64(-0.0)];
    let named = function(&[Some("a"), Some("b"), Some("c"), Some("d")]);
    let json = r#"{"d": -0.0, "b": 1152921504606846976, "a": -1, "c": 0.1}"#;
    assert_eq!(named.encode_arguments(json).unwrap(), numbers);
    let read = function(&[]).encode_arguments("[-1, 1152921504606846976, 0.1, -0.0]").unwrap();
    assert_eq!(read.map_bits(), numbers.map_bits());
    let one = PlainFunction::new("half", &[], &[NumberType::F64], &[NumberType::F64]);
    assert_eq!(one.encode_arguments("3").unwrap(), [F64(3.0)]);
}

trait MapBits {
    fn map_bits(&self) -> Vec<u64>;
}

impl<N: AsRef<[Number]>> MapBits for N {
    fn map_bits(&self) -> Vec<u64> {
        self.as_ref().iter().map(|number| number.bits()).collect()
    }
}

#[test]
fn h02_lesson_19_what_does_not_fit_is_refused() {
    let named = function(&[Some("a")]);
    for (json, error) in [
        (
            "[1099511627776, 1, 1, 1]",
            "argument 1 `a`: out of range: expected i32, an integer from -2147483648 to 2147483647, found 1099511627776",
        ),
        ("[\"1\", 1, 1, 1]", "argument 1 `a`: expected i32, found \"1\""),
        ("[1, 1.5, 1, 1]", "argument 2: expected i64, found 1.5"),
        ("[1, 1, 1e39, 1]", "argument 3: out of range: expected f32, found 1e39"),
        ("[1, 1, 1]", "argument 4 is missing"),
        ("[1, 1, 1, 1, 1]", "argument 5 is surplus: expected 4 arguments, found 5"),
        ("{\"a\": 1}", "arguments are passed by name, and the parameters have no names: pass an array"),
    ] {
        assert_eq!(named.encode_arguments(json).unwrap_err().to_string(), error, "{json}");
    }
    // Arguments by a name that two parameters have would be a guess.
    let twice = function(&[Some("a"), Some("a"), Some("b"), Some("c")]);
    assert_eq!(twice.to_string(), "mix(i32, i64, f32, f64) -> ()");
}

#[test]
fn h01_results_are_json_that_is_read_again() {
    let nan = f32::from_bits(0xffc0_0001);
    let results = [I32(i32::MIN), I64(i64::MAX), F32(nan), F64(f64::NEG_INFINITY)];
    let json = PlainFunction::results_to_json(&results);
    assert_eq!(json, r#"[-2147483648,9223372036854775807,"NaN(0xffc00001)","-Infinity"]"#);
    assert_eq!(function(&[]).encode_arguments(&json).unwrap().map_bits(), results.map_bits());
    assert_eq!(PlainFunction::results_to_json(&[]), "null");
    assert_eq!(PlainFunction::results_to_json(&[F64(21.0)]), "21.0");
}
