//! JSON in and out.

mod common;

use aingle_wasm_runtime::{ErrorCode, ErrorKind, FunctionKind, ModuleConfig, WasmConfig};
use aingle_wasm_types::description::Kind;
use common::*;
use serde_json::{Value, json};

#[tokio::test]
async fn h01_plain_functions_take_arrays_objects_and_single_values() {
    let runtime = with_math(WasmConfig::default()).await;
    for (function, arguments, expected) in [
        ("add", json!([5, 3]), json!(8)),
        ("add", json!({"right": 3, "left": 5}), json!(8)),
        ("add", json!([-2_147_483_648, 0]), json!(-2_147_483_648)),
        ("wide", json!(i64::MIN), json!(i64::MIN)),
        ("half", json!(3), json!(1.5)),
        ("same", json!([0.1]), json!(0.1)),
        ("same", json!(-0.0), json!(-0.0)),
        ("same", json!("NaN"), json!("NaN")),
        ("divide", json!([17, 5]), json!([3, 2])),
        ("nothing", json!([]), Value::Null),
    ] {
        let result = soon(runtime.execute("math", function, arguments.clone())).await;
        // As text: `-0.0` equals `0.0`.
        assert_eq!(result.unwrap().to_string(), expected.to_string(), "{function}({arguments})");
    }
    assert_eq!(runtime.execute_text("math", "wide", "9007199254740993").await.unwrap(), "9007199254740993");
}

#[tokio::test]
async fn h01_guests_are_called_by_their_description() {
    let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
    assert_eq!(runtime.execute("guest", "sum", json!([5, 3])).await.unwrap(), json!(8));
    assert_eq!(runtime.execute("guest", "sum", json!({"b": 3, "a": -5})).await.unwrap(), json!(-2));
    assert_eq!(runtime.execute_bytes("guest", "echo", *b"bytes").await.unwrap(), b"bytes");
    assert_eq!(runtime.execute_bytes("guest", "greet", *b"you").await.unwrap(), b"hello, you");
    // A typed function takes its values in postcard, too.
    assert_eq!(runtime.execute_bytes("guest", "sum", [10, 6]).await.unwrap(), [16]);
}

#[tokio::test]
async fn h01_an_error_of_the_guests_own_is_a_value() {
    let echo = described(Kind::Export, "echo", "result", "(Result<u8, str>)", "Result<u8, str>");
    let text = include_str!("../../../examples/guest-wat/guest.wat");
    let end = text.find(r#"(@custom "aingle.abi""#).unwrap();
    let (functions, _told) = functions(false);
    let runtime = aingle_wasm_runtime::WasmRuntime::with_functions(WasmConfig::default(), functions).unwrap();
    runtime.load_module("guest", wasm(&format!("{} {echo})", &text[..end]))).await.unwrap();
    let echo = async |argument| runtime.execute("guest", "echo", json!([argument])).await;
    assert_eq!(echo(json!({"Ok": 7})).await.unwrap(), json!(7));
    let error = echo(json!({"Err": "no"})).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Guest { value, .. } if *value == json!("no")), "{error}");
    assert_eq!(error.to_string(), r#"call `guest.echo` failed: the function returned an error: "no""#);
}

#[tokio::test]
async fn lesson_11_an_error_envelope_is_a_value_too() {
    let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
    for call in [runtime.call("guest", "fails", json!([])), runtime.call("guest", "fails", json!({}))] {
        let error = kind(call.await);
        assert!(matches!(&error, ErrorKind::Guest { value, .. } if *value == json!("no")), "{error:?}");
    }
    // Bytes as JSON.
    let error = kind(runtime.execute_bytes("guest", "says_no", *b"").await);
    let ErrorKind::Guest { value, code, body } = error else { panic!("{error:?}") };
    assert_eq!((value, code, &body[..]), (json!({"base64": "bm8="}), ErrorCode::Application, &b"no"[..]));
}

#[tokio::test]
async fn h02_lesson_19_a_value_that_does_not_fit_is_named() {
    let runtime = with_math(WasmConfig::default()).await;
    for (function, arguments, said) in [
        ("add", json!([1_u64 << 40, 3]), "argument 1 `left`: out of range: expected i32"),
        ("add", json!([1, "3"]), "argument 2 `right`: expected i32"),
        ("add", json!([1, 2.5]), "argument 2 `right`"),
        ("add", json!([1, null]), "argument 2 `right`: expected i32"),
        ("add", json!([1]), "argument 2 `right` is missing"),
        ("add", json!([1, 2, 3]), "argument 3 is surplus: expected 2 arguments, found 3"),
        ("add", json!({"left": 1}), "`right` is missing"),
        ("add", json!({"left": 1, "right": 2, "middle": 3}), "unknown name `middle`"),
        ("same", json!(["abc"]), "argument 1 `value`: expected f64"),
    ] {
        let error = runtime.execute("math", function, arguments.clone()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Arguments(_)), "{error:?}");
        assert!(error.to_string().contains(said), "{function}({arguments}): {error}");
        assert!(!error.retryable() && std::error::Error::source(&error).is_some());
    }
}

#[tokio::test]
async fn what_cannot_be_called_is_named() {
    let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
    runtime.load_module("math", math()).await.unwrap();
    let error = runtime.execute("maths", "add", json!([])).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "call `maths.add` failed: no module `maths` is loaded, there are: guest, math"
    );
    let unknown = kind(runtime.execute("guest", "mean", json!([])).await);
    let ErrorKind::UnknownFunction { name, exports } = unknown else { panic!("{unknown:?}") };
    assert_eq!(name, "mean");
    assert!(exports.contains(&"sum(a: i32, b: i32) -> i32".into()), "{exports:?}");
    // Bytes are no JSON, and numbers no bytes.
    let bytes = kind(runtime.execute("guest", "echo", json!([1])).await);
    assert!(matches!(bytes, ErrorKind::Bytes { name } if name == "echo"));
    let numbers = kind(runtime.execute_bytes("math", "add", *b"1").await);
    assert!(
        matches!(numbers, ErrorKind::Numbers { signature } if signature == "add(left: i32, right: i32) -> i32")
    );
}

#[tokio::test]
async fn functions_are_listed_with_their_types() {
    let (runtime, _told) = with_guest(WasmConfig::default(), false).await;
    runtime.load_module("math", math()).await.unwrap();
    let modules = runtime.list_modules();
    assert_eq!(modules.iter().map(|module| &module.name[..]).collect::<Vec<_>>(), ["guest", "math"]);
    let of = |module: usize, name: &str| {
        let export = modules[module].exports.iter().find(|export| export.name == name).unwrap();
        (export.signature.clone(), export.kind)
    };
    assert_eq!(of(0, "sum"), ("sum(a: i32, b: i32) -> i32".into(), FunctionKind::Typed));
    assert_eq!(of(0, "echo"), ("echo(bytes) -> bytes".into(), FunctionKind::Bytes));
    assert_eq!(of(1, "divide"), ("divide(left: i32, right: i32) -> (i32, i32)".into(), FunctionKind::Plain));
    assert_eq!(modules[0].imports.len(), 4, "{:?}", modules[0].imports);
}

/// A module whose functions return addresses of texts, as older modules do.
const TEXTS: &str = r#"(module
    (memory (export "memory") 1)
    (data (i32.const 16) "Z\c3\bcrich \"\0a\00")
    (data (i32.const 64) "\ff\00")
    (data (i32.const 65535) "x")
    (func (export "greet") (param $place i32) (result i32) (local.get $place))
    (func (export "get_none") (result i32) (i32.const 0))
    (func (export "get_bad") (result i32) (i32.const 64))
    (func (export "get_far") (result i32) (i32.const -1))
    (func (export "get_open") (result i32) (i32.const 65535))
    (func (export "get_wide") (result i64) (i64.const 16))
    (func (export "address") (result i32) (i32.const 16)))"#;

#[tokio::test]
async fn h01_functions_that_are_named_return_texts() {
    let texts = vec!["greet".into(), "get_*".into(), "elsewhere".into()];
    let runtime = runtime(WasmConfig { texts, ..Default::default() });
    runtime.load_module("texts", wasm(TEXTS)).await.unwrap();
    for (function, arguments, wanted) in [
        ("greet", json!([16]), json!("Zürich \"\n")),
        ("greet", json!(23), json!(" \"\n")),
        ("get_none", json!([]), Value::Null),
        // A number stays one where nothing says otherwise, or where it is none of 32 bits.
        ("address", json!([]), json!(16)),
        ("get_wide", json!([]), json!(16)),
    ] {
        let found = runtime.execute("texts", function, arguments).await.unwrap();
        assert_eq!(found, wanted, "{function}");
    }
    for (function, why) in [
        ("get_bad", "the text at 0x40 cannot be read: it is not UTF-8"),
        ("get_far", "the text at 0xffffffff cannot be read: the address is outside the memory"),
        ("get_open", "the text at 0xffff cannot be read: there is no NUL behind it"),
    ] {
        let error = runtime.execute("texts", function, json!([])).await.unwrap_err();
        assert_eq!(error.to_string(), format!("call `texts.{function}` failed: {why}"));
        assert!(matches!(error.kind(), ErrorKind::Text { .. }) && error.kind().label() == "result");
    }
    let signatures: Vec<_> =
        runtime.list_modules()[0].exports.iter().map(|export| export.signature.clone()).collect();
    assert!(signatures.contains(&"greet(place: i32) -> Option<str>".into()), "{signatures:?}");
    let refused = kind(runtime.execute_bytes("texts", "greet", *b"").await);
    assert!(matches!(refused, ErrorKind::Numbers { .. }), "{refused:?}");
}

#[tokio::test]
async fn h01_a_function_that_cannot_return_a_text_is_not_named_in_silence() {
    let runtime = runtime(WasmConfig::default());
    let texts = |name: &str| ModuleConfig { texts: Some(vec![name.into()]), ..Default::default() };
    let refused = kind(runtime.load_module_with("texts", wasm(TEXTS), &texts("get_wide")).await);
    assert!(
        matches!(&refused, ErrorKind::NoText { signature } if signature == "get_wide() -> i64"),
        "{refused:?}"
    );
    let no_memory = wasm(r#"(module (memory 1) (func (export "greet") (result i32) (i32.const 1)))"#);
    let refused = kind(runtime.load_module_with("texts", no_memory, &texts("greet")).await);
    assert!(matches!(refused, ErrorKind::NoText { .. }), "{refused:?}");
    runtime.load_module_with("texts", wasm(TEXTS), &texts("address")).await.unwrap();
    assert_eq!(runtime.execute("texts", "address", json!([])).await.unwrap(), json!("Zürich \"\n"));
}
