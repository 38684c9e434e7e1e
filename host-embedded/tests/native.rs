//! Native images on a processor that runs none: what is checked before any code would run.
#![allow(missing_docs)]

use aingle_wasm_host_embedded::native::{
    Core, FloatAbi, ImageError, Native, NativeConfig, NativeImage, Stack, Target,
};
use aingle_wasm_host_embedded::{Error, LoadError, Runtime};
use aingle_wasm_image::{Counters, Parts};

const M3: Target = Target { core: Core::V7M, float: FloatAbi::Soft, unaligned: true };

/// An image in memory that is aligned as flash has to be.
struct Flash {
    words: Vec<u64>,
}

impl Flash {
    fn of(parts: Parts<'_>) -> Self {
        let mut bytes = vec![0; parts.len().unwrap()];
        parts.write(&mut bytes).unwrap();
        Self { words: bytes.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect() }
    }

    fn bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

fn parts() -> Parts<'static> {
    Parts {
        target: M3,
        memory: 4096,
        stack: Stack { fixed: 500, per_depth: 20 },
        skeleton: b"\0asm\x01\0\0\0",
        code: &[0; 8],
        ..Parts::default()
    }
}

fn config() -> NativeConfig {
    NativeConfig::default().with_target(M3)
}

/// What loading an image says. The last check is that of the processor.
fn refusal(parts: Parts<'_>, config: NativeConfig) -> Error {
    let bytes = Flash::of(parts).bytes();
    // `Vec` aligns what is this long to 8 and more.
    assert!(bytes.as_ptr().addr().is_multiple_of(8));
    // SAFETY: this processor runs no images.
    let image = unsafe { NativeImage::new_unchecked(&bytes) }.unwrap();
    Runtime::new(Native::new(image, config), image.bytes()).map(drop).unwrap_err()
}

fn image_error(what: &'static str, expected: u32, found: u32) -> Error {
    LoadError::Image { what, expected, found }.into()
}

const NO_PROCESSOR: Error = Error::Load(LoadError::Engine { reason: "this processor runs no native images" });

#[test]
fn no_image_runs_here() {
    assert_eq!(NativeConfig::target_of_build(), None);
    assert_eq!(refusal(parts(), NativeConfig::default()), NO_PROCESSOR);
    assert_eq!(refusal(parts(), config()), NO_PROCESSOR);
}

#[test]
fn an_image_for_another_processor_is_refused() {
    let on = |target| refusal(parts(), config().with_target(target));
    assert_eq!(on(Target { core: Core::V6M, ..M3 }), image_error("core", 1, 2));
    assert_eq!(on(Target { core: Core::Rv32imac, ..M3 }), image_error("core", 6, 2));
    assert_eq!(on(Target { unaligned: false, ..M3 }), image_error("unaligned access", 0, 1));
    let hard = Parts { target: Target { float: FloatAbi::Hard, ..M3 }, ..parts() };
    assert_eq!(refusal(hard, config()), image_error("float ABI", 0, 1));
}

#[test]
fn memory_and_stack_are_compared() {
    let limit = LoadError::MemoryLimit { limit: 4095, needed: 4096 };
    assert_eq!(refusal(parts(), config().with_memory(4095)), limit.into());
    assert_eq!(refusal(parts(), config().with_memory(4096)), NO_PROCESSOR);
    // Without limits: one nested call at least.
    assert_eq!(refusal(parts(), config().with_native_stack(519)), image_error("native stack", 519, 520));
    assert_eq!(refusal(parts(), config().with_native_stack(520)), NO_PROCESSOR);
}

/// A module that says that it has limits.
fn limited() -> Vec<u8> {
    let record = [&[1, 4, 3, 0][..], &[0; 8], &3_u32.to_le_bytes()].concat();
    let name = b"aingle.meter";
    let len = (1 + name.len() + record.len()) as u8;
    [b"\0asm\x01\0\0\0", &[0, len, name.len() as u8][..], name, &record].concat()
}

#[test]
fn limits_are_there_where_the_skeleton_says_so() {
    let skeleton = limited();
    let claimed = Parts { skeleton: &skeleton, ..parts() };
    assert_eq!(refusal(claimed, config()), LoadError::Counters.into());
    let places =
        Parts { head: 48, globals: &[0; 16], counters: Some(Counters { fuel: 32, depth: 40 }), ..parts() };
    assert_eq!(refusal(places, config()), LoadError::Counters.into());
    assert_eq!(refusal(parts(), config().with_fuel(1000)), LoadError::NoLimits.into());
    let whole = Parts { skeleton: &skeleton, ..places };
    assert_eq!(refusal(whole, config().with_fuel(1000)), NO_PROCESSOR);
    // The whole depth fits the stack, or the image is refused.
    let deep = LoadError::DepthLimit { limit: 100, fixed_depth: 25, needed: 2500, found: 2499, native: true };
    assert_eq!(refusal(whole, config().with_depth(100).with_native_stack(2499)), deep.into());
    assert_eq!(refusal(whole, config().with_depth(100).with_native_stack(2500)), NO_PROCESSOR);
}

#[test]
fn other_bytes_than_those_of_the_image_are_refused() {
    let flash = Flash::of(parts());
    let (bytes, copy) = (flash.bytes(), flash.bytes());
    // SAFETY: this processor runs no images.
    let image = unsafe { NativeImage::new_unchecked(&bytes) }.unwrap();
    let refused = Runtime::new(Native::new(image, config()), &copy).map(drop).unwrap_err();
    assert!(
        matches!(refused, Error::Load(LoadError::Engine { reason }) if reason.contains("bytes")),
        "{refused}"
    );
    // SAFETY: as above.
    let damaged = unsafe { NativeImage::new_unchecked(&bytes[1..]) }.map(drop);
    assert!(matches!(damaged, Err(ImageError::Magic { .. })));
}
