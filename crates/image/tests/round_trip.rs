//! What is written is read, and what is changed is refused or read without a panic.
#![allow(missing_docs)]

use aingle_wasm_image::{Core, Counters, Data, FloatAbi, Image, ImageError, Part, Parts, Stack, Target};
use proptest::prelude::*;

/// The test vector of `docs/NATIVE-IMAGES.md`.
fn vector() -> Vec<u8> {
    let parts = Parts {
        target: Target { core: Core::V7M, float: FloatAbi::Soft, unaligned: true },
        memory: 8192,
        pages: 1,
        head: 48,
        counters: Some(Counters { fuel: 32, depth: 40 }),
        stack: Stack { fixed: 96, per_depth: 24 },
        source: [0x5a; 32],
        skeleton: b"\0asm\x01\0\0\0",
        exports: &[2, 5],
        start: Some(1),
        globals: &[1; 16],
        data: &[Data { address: 16, bytes: b"hello" }],
        tools: "t 1",
        code: &[0x70, 0x47, 0, 0],
        entry: 0,
    };
    let mut bytes = vec![0; parts.len().unwrap()];
    assert_eq!(parts.write(&mut bytes), Ok(bytes.len()));
    bytes
}

#[test]
fn the_vector_of_the_specification() {
    let hex: String = vector().iter().map(|byte| format!("{byte:02x}")).collect();
    let document = include_str!("../../../docs/NATIVE-IMAGES.md");
    let block = document.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let written: String = block.split_whitespace().collect();
    assert_eq!(written, hex);
}

#[test]
fn an_image_reads_as_it_was_written() {
    let bytes = vector();
    let image = Image::parse(&bytes).unwrap();
    assert_eq!(image.target(), Target { core: Core::V7M, float: FloatAbi::Soft, unaligned: true });
    assert_eq!((image.memory(), image.pages(), image.head()), (8192, 1, 48));
    assert_eq!(image.counters(), Some(Counters { fuel: 32, depth: 40 }));
    assert_eq!(image.stack(), Stack { fixed: 96, per_depth: 24 });
    assert_eq!((image.source(), image.start(), image.entry()), ([0x5a; 32], Some(1), 0));
    assert_eq!((image.ordinal(5), image.ordinal(3)), (Some(1), None));
    assert_eq!(image.data().collect::<Vec<_>>(), [Data { address: 16, bytes: b"hello" }]);
    assert_eq!((image.tools(), image.globals(), image.code().len()), ("t 1", &[1; 16][..], 4));
}

/// A header with one change, and what is said of it.
#[test]
fn what_is_wrong_is_named() {
    let refused = |at: usize, bytes: &[u8]| {
        let mut image = vector();
        image[at..at + bytes.len()].copy_from_slice(bytes);
        Image::parse(&image).unwrap_err()
    };
    let field = |field, found| ImageError::Field { field, found };
    let len = vector().len() as u32;
    assert_eq!(refused(0, b"AWNJ"), ImageError::Magic { found: *b"AWNJ" });
    assert_eq!(refused(4, &[2, 0]), ImageError::Version { expected: 1, found: 2 });
    assert_eq!(refused(6, &[127]), field("header length", 127));
    assert_eq!(refused(8, &[0]), ImageError::Length { expected: len & !255, found: len });
    assert_eq!(refused(12, &[9]), field("core", 9));
    assert_eq!(refused(13, &[2]), field("float ABI", 2));
    assert_eq!(refused(14, &[3]), field("flags", 3));
    assert_eq!(refused(15, &[1]), field("reserved", 1));
    assert_eq!(refused(16, &[1, 0, 1]), field("memory", 65_537));
    assert_eq!(refused(24, &[40]), field("head", 40));
    assert_eq!(refused(24, &[16]), field("head", 16));
    assert_eq!(refused(28, &[36]), field("fuel", 36));
    assert_eq!(refused(28, &[48]), field("fuel", 48));
    assert_eq!(refused(30, &[36]), field("depth", 36));
    assert_eq!(refused(72, &[0]), ImageError::Place { part: Part::Skeleton, expected: 128, found: 0 });
    assert_eq!(
        refused(76, &[0xff; 4]),
        ImageError::PartLength { part: Part::Skeleton, expected: len - 128, found: u32::MAX }
    );
    assert_eq!(refused(120, &[4]), field("entry", 4));
    assert_eq!(refused(120, &[1]), field("entry", 1));
    assert_eq!(refused(124, &[2, 0]), field("start", 2));
    assert_eq!(refused(136, &[5]), ImageError::ExportOrder { index: 1 });
    assert_eq!(refused(160, &[0xfc, 0x1f]), ImageError::Segment { index: 0 });
    assert_eq!(refused(164, &[9]), ImageError::Segment { index: 0 });
    assert_eq!(refused(176, &[0xff]), ImageError::Tools);
    assert_eq!(refused(179, &[1]), ImageError::Padding { offset: 179 });
    let mut long = vector();
    long.push(0);
    assert_eq!(Image::parse(&long), Err(ImageError::Length { expected: len, found: len + 1 }));
    assert_eq!(Image::parse(&[]), Err(ImageError::Length { expected: 128, found: 0 }));
}

#[test]
fn code_runs_where_all_that_it_needs_is_there() {
    let m3 = Target { core: Core::V7M, float: FloatAbi::Soft, unaligned: true };
    let m4f = Target { core: Core::V7EM, float: FloatAbi::Hard, unaligned: true };
    let m0 = Target { core: Core::V6M, float: FloatAbi::Soft, unaligned: false };
    let rv = Target { core: Core::Rv32imac, float: FloatAbi::Soft, unaligned: false };
    assert!(m0.runs_on(m3) && m3.runs_on(m4f) && m3.runs_on(m3) && m4f.runs_on(m4f));
    let m33 = Target { core: Core::V8M, ..m4f };
    assert!(m3.runs_on(m33) && !m4f.runs_on(m33) && !m33.runs_on(m4f));
    assert!(!m3.runs_on(m0) && !m4f.runs_on(m3) && !m3.runs_on(rv) && !rv.runs_on(m3));
    assert!(!rv.runs_on(Target { core: Core::Rv32imc, ..rv }));
    assert!(Target { core: Core::Rv32imc, ..rv }.runs_on(rv));
}

proptest! {
    #[test]
    fn any_bytes_return(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Image::parse(&bytes);
    }

    #[test]
    fn changed_images_return_and_what_is_accepted_can_be_read(
        at in 0_usize..192, value in any::<u8>(), second in 0_usize..192, other in any::<u8>()
    ) {
        let mut bytes = vector();
        let len = bytes.len();
        bytes[at % len] = value;
        bytes[second % len] = other;
        if let Ok(image) = Image::parse(&bytes) {
            prop_assert!(image.data().all(|data| data.address as usize + data.bytes.len() <= image.memory() as usize));
            prop_assert!((image.entry() as usize) < image.code().len());
            prop_assert_eq!(image.globals().len() + 32, image.head() as usize);
        }
    }
}
