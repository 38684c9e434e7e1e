//! Descriptors: rights, closed ones, and those that are used again.

use crate::common::{expect, run, script_program};
use crate::escapes::{area, granted};
use aingle_wasm_wasi::ErrorKind;

#[test]
fn a_closed_descriptor_is_bad_and_its_number_is_used_again() {
    let area = area();
    expect(
        granted(&area),
        &[
            ("open|3|inside|r", "4"),
            ("close|4", "ok"),
            ("close|4", "badf"),
            ("read|4", "badf"),
            ("seek|4|0|0", "badf"),
            ("open|3|sub|d", "4"),
            ("read|4", "badf"),
            ("renumber|4|9", "badf"),
            ("open|3|inside|r", "5"),
            ("renumber|5|4", "ok"),
            ("read|5", "badf"),
            ("read|4", "\"inside\""),
            ("close|3", "ok"),
            ("open|3|inside|r", "badf"),
            ("close|99", "badf"),
            ("read|4294967295", "badf"),
        ],
    );
}

#[test]
fn a_descriptor_does_what_it_was_opened_for() {
    let area = area();
    expect(
        granted(&area),
        &[
            ("open|3|inside|r", "4"),
            ("write|4|x", "badf"),
            ("open|3|inside|w", "5"),
            ("read|5", "badf"),
            ("write|5|x", "1"),
            ("seek|4|-1|0", "inval"),
            ("seek|4|2|0", "2"),
            ("read|4|2", "\"si\""),
            ("seek|4|0|2", "6"),
            ("read|4", "\"\""),
            ("write|0|x", "badf"),
            ("read|1", "badf"),
            ("open|3|sub|w", "isdir"),
        ],
    );
}

#[test]
fn a_number_that_means_nothing_is_a_trap() {
    let ran = run(script_program(), &["open|3|inside|r", "seek|4|0|9"], granted(&area()));
    let error = ran.result.expect_err("no such whence");
    let ErrorKind::Trap { reason } = error.kind() else { panic!("{error}") };
    assert!(reason.ends_with("fd_seek at convert Whence: Invalid enum value Whence"), "{reason}");
}
