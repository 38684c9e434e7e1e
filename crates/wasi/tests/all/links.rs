//! Links that the guest makes, renames, and names with slashes.

use crate::common::expect;
use crate::escapes::{area, granted};
use aingle_wasm_wasi::{Dir, Grants};
use std::fs;

#[test]
fn links_of_the_guest_do_not_lead_out() {
    let area = area();
    expect(
        granted(&area),
        &[
            ("symlink|../secret|3|up", "ok"),
            ("open|3|up|rf", "perm"),
            ("symlink|../../secret|3|sub/up", "ok"),
            ("open|3|sub/up|rf", "perm"),
            ("symlink|up|3|chained", "ok"),
            ("open|3|chained|rf", "perm"),
            ("symlink|..|3|parent", "ok"),
            ("open|3|parent/secret|r", "perm"),
            ("open|3|parent/new|cw", "perm"),
            ("symlink|missing|3|dangling", "ok"),
            ("open|3|dangling|rf", "noent"),
            ("open|3|dangling|cwf", "4"),
            ("stat|3|missing", "file 0"),
            ("symlink|inside|3|inside", "exist"),
            ("symlink|sub|3|folder", "ok"),
            ("open|3|folder|d", "loop"),
            ("open|3|folder|df", "5"),
            ("readlink|3|folder", "sub"),
            ("readlink|3|inside", "inval"),
            // A link into the folder, from where it leads out after a rename.
            ("symlink|../inside|3|sub/fine", "ok"),
            ("open|3|sub/fine|rf", "6"),
            ("rename|3|sub/fine|3|moved", "ok"),
            ("open|3|moved|rf", "perm"),
        ],
    );
    assert!(!area.path().join("new").exists());
}

#[test]
fn renames_and_hard_links_go_between_grants() {
    let area = area();
    let other = Dir::new(area.path().join("other"), "/other");
    let mut grants = granted(&area);
    grants.dirs.push(other);
    expect(
        grants,
        &[
            ("prestat|4", "6"),
            ("rename|3|inside|4|moved", "ok"),
            ("stat|3|inside", "noent"),
            ("link|4|moved|3|linked", "ok"),
            ("stat|3|linked", "file 6"),
            ("link|4|moved|3|linked", "exist"),
            ("rename|3|linked|3|sub", "isdir"),
            ("rename|3|sub|3|linked", "notdir"),
            ("rename|3|missing|4|x", "noent"),
            ("link|3|sub|3|hard", "perm"),
        ],
    );
    assert_eq!(fs::read_to_string(area.path().join("other/moved")).expect("it was moved"), "inside");
}

#[test]
fn a_slash_at_the_end_means_a_directory() {
    let area = area();
    expect(
        granted(&area),
        &[
            ("open|3|inside/|r", "notdir"),
            // Wasmtime ignores the slash here, and refuses it below.
            ("stat|3|inside/", "file 6"),
            ("stat|3|sub/", "dir 4096"),
            ("open|3|new/|cw", "isdir"),
            ("unlink|3|inside/", "notdir"),
            ("mkdir|3|made/", "ok"),
            ("rmdir|3|made/", "inval"),
            ("rmdir|3|made", "ok"),
            ("rmdir|3|inside", "notdir"),
            ("unlink|3|sub", "isdir"),
            ("open|3||r", "noent"),
            ("open|3|inside|cx", "exist"),
            ("open|3|both|cd", "inval"),
            ("open|3|sub/|d", "4"),
        ],
    );
}

#[test]
fn without_a_grant_there_is_no_directory() {
    expect(
        Grants::default(),
        &[("prestat|3", "badf"), ("open|3|x", "badf"), ("list|3", "badf"), ("open|0|x", "badf")],
    );
}
