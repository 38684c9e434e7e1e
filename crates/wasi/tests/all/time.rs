//! Clocks, polls and random numbers.

use crate::common::{expect, run, script_program};
use aingle_wasm_wasi::{ErrorKind, Grants};

#[test]
fn clocks_tell_the_time() {
    expect(
        Grants::default(),
        &[
            ("clock|0", "time"),
            ("clock|1", "time"),
            ("clockres|0", "resolution"),
            ("clockres|1", "resolution"),
        ],
    );
}

#[test]
fn clocks_of_processes_are_refused_and_unknown_ones_are_a_trap() {
    expect(Grants::default(), &[("clock|2", "badf"), ("clock|3", "badf")]);
    let ran = run(script_program(), &["clock|9"], Grants::default());
    assert!(matches!(ran.result.expect_err("no such clock").kind(), ErrorKind::Trap { .. }));
}

#[test]
fn polls_end() {
    expect(
        Grants::default(),
        &[("poll|0", "inval"), ("poll|1", "1"), ("poll|1|1000000", "1"), ("poll|3|0", "3"), ("yield", "ok")],
    );
}

#[test]
fn random_bytes_are_bounded() {
    expect(Grants::default(), &[("random|0", "zeros"), ("random|64", "bytes"), ("random|1048576", "bytes")]);
    let ran = run(script_program(), &["random|1048577"], Grants::default());
    assert!(ran.result.is_err() || ran.stdout != "bytes\n", "{}", ran.stdout);
}
