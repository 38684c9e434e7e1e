//! The applier in Python, which was written from `docs/DELTA.md`, agrees; and so do the vectors there.

mod common;

use aingle_wasm_delta::make;
use common::{apply, module};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the applier in Python makes of a patch.
fn python(old: &[u8], patch: &[u8]) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let [old_path, patch_path, new_path] = ["old", "patch", "new"].map(|name| folder.path().join(name));
    fs::write(&old_path, old).unwrap();
    fs::write(&patch_path, patch).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/delta_apply.py");
    let python = Command::new("python3").arg(script).args([old_path, patch_path, new_path.clone()]).output();
    let output = python.expect("python3 runs");
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match output.status.code() {
        Some(0) => Ok(fs::read(&new_path).unwrap()),
        Some(1) if text.starts_with("refused: ") => Err(text),
        _ => panic!("{output:?}"),
    }
}

#[test]
fn python_makes_the_same_of_a_patch() {
    let (old, new) = (module(false, 1), module(true, 2));
    let pairs = [(&old[..], &new[..]), (&new, &old), (&old, &[][..]), (&[], &new[..500]), (&old, &old)];
    for (old, new) in pairs {
        let patch = make(old, new).unwrap();
        assert!(python(old, &patch).as_deref() == Ok(new), "{} to {} bytes", old.len(), new.len());
    }
}

#[test]
fn python_refuses_the_same() {
    let (old, new) = (&module(false, 1)[..2000], &module(true, 2)[..2100]);
    let patch = make(old, new).unwrap();
    let mut changed: Vec<Vec<u8>> = [1, 4, 6, 10, 13, 16, 20, 40, patch.len() - 1]
        .into_iter()
        .map(|at| {
            let mut patch = patch.clone();
            patch[at] ^= 0x55;
            patch
        })
        .collect();
    changed.push(patch[..patch.len() - 1].to_vec());
    changed.push([&patch[..], &[0]].concat());
    for patch in changed {
        assert!(apply(old, &patch).is_err() && python(old, &patch).is_err(), "{patch:02x?}");
    }
}

#[test]
fn the_vectors_of_the_document_hold() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/DELTA.md");
    let document = fs::read_to_string(document).unwrap();
    let (_, table) =
        document.split_once("| old | patch | new |\n|---|---|---|\n").expect("a table of vectors");
    let rows: Vec<[Vec<u8>; 3]> = table.lines().map_while(row).collect();
    assert!(rows.len() >= 5, "{} vectors", rows.len());
    for [old, patch, new] in rows {
        assert_eq!(apply(&old, &patch).as_ref(), Ok(&new));
        assert_eq!(python(&old, &patch).as_ref(), Ok(&new));
        assert_eq!(
            make(&old, &new).unwrap(),
            patch,
            "the maker changed: write new vectors beside the old ones"
        );
    }
}

fn row(line: &str) -> Option<[Vec<u8>; 3]> {
    let mut cells = line.strip_prefix('|')?.strip_suffix('|')?.split('|');
    let mut cell = || {
        let text: String = cells.next()?.chars().filter(|c| !c.is_whitespace() && *c != '`').collect();
        let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        (0..text.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>()
    };
    Some([cell()?, cell()?, cell()?])
}
