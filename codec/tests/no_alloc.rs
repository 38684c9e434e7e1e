//! Row A1: without the feature `alloc` this crate builds where there is no allocator. The targets that the tests build
//! for have one, so that the builds alone do not show it.

#[path = "../../types/tests/common/sources.rs"]
mod sources;

use sources::sources;
use std::fs;
use std::path::Path;

#[test]
fn a01_alloc_is_taken_by_the_feature_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert!(fs::read_to_string(src.join("lib.rs")).unwrap().contains("#![no_std]"));
    for path in sources(&src) {
        let text = fs::read_to_string(&path).unwrap();
        let taken = text.matches("extern crate alloc").count();
        let by_feature = text.matches("#[cfg(feature = \"alloc\")]\nextern crate alloc;").count();
        assert_eq!(taken, by_feature, "{}", path.display());
    }
}
