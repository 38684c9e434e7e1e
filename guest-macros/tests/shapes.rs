//! Every accepted form: called natively, described in the module, and called through an engine.

#[path = "guest/lib.rs"]
mod guest;
mod machine;

use aingle_wasm_guest::HostCallError;
use guest::{BadBatch, Reading, Summary};
use machine::{Machine, module};
use std::collections::BTreeMap;

/// The guest that this file's machine runs.
const GUEST: &str = "guest";

#[test]
fn a09_exported_functions_stay_callable_natively() {
    let expected = Summary { station: "roof".into(), mean: 2.0 };
    assert_eq!(guest::summarize("roof", &[1.0, 3.0], 9), Ok(expected));
    assert_eq!(guest::elsewhere::by_path(3), 3);
    #[expect(deprecated)]
    const CONSTANT: u8 = guest::constant(4);
    assert_eq!(CONSTANT, 4);
}

#[test]
fn a09_host_functions_are_unavailable_natively() {
    assert_eq!(guest::read_sensor(3), Err(HostCallError::Unavailable));
    assert_eq!(guest::elsewhere::far(), Err(HostCallError::Unavailable));
    assert_eq!(guest::__my_host_fn.call(b""), Err(HostCallError::Unavailable));
    assert_eq!(guest::__my_host_fn.name(), "__my_host_fn");
}

#[test]
fn a09_the_module_exports_and_imports_what_is_written() {
    let exports = [
        "an.other-name",
        "anonymous",
        "ask",
        "ask_all",
        "bounded",
        "by_macro",
        "by_path",
        "bytes",
        "constant",
        "cut",
        "echo",
        "lent",
        "lent_reading",
        "lent_word",
        "longest",
        "longest_array",
        "many",
        // Of the guest crate, which cannot define them for the linker alone.
        "memcpy",
        "memset",
        "named",
        "nothing",
        "one",
        "rest",
        "summarize",
        "type",
    ];
    assert_eq!(module().exports(), exports);
    // `__my_host_fn` is never called, so that the linker leaves it out.
    let imports = [
        "beat",
        "call",
        "far",
        "farther",
        "fmod",
        "host.rename",
        "label",
        "len",
        "ptr",
        "read_sensor",
        "reply",
        "sync",
        "text",
    ];
    assert_eq!(module().imports(), imports);
}

#[test]
fn a09_the_module_describes_its_exports() {
    let found = module().records("export");
    let longest_array = format!("array: (({})) -> u8", ["u8"; 32].join(", "));
    let expected = BTreeMap::from([
        ("an.other-name", "x: (u8) -> u8"),
        ("anonymous", "reading: ({station: str, celsius: f32}) -> str"),
        ("ask", "id: (u8) -> Result<f32, str>"),
        ("ask_all", "word: (str) -> Result<(str, [u8], bool, u8), str>"),
        ("bounded", "first,second: (str, str) -> str"),
        ("by_macro", "x: (str) -> u32"),
        ("by_path", "x: (u8) -> u8"),
        ("bytes", "data: ([u8]) -> u32"),
        ("constant", "x: (u8) -> u8"),
        ("cut", "bytes"),
        ("echo", "bytes"),
        ("lent", "reading: ({station: str, mean: f32}) -> f32"),
        ("lent_reading", "reading: ({station: str, celsius: f32}) -> u32"),
        ("lent_word", "word: (Option<str>) -> u32"),
        ("longest", "words: ([str]) -> str"),
        ("longest_array", &longest_array),
        (
            "many",
            "a,b,c,d,e,f,g,h,i,j: (u8, i16, u32, i64, f64, bool, char, (u8, u8), (u8, u8), [u16]) -> u64",
        ),
        ("named", "station,other: (str, {station: str, celsius: f32}) -> (str, f32)"),
        ("nothing", ": () -> ()"),
        ("one", ": () -> u32"),
        ("rest", "a,b: (f64, f64) -> f64"),
        (
            "summarize",
            "station,readings,at_most: (str, [f32], u8) \
             -> Result<{station: str, mean: f32}, enum {Empty, TooLong{at_most: u8}}>",
        ),
        ("type", "fn: (u8) -> u8"),
    ]);
    assert_eq!(found, expected.into_iter().map(|(name, text)| (name.into(), text.into())).collect());
}

#[test]
fn a09_the_module_describes_its_imports() {
    let found = module().records("import");
    let expected = BTreeMap::from([
        ("__my_host_fn", "bytes"),
        ("beat", "count: (u32) -> ()"),
        ("call", "bytes"),
        ("far", ": () -> u8"),
        ("fmod", "bytes"),
        ("farther", "bytes"),
        ("host.rename", "from,to: (str, Option<str>) -> bool"),
        ("label", "station,bytes: (str, [u8]) -> str"),
        ("len", "bytes"),
        ("ptr", "bytes"),
        ("read_sensor", "id: (u8) -> Result<f32, {id: u8}>"),
        ("reply", "bytes"),
        ("sync", ": () -> ()"),
        ("text", "bytes"),
    ]);
    assert_eq!(found, expected.into_iter().map(|(name, text)| (name.into(), text.into())).collect());
}

#[test]
fn a09_typed_exports_answer() {
    let mut machine = Machine::new();
    let summary: Result<Summary, BadBatch> =
        machine.typed("summarize", &("roof", [1.0_f32, 3.0].as_slice(), 2_u8));
    assert_eq!(summary, Ok(Summary { station: "roof".into(), mean: 2.0 }));
    machine.typed::<()>("nothing", &());
    assert_eq!(machine.typed::<u32>("one", &()), 1);
    assert_eq!(machine.typed::<u32>("bytes", &([1_u8, 2].as_slice(),)), 3);
    assert_eq!(machine.typed::<f32>("lent", &(Summary { station: "x".into(), mean: 4.0 },)), 4.0);
    let reading = Reading { station: "sea", celsius: 9.5 };
    assert_eq!(machine.typed::<u32>("lent_reading", &(&reading,)), 3);
    assert_eq!(machine.typed::<u32>("lent_word", &(Some("ab"),)), 2);
    assert_eq!(machine.typed::<u8>("longest_array", &([7_u8; 32],)), 7);
    assert_eq!(machine.typed::<(String, f32)>("named", &("", &reading)), ("sea".into(), 9.5));
    assert_eq!(machine.typed::<String>("anonymous", &(&reading,)), "sea");
    assert_eq!(machine.typed::<String>("longest", &(["a", "word", "of"].as_slice(),)), "word");
    assert_eq!(machine.typed::<String>("bounded", &("", "second")), "second");
    let many = (1_u8, -2_i16, 3_u32, 4_i64, 5.5_f64, true, 'a', (6_u8, 7_u8), [8_u8, 9], vec![10_u16]);
    assert_eq!(machine.typed::<u64>("many", &many), 1 + (4 - 2) + 3 + 5 + 1 + 97 + 6 + 8 + 10);
    assert_eq!(machine.typed::<f64>("rest", &(7.5_f64, 2.0_f64)), 1.5);
    assert_eq!(machine.typed::<u8>("type", &(5_u8,)), 5);
    assert_eq!(machine.typed::<u8>("an.other-name", &(6_u8,)), 6);
    assert_eq!(machine.typed::<u8>("constant", &(7_u8,)), 7);
    assert_eq!(machine.typed::<u8>("by_path", &(8_u8,)), 8);
    assert_eq!(machine.typed::<u32>("by_macro", &("four",)), 4);
}

#[test]
fn a09_typed_errors_come_back_as_errors() {
    let mut machine = Machine::new();
    let too_long: BadBatch = machine.typed_err("summarize", &("roof", [1.0_f32, 3.0].as_slice(), 1_u8));
    assert_eq!(too_long, BadBatch::TooLong { at_most: 1 });
}

#[test]
fn a09_arguments_too_few_or_too_many_are_refused() {
    let mut machine = Machine::new();
    let (code, text) = machine.call("summarize", b"\x04roof").unwrap_err();
    assert!(code == 3 && text.starts_with(b"argument 2: "), "{code} {text:?}");
    let (code, text) = machine.call("one", b"x").unwrap_err();
    assert!(code == 3 && text.starts_with(b"arguments: "), "{code} {text:?}");
}

#[test]
fn a09_raw_exports_answer() {
    let mut machine = Machine::new();
    assert_eq!(machine.call("echo", b"hello"), Ok(b"hello".to_vec()));
    assert_eq!(machine.call("cut", b"hello"), Ok(b"ello".to_vec()));
    assert_eq!(machine.call("cut", b""), Err((1, b"nothing to cut".to_vec())));
}

#[test]
fn a09_host_functions_are_called_with_their_arguments() {
    let mut machine = Machine::new();
    assert_eq!(machine.typed::<Result<f32, String>>("ask", &(2_u8,)), Ok(20.5));
    assert_eq!(machine.typed_err::<String>("ask", &(9_u8,)), "sensor 9");
    let all: Result<(String, Vec<u8>, bool, u8), String> = machine.typed("ask_all", &("word",));
    let replies = b"call:word ptr:word len:word text:word reply:word fmod:word farther:word ".to_vec();
    assert_eq!(all, Ok(("word+[1, 2]".into(), replies, true, 77)));
    assert_eq!(machine.beats(), [7], "a notification, without the flag that expects a response");
}
