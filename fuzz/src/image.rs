//! The header of a native image.

use aingle_wasm_image::{Counters, Image, PAGE, Parts, head};

/// Any bytes as an image. What is accepted is consistent, and is written again as it was read.
pub fn image_parse(bytes: &[u8]) {
    let Ok(image) = Image::parse(bytes) else { return };
    assert!(u64::from(image.memory()) <= u64::from(image.pages()) * u64::from(PAGE));
    assert_eq!(image.globals().len() + head::FIXED, image.head() as usize);
    assert!((image.entry() as usize) < image.code().len());
    let exports: Vec<u32> = image.exports().collect();
    assert!(exports.is_sorted() && image.start().is_none_or(|start| usize::from(start) < exports.len()));
    for (at, function) in exports.iter().enumerate() {
        assert_eq!(image.ordinal(*function), Some(at as u32));
    }
    let data: Vec<_> = image.data().collect();
    for segment in &data {
        assert!(u64::from(segment.address) + segment.bytes.len() as u64 <= image.memory().into());
    }
    if let Some(Counters { fuel, depth }) = image.counters() {
        assert!(usize::from(fuel) >= head::FIXED && u32::from(fuel) + 8 <= image.head());
        assert!(usize::from(depth) >= head::FIXED && u32::from(depth) + 4 <= image.head());
    }
    let parts = Parts {
        target: image.target(),
        memory: image.memory(),
        pages: image.pages(),
        head: image.head(),
        counters: image.counters(),
        stack: image.stack(),
        source: image.source(),
        skeleton: image.skeleton(),
        exports: &exports,
        start: image.start(),
        globals: image.globals(),
        data: &data,
        tools: image.tools(),
        code: image.code(),
        entry: image.entry(),
    };
    let mut written = vec![0; bytes.len()];
    assert_eq!(parts.write(&mut written), Ok(bytes.len()));
    assert_eq!(written, bytes);
}
