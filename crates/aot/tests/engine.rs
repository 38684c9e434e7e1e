//! Images of the translator pass what the engine of devices checks, up to the processor, or are refused for what is wrong.
#![allow(missing_docs)]

#[path = "engine/raw.rs"]
mod raw;

use aingle_wasm_aot::{Chip, Limits, Translator};
use aingle_wasm_host_embedded::native::{Image, Native, NativeConfig};
use aingle_wasm_host_embedded::{Error, LoadError, Runtime};

const GUEST: &str = r#"(module (import "env" "ask" (func $ask (param i32 i32) (result i64))) (memory (export "memory") 1)
    (func (export "__aingle_abi_2") (result i32) (i32.const 16)) (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
    (func $entry (export "entry") (param i32 i32) (result i64)
        (if (result i64) (local.get 1) (then (i64.rotl (call $entry (local.get 0) (i32.sub (local.get 1) (i32.const 1))) (i64.const 3))) (else (call $ask (i32.const 0) (i32.const 0))))))"#;

/// An image at an address that is a multiple of 8, and one more.
fn aligned(image: &[u8], by: usize) -> Vec<u8> {
    let mut bytes = vec![0; image.len() + 16];
    let start = bytes.as_ptr().addr().next_multiple_of(8) - bytes.as_ptr().addr() + by;
    bytes.truncate(start + image.len());
    bytes[start..].copy_from_slice(image);
    bytes
}

fn refusal(image: &[u8], config: NativeConfig) -> Error {
    let image = raw::unchecked(image).expect("the header is right");
    Runtime::new(Native::new(image, config), image.bytes()).map(drop).expect_err("nothing runs here")
}

const NO_PROCESSOR: Error = Error::Load(LoadError::Engine { reason: "this processor runs no native images" });

#[test]
fn images_of_the_translator_pass_the_checks_of_the_engine() {
    let wasm = wat::parse_str(GUEST).unwrap();
    let chip = Chip::named("thumbv7m").unwrap();
    let translate =
        |limits| Translator::new(chip).unwrap().memory(4096).limits(limits).translate(&wasm).unwrap();
    let (limited, plain) = (translate(Limits::Merged), translate(Limits::AsIs));
    let config = NativeConfig::default().with_target(chip.target).with_fuel(1_000_000);
    let at = |image: &[u8], by| {
        let bytes = aligned(image, by);
        let start = bytes.len() - image.len();
        refusal(&bytes[start..], config)
    };
    assert_eq!(at(&limited.image, 0), NO_PROCESSOR);
    assert_eq!(at(&plain.image, 0), LoadError::NoLimits.into());
    let misaligned = LoadError::Image { what: "address modulo 8", expected: 0, found: 4 };
    assert_eq!(at(&limited.image, 4), misaligned.into());
    // The depth takes what the header says.
    let stack = Image::parse(&limited.image).unwrap().stack();
    let bytes = aligned(&limited.image, 0);
    let image = &bytes[bytes.len() - limited.image.len()..];
    let needed = stack.fixed + 128 * stack.per_depth;
    assert_eq!(refusal(image, config.with_native_stack(needed)), NO_PROCESSOR);
    let refused = refusal(image, config.with_native_stack(needed - 1));
    assert!(
        matches!(refused, Error::Load(LoadError::DepthLimit { limit: 128, native: true, .. })),
        "{refused}"
    );
}
