//! Native images with a manifest: what is run is what was signed.
#![allow(missing_docs)]

use aingle_wasm_delta::make;
use aingle_wasm_host_embedded::LoadError;
use aingle_wasm_host_embedded::native::{
    Choice, Core, Fallback, FloatAbi, ImageError, NativeConfig, NativeImage, NotNative, SignedImageError,
    Target, TrustedSigners,
};
use aingle_wasm_image::Parts;
use aingle_wasm_manifest::{Builder, DeltaOf, Key, Manifest, Policy, Refusal, SigningKey, sha256};

const TRIPLE: &str = "thumbv7m-none-eabi";
const SOURCE: &[u8] = b"the module";

const M3: Target = Target { core: Core::V7M, float: FloatAbi::Soft, unaligned: true };

fn image(code: &[u8]) -> Vec<u8> {
    let target = M3;
    let source = sha256(SOURCE);
    let parts = Parts {
        target,
        memory: 4096,
        head: 32,
        skeleton: b"\0asm\x01\0\0\0",
        source,
        code,
        ..Parts::default()
    };
    let mut bytes = vec![0; parts.len().unwrap()];
    parts.write(&mut bytes).unwrap();
    bytes
}

fn signing() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn builder() -> Builder {
    Builder::module(1, 1, "f").native(TRIPLE, sha256(SOURCE))
}

/// What becomes of bytes that come with the manifest of a blob.
fn signed(blob: &[u8], bytes: &[u8]) -> Result<(), SignedImageError> {
    let keys = [Key::module(signing().verifying_key().to_bytes())];
    let policy = Policy::new(&keys).native(TRIPLE).require_signature(false);
    let manifest = Manifest::parse(blob, blob.len() as u32).unwrap();
    let admitted = policy.check(&manifest, None)?;
    // SAFETY: this processor runs no images.
    let signers = unsafe { TrustedSigners::new() };
    NativeImage::signed(bytes, &admitted, signers).map(|image| assert_eq!(image.bytes(), bytes))
}

fn refused(refusal: Refusal) -> Result<(), SignedImageError> {
    Err(SignedImageError::Refused(refusal))
}

#[test]
fn what_was_signed_is_an_image_and_every_other_byte_is_none() {
    let image = image(&[1; 64]);
    let blob = builder().build(&image, Some(&signing())).unwrap();
    assert_eq!(signed(&blob, &image), Ok(()));
    for at in 0..image.len() {
        let mut changed = image.clone();
        changed[at] ^= 1;
        assert_eq!(signed(&blob, &changed), refused(Refusal::PayloadHash), "byte {at}");
    }
    assert!(matches!(
        signed(&blob, &image[1..]),
        Err(SignedImageError::Refused(Refusal::PayloadLength { .. }))
    ));
    let header = blob.len() - image.len();
    let mut other = blob.clone();
    other[header - 1] ^= 1;
    assert_eq!(signed(&other, &image), refused(Refusal::Signature));
}

#[test]
fn an_image_that_nobody_signed_is_not_run_whatever_the_policy_says() {
    let image = image(&[1; 64]);
    let blob = builder().build(&image, None).unwrap();
    assert_eq!(signed(&blob, &image), refused(Refusal::Unsigned));
}

#[test]
fn what_a_delta_made_is_an_image() {
    let (old, new) = (image(&[1; 64]), image(&[2; 64]));
    let patch = make(&old, &new).unwrap();
    let builder = builder().delta(DeltaOf::between(&old, &new).unwrap());
    let blob = builder.build(&patch, Some(&signing())).unwrap();
    assert_eq!(signed(&blob, &new), Ok(()));
    assert_eq!(signed(&blob, &old), refused(Refusal::ModuleHash));
    assert_eq!(signed(&blob, &patch), refused(Refusal::ModuleHash));
}

#[test]
fn manifests_of_other_things_are_refused() {
    let image = image(&[1; 64]);
    let wasm = Builder::module(1, 1, "f").build(&image, Some(&signing())).unwrap();
    assert_eq!(signed(&wasm, &image), refused(Refusal::Engine));
    let no_image = builder().build(b"no image", Some(&signing())).unwrap();
    assert!(matches!(
        signed(&no_image, b"no image"),
        Err(SignedImageError::Image(ImageError::Length { .. }))
    ));
    let other = Builder::module(1, 1, "f").native(TRIPLE, [0; 32]).build(&image, Some(&signing())).unwrap();
    assert_eq!(signed(&other, &image), refused(Refusal::ModuleHash));
}

/// What a device says of an image that was signed for a module.
fn of_module(blob: &[u8], module: &[u8], config: NativeConfig) -> Result<(), NotNative> {
    let keys = [Key::module(signing().verifying_key().to_bytes())];
    let manifest = Manifest::parse(blob, blob.len() as u32)?;
    let admitted = Policy::new(&keys).native(TRIPLE).check(&manifest, None)?;
    // A payload of its own, aligned as flash is.
    let bytes = blob[manifest.payload_offset() as usize..].to_vec();
    assert!(bytes.as_ptr().addr().is_multiple_of(8));
    // SAFETY: this processor runs no images.
    let signers = unsafe { TrustedSigners::new() };
    NativeImage::of_module(&bytes, &admitted, signers, &sha256(module), &config).map(drop)
}

#[test]
fn an_image_runs_in_place_of_its_module_if_the_engine_would_run_it() {
    let blob = builder().build(&image(&[1; 64]), Some(&signing())).unwrap();
    let config = NativeConfig::default().with_target(M3);
    let found = |config| of_module(&blob, SOURCE, config);
    assert_eq!(found(config), Ok(()));
    assert_eq!(of_module(&blob, b"another module", config), Err(NotNative::OtherModule));
    let m0 = Target { core: Core::V6M, float: FloatAbi::Soft, unaligned: false };
    assert_eq!(found(config.with_target(m0)), Err(NotNative::Target { device: Some(m0), image: M3 }));
    let none = NativeConfig { target: None, ..config };
    assert_eq!(found(none), Err(NotNative::Target { device: None, image: M3 }));
    assert_eq!(found(config.with_memory(4095)), Err(NotNative::Memory { limit: 4095, needed: 4096 }));
    assert_eq!(found(config.with_fuel(1)), Err(NotNative::Load(LoadError::NoLimits.into())));
    // Of another processor, whatever its memory.
    assert!(matches!(found(config.with_target(m0).with_memory(1)), Err(NotNative::Target { .. })));

    let unsigned = builder().build(&image(&[1; 64]), None).unwrap();
    assert_eq!(of_module(&unsigned, SOURCE, config), Err(NotNative::Refused(Refusal::Unsigned)));
    let other = Builder::module(1, 1, "f").native("thumbv6m-none-eabi", sha256(SOURCE));
    let other = other.build(&image(&[1; 64]), Some(&signing())).unwrap();
    assert_eq!(of_module(&other, SOURCE, config), Err(NotNative::Refused(Refusal::Engine)));
    let no_image = builder().build(&[0; 256], Some(&signing())).unwrap();
    assert!(matches!(of_module(&no_image, SOURCE, config), Err(NotNative::Image(ImageError::Magic { .. }))));
}

#[test]
fn without_an_image_the_policy_decides() {
    let absent = || Err(NotNative::Absent);
    let interpreted = Fallback::Interpret.choose(absent());
    assert!(matches!(interpreted, Ok(Choice::Interpreter(NotNative::Absent))), "{interpreted:?}");
    assert!(matches!(Fallback::Refuse.choose(absent()), Err(NotNative::Absent)));
    let bytes = image(&[1; 64]);
    // SAFETY: this processor runs no images.
    let image = unsafe { NativeImage::new_unchecked(&bytes) }.unwrap();
    for fallback in [Fallback::Interpret, Fallback::Refuse] {
        assert!(matches!(fallback.choose(Ok(image)), Ok(Choice::Native(_))));
    }
}

#[test]
fn reasons_have_codes_with_words() {
    let error = ImageError::Tools;
    let reasons = [
        NotNative::Absent,
        NotNative::Image(error),
        NotNative::OtherModule,
        NotNative::Target { device: None, image: M3 },
        NotNative::Memory { limit: 1, needed: 2 },
        NotNative::Load(LoadError::Counters.into()),
    ];
    for (code, reason) in (32..).zip(reasons) {
        assert_eq!(reason.code(), code);
        let words = NotNative::describe(code).unwrap();
        assert!(reason.to_string().starts_with(words), "{reason}");
    }
    assert_eq!(NotNative::describe(31), None);
    assert_eq!(NotNative::describe(38), None);
    let refused = NotNative::Refused(Refusal::Unsigned);
    assert_eq!((refused.code(), Refusal::describe(3)), (3, Some("not signed")));
    assert!(refused.to_string().contains("not signed"), "{refused}");
}
