//! No path leads out of a directory that was granted.

use crate::common::expect;
use aingle_wasm_wasi::{Dir, Grants};
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A folder with `secret` and the folder `granted`, which has the file `inside` and the folder `sub`.
pub fn area() -> TempDir {
    let area = TempDir::new().expect("a folder");
    let at = |name: &str| area.path().join(name);
    fs::create_dir_all(at("granted/sub")).expect("a folder");
    fs::write(at("secret"), "secret").expect("a file");
    fs::write(at("granted/inside"), "inside").expect("a file");
    fs::create_dir(at("other")).expect("a folder");
    area
}

/// `granted` as descriptor 3.
pub fn granted(area: &TempDir) -> Grants {
    Grants { dirs: vec![Dir::new(area.path().join("granted"), "/granted")], ..Grants::default() }
}

#[test]
fn a_path_inside_is_found() {
    let area = area();
    expect(
        granted(&area),
        &[
            ("open|3|inside", "4"),
            ("read|4", "\"inside\""),
            ("stat|3|sub/../inside", "file 6"),
            ("stat|3|./sub/.", "dir 4096"),
            ("list|3", ". .. inside sub"),
            ("prestat|3", "8"),
            ("prestat|4", "badf"),
        ],
    );
}

#[test]
fn dots_do_not_lead_out() {
    let area = area();
    expect(
        granted(&area),
        &[
            ("open|3|..", "perm"),
            ("open|3|../secret", "perm"),
            ("open|3|sub/../../secret", "perm"),
            ("open|3|../granted/inside", "perm"),
            ("stat|3|../secret", "perm"),
            ("open|3|../new|cw", "perm"),
            ("mkdir|3|../new", "perm"),
            ("unlink|3|../secret", "perm"),
            ("rmdir|3|../other", "perm"),
            ("rename|3|../secret|3|taken", "perm"),
            ("rename|3|inside|3|../lost", "perm"),
            ("link|3|../secret|3|taken", "perm"),
            ("link|3|inside|3|../lost", "perm"),
            ("symlink|inside|3|../lost", "perm"),
            ("readlink|3|../secret", "perm"),
            ("times|3|../secret", "perm"),
            ("open|3|sub|d", "4"),
            ("open|4|../inside", "perm"),
        ],
    );
    assert_eq!(fs::read_to_string(area.path().join("secret")).expect("it is still there"), "secret");
    assert!(!area.path().join("new").exists() && !area.path().join("lost").exists());
}

#[test]
fn absolute_paths_do_not_lead_out() {
    let area = area();
    let secret = format!("open|3|{}", area.path().join("secret").display());
    let inside = format!("stat|3|{}", area.path().join("granted/inside").display());
    expect(
        granted(&area),
        &[
            (&secret, "perm"),
            (&inside, "perm"),
            ("open|3|/", "perm"),
            ("open|3|/inside", "perm"),
            ("mkdir|3|/tmp/new", "perm"),
            ("symlink|/etc|3|absolute", "perm"),
        ],
    );
}

#[test]
fn links_that_were_there_do_not_lead_out() {
    let area = area();
    let at = |name: &str| area.path().join("granted").join(name);
    symlink("../secret", at("up")).expect("a link");
    symlink(area.path().join("secret"), at("absolute")).expect("a link");
    symlink("up", at("chained")).expect("a link");
    symlink("../other", at("folder")).expect("a link");
    symlink("../nowhere", at("dangling")).expect("a link");
    symlink("self", at("self")).expect("a link");
    symlink("sub/../inside", at("fine")).expect("a link");
    expect(
        granted(&area),
        &[
            ("open|3|up|rf", "perm"),
            ("open|3|absolute|rf", "perm"),
            ("open|3|chained|rf", "perm"),
            ("stat|3|up|f", "perm"),
            ("open|3|folder/x|cw", "perm"),
            ("open|3|folder|df", "perm"),
            ("list|3", ". .. absolute chained dangling fine folder inside self sub up"),
            ("open|3|dangling|cwf", "perm"),
            ("open|3|self|rf", "loop"),
            ("open|3|up|r", "loop"),
            ("link|3|up|3|hard|f", "inval"),
            ("times|3|up", "ok"),
            ("stat|3|up", "link 9"),
            ("open|3|fine|rf", "4"),
            ("read|4", "\"inside\""),
            ("unlink|3|up", "ok"),
        ],
    );
    assert_eq!(fs::read_to_string(area.path().join("secret")).expect("it is still there"), "secret");
    assert!(fs::read_dir(area.path().join("other")).expect("a folder").next().is_none());
    assert!(!area.path().join("nowhere").exists());
}
