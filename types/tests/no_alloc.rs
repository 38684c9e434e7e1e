//! Row A1: this crate builds where there is no allocator. The targets that the tests build for have one, so that the
//! builds alone do not show it.

#[path = "common/sources.rs"]
mod sources;

use sources::sources;
use std::fs;
use std::path::Path;

#[test]
fn a01_no_source_takes_alloc() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert!(fs::read_to_string(src.join("lib.rs")).unwrap().contains("#![no_std]"));
    for path in sources(&src) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("extern crate alloc"), "{}", path.display());
    }
}
