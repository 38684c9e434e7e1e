//! A guest in C: what it finds by the functions of POSIX.

use crate::common::run;
use aingle_wasm_wasi::{Dir, Grants, Limits, Program};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles the guest. The C library comes from `cargo xtask setup`.
fn build() -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/posix.c");
    let wasm = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("posix.wasm");
    let options = ["--target=wasm32-wasi", "-O1", "-Wall", "-Werror", "-o"];
    let status = Command::new("clang").args(options).args([&wasm, &source]).status().expect("clang runs");
    assert!(status.success(), "posix.c does not compile: `cargo xtask setup` installs the C library of WASI");
    fs::read(wasm).expect("the guest")
}

#[test]
fn a_guest_in_c_stays_within_its_grants() {
    let area = tempfile::TempDir::new().expect("a folder");
    let at = |name: &str| area.path().join(name);
    fs::create_dir_all(at("rw/sub/full")).expect("a folder");
    fs::create_dir(at("ro")).expect("a folder");
    fs::write(at("secret"), "secret").expect("a file");
    for folder in ["rw", "ro"] {
        fs::write(at(folder).join("inside"), "in").expect("a file");
        symlink("../secret", at(folder).join("out")).expect("a link");
        symlink("../nowhere", at(folder).join("dangling")).expect("a link");
    }
    let program = Program::compile(&build(), &Limits::default()).expect("a program");
    let grants = Grants {
        dirs: vec![Dir::new(at("rw"), "/rw"), Dir::read_only(at("ro"), "/ro")],
        env: vec![("ODD".into(), " =ü\"".into())],
        ..Grants::default()
    };
    let ran = run(&program, &[], grants);
    assert_eq!(ran.status(), 200);
    let expected = include_str!("../guests/posix.txt");
    for (said, expected) in ran.stdout.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(ran.stdout.lines().count(), expected.lines().count());
    assert_eq!(fs::read_to_string(at("ro/inside")).expect("it is there"), "in");
    assert!(!at("nowhere").exists() && !at("lost").exists() && !at("made").exists());
}
