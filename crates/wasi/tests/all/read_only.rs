//! A directory that can only be read.

use crate::common::expect;
use crate::escapes::area;
use aingle_wasm_wasi::{Dir, Grants};
use std::fs;

#[test]
fn nothing_is_changed_where_only_reading_is_granted() {
    let area = area();
    let granted = area.path().join("granted");
    let before = fs::metadata(granted.join("inside")).expect("a file").modified().expect("a time");
    let dirs = vec![Dir::read_only(&granted, "/ro"), Dir::new(area.path().join("other"), "/rw")];
    expect(
        Grants { dirs, ..Grants::default() },
        &[
            ("open|3|inside|r", "5"),
            ("read|5", "\"inside\""),
            ("write|5|x", "badf"),
            ("size|5|0", "perm"),
            ("fdtimes|5", "perm"),
            ("open|3|inside|rt", "perm"),
            ("open|3|inside|w", "perm"),
            ("open|3|new|c", "perm"),
            ("open|3|inside|c", "perm"),
            ("mkdir|3|new", "perm"),
            ("rmdir|3|sub", "perm"),
            ("unlink|3|inside", "perm"),
            ("unlink|3|missing", "perm"),
            ("times|3|inside", "perm"),
            ("rename|3|inside|3|moved", "perm"),
            ("rename|3|inside|4|moved", "perm"),
            ("link|3|inside|4|hard", "perm"),
            ("symlink|inside|3|soft", "perm"),
            ("open|4|new|cw", "6"),
            ("rename|4|new|3|new", "perm"),
            ("link|4|new|3|new", "perm"),
            ("open|3|sub|d", "7"),
            ("open|7|new|cw", "perm"),
            ("list|3", ". .. inside sub"),
            ("stat|3|inside", "file 6"),
        ],
    );
    let after = fs::metadata(granted.join("inside")).expect("a file").modified().expect("a time");
    assert_eq!(before, after);
    assert_eq!(fs::read_dir(&granted).expect("a folder").count(), 2);
    assert_eq!(fs::read_dir(area.path().join("other")).expect("a folder").count(), 1);
}

#[test]
fn the_same_directory_can_be_granted_in_both_ways() {
    let area = area();
    let granted = area.path().join("granted");
    let dirs = vec![Dir::read_only(&granted, "/ro"), Dir::new(&granted, "/rw")];
    expect(
        Grants { dirs, ..Grants::default() },
        &[
            ("unlink|3|inside", "perm"),
            ("rename|3|inside|4|moved", "perm"),
            ("open|4|inside|wt", "5"),
            ("write|5|changed", "7"),
            ("open|3|inside|r", "6"),
            ("read|6", "\"changed\""),
        ],
    );
}
