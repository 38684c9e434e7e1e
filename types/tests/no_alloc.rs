//! Row A1: this crate builds where there is no allocator. The targets that the tests build for have one, so that the
//! builds alone do not show it.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn a01_no_source_takes_alloc() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert!(fs::read_to_string(src.join("lib.rs")).unwrap().contains("#![no_std]"));
    for path in sources(&src) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("extern crate alloc"), "{}", path.display());
    }
}
