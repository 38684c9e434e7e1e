//! Native images with a manifest: what is run is what was signed.
#![allow(missing_docs)]

use aingle_wasm_delta::make;
use aingle_wasm_host_embedded::native::{
    Core, FloatAbi, ImageError, NativeImage, SignedImageError, Target, TrustedSigners,
};
use aingle_wasm_image::Parts;
use aingle_wasm_manifest::{Builder, DeltaOf, Key, Manifest, Policy, Refusal, SigningKey, sha256};

const TRIPLE: &str = "thumbv7m-none-eabi";
const SOURCE: &[u8] = b"the module";

fn image(code: &[u8]) -> Vec<u8> {
    let target = Target { core: Core::V7M, float: FloatAbi::Soft, unaligned: true };
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
