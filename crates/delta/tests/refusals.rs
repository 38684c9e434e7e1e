//! What is not a patch is refused, with a reason.

mod common;

use aingle_wasm_delta::{Applier, ApplyError, Header, ReadOld, TooShort, make};
use common::{apply, apply_in, module};
use proptest::prelude::*;

const OLD: &[u8] = b"the old module, which is the dictionary";
const NEW: &[u8] = b"the new module, which has another dictionary";

fn patch() -> Vec<u8> {
    make(OLD, NEW).unwrap()
}

#[test]
fn every_truncation_is_refused() {
    let (old, new) = (module(false, 1), module(true, 2));
    for (old, patch) in [(OLD, patch()), (&old, make(&old, &new).unwrap()), (OLD, make(OLD, b"").unwrap())] {
        for len in 0..patch.len() {
            let result = apply(old, &patch[..len]);
            assert!(matches!(result, Err(ApplyError::Truncated { .. })), "{len} bytes: {result:?}");
        }
    }
}

#[test]
fn every_changed_byte_ends_in_bounds() {
    let (old, new) = (module(false, 1), module(true, 2));
    let patch = make(&old, &new).unwrap();
    let mut unnoticed = 0;
    for at in 0..patch.len() {
        for change in [1, 0x80, 0xff, at as u8 | 2] {
            let mut patch = patch.clone();
            patch[at] ^= change;
            // `apply` compares the length with what the patch declares.
            unnoticed += u32::from(apply(&old, &patch).is_ok());
        }
    }
    // The end of a patch nearly always shows it; the hash in the manifest always does.
    assert_eq!(unnoticed, 0);
}

#[test]
fn bytes_after_the_end_are_refused() {
    let patch = [&patch()[..], &[0]].concat();
    for chunk in 1..=patch.len() {
        assert_eq!(apply_in(OLD, &patch, chunk, 7), Err(ApplyError::Trailing), "chunks of {chunk}");
    }
}

#[test]
fn another_header_is_refused() {
    let change = |at: usize, byte: u8| {
        let mut patch = patch();
        patch[at] = byte;
        apply(OLD, &patch)
    };
    assert_eq!(change(3, b'X'), Err(ApplyError::NotAPatch { found: *b"AWDX" }));
    assert_eq!(change(4, 2), Err(ApplyError::Version { found: 2 }));
    assert_eq!(change(5, 40), Err(ApplyError::OldLength { patch: 40, device: 39 }));
    assert_eq!(change(11, 0x20), Err(ApplyError::TooLong { len: 0x20_0000 + 44, max: common::ROOM }));
    assert_eq!(Header::read(&patch()), Some(Header { old_len: 39, new_len: 44 }));
    assert_eq!(Header::read(&patch()[..12]), None);
}

/// A patch with another length of the new module, which its instructions do not fit.
fn declaring(new_len: u32) -> Vec<u8> {
    let mut patch = patch();
    let header = Header { old_len: OLD.len() as u32, new_len };
    patch[..Header::LEN].copy_from_slice(&header.bytes());
    patch
}

#[test]
fn another_length_than_declared_is_refused() {
    for len in (0..200).filter(|len| *len != NEW.len() as u32) {
        let result = apply(OLD, &declaring(len));
        assert!(result.is_err(), "{len}");
    }
    assert!(matches!(apply(OLD, &declaring(3)), Err(ApplyError::TooMuch { left: 3, .. })));
    assert_eq!(apply(OLD, &declaring(0)), Err(ApplyError::Damaged));
}

#[test]
fn an_error_is_final() {
    let mut applier = Applier::new(1, 1);
    let mut old = OLD;
    let first = applier.step(&mut old, &mut &b"no patch at all"[..], &mut [0; 4]);
    assert_eq!(first, Err(ApplyError::NotAPatch { found: *b"no p" }));
    assert_eq!(applier.step(&mut old, &mut &b""[..], &mut [0; 4]), Err(ApplyError::Failed));
    assert!(applier.finish() == Err(ApplyError::Failed) && !applier.is_done());
}

#[test]
fn an_error_of_the_driver_passes_through() {
    let result = Applier::new(OLD.len() as u32, 100).step(&mut &OLD[..5], &mut &patch()[..], &mut [0; 64]);
    assert_eq!(result, Err(ApplyError::Read(TooShort { len: 5 })));
}

/// The old module, with a check that no read leaves it.
struct Guarded<'a>(&'a [u8]);

impl ReadOld for Guarded<'_> {
    type Error = TooShort;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), TooShort> {
        assert!(offset as usize + bytes.len() <= self.0.len(), "{} bytes at {offset}", bytes.len());
        self.0.read(offset, bytes)
    }
}

/// Applies what may be no patch, and checks that it stays in its bounds. The beginning of a header is repaired, so that
/// the rest is looked at.
fn hostile(body: &[u8], new_len: u16) -> &'static str {
    let header = Header { old_len: OLD.len() as u32, new_len: new_len.into() };
    let patch = [&header.bytes()[..], body].concat();
    let mut applier = Applier::new(OLD.len() as u32, u32::MAX);
    let (mut chunk, mut total) = (&patch[..], 0);
    let mut out = [0; 100];
    loop {
        let written = match applier.step(&mut Guarded(OLD), &mut chunk, &mut out) {
            Ok(written) => written,
            Err(ApplyError::OutsideOld { len: 0, .. }) => return "seek",
            Err(ApplyError::OutsideOld { .. }) => return "outside",
            Err(ApplyError::TooMuch { .. }) => return "too much",
            Err(ApplyError::Empty { .. }) => return "empty",
            Err(ApplyError::Damaged) => return "damaged",
            Err(ApplyError::Trailing) => return "trailing",
            Err(other) => panic!("{other}"),
        };
        total += written;
        assert!(total <= usize::from(new_len) && applier.written() as usize == total);
        if applier.is_done() {
            return "done";
        }
        if written < out.len() {
            return "truncated";
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_stay_in_bounds(body in proptest::collection::vec(any::<u8>(), 0..200), new_len: u16) {
        hostile(&body, new_len);
    }
}

#[test]
fn random_bytes_meet_every_refusal() {
    let mut seen = std::collections::BTreeSet::new();
    let mut random = 1u64;
    for run in 0..60_000u32 {
        let body: Vec<u8> = (0..run % 40)
            .map(|_| {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (random >> 56) as u8 & if run % 3 == 0 { 0x1f } else { 0xff }
            })
            .collect();
        let new_len = if run % 5 == 0 { run % 7 } else { run % 3000 };
        seen.insert(hostile(&body, new_len as u16));
    }
    for refusal in ["seek", "outside", "too much", "empty", "damaged", "truncated"] {
        assert!(seen.contains(refusal), "never {refusal}: {seen:?}");
    }
}
