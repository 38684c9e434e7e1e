//! Popular crates run on a server under its defaults.

use aingle_wasm_host::prelude::*;
use aingle_wasm_tests::guest;

/// Patterns as programs use them: the default Unicode classes, repetitions, groups, alternatives.
const PATTERNS: [(&str, &str, Option<&str>); 5] = [
    (r"\d+", "room 42", Some("42")),
    (r"(?i)[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}", "to ann@example.org, please", Some("ann@example.org")),
    (r"^(\w+)\s*=\s*(?:'([^']*)'|(\S+))$", "name = 'a b'", Some("name = 'a b'")),
    (r"((((((((((x{1,3}){1,3})))))))))y", "xxy", Some("xxy")),
    (r"\p{Greek}+", "omega", None),
];

/// The deepest nesting that `serde_json` reads by default.
const LEVELS: usize = 127;

#[test]
fn popular_crates_run_within_the_default_depth_of_a_server() {
    let engine = WasmEngine::new(EngineConfig::default()).expect("an engine");
    let module = engine.compile(guest("popular_guest")).expect("a module");
    let mut instance = WasmInstance::new(&engine, &module).expect("an instance");
    for (pattern, text, wanted) in PATTERNS {
        let found: Result<Option<String>, String> =
            instance.call("find", (pattern, text)).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(found, Ok(wanted.map(Into::into)), "{pattern}");
    }
    let json = format!("{}1{}", "[".repeat(LEVELS), "]".repeat(LEVELS));
    let same: Result<String, String> = instance.call("rewrite", (json.as_str(),)).expect("no limit stops it");
    assert_eq!(same, Ok(json));
}

#[test]
fn what_needs_more_depth_says_which_field_to_change() {
    let engine = WasmEngine::new(EngineConfig { depth_limit: 24, ..Default::default() }).expect("an engine");
    let module = engine.compile(guest("popular_guest")).expect("a module");
    let mut instance = WasmInstance::new(&engine, &module).expect("an instance");
    let error =
        instance.call::<_, Result<Option<String>, String>>("find", (r"\d+", "42")).expect_err("stopped");
    assert!(matches!(error.kind(), HostErrorKind::CallDepth { limit: 24 }), "{error}");
    assert!(error.to_string().contains("depth_limit"), "{error}");
}
