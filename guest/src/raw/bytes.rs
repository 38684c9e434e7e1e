//! Bytes, and what else they are.

use core::any::TypeId;

/// A slice of bytes as one of `T`, when `T` is `u8`.
pub(crate) fn same_slice<T: 'static>(bytes: &[u8]) -> Option<&[T]> {
    if TypeId::of::<T>() != TypeId::of::<u8>() {
        return None;
    }
    // SAFETY: `T` is `u8`, so pointer, length, lifetime and contents are those of a `[T]`.
    Some(unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) })
}

/// Returns whether a slice of `T` travels with its layout in memory.
pub(crate) fn is_plain<T: 'static>() -> bool {
    let float = TypeId::of::<T>() == TypeId::of::<f32>() || TypeId::of::<T>() == TypeId::of::<f64>();
    float && cfg!(target_endian = "little")
}

/// Bytes as plain items, as many as they are.
pub(crate) fn plain_slice<T: 'static>(bytes: &[u8]) -> Option<&[T]> {
    if !is_plain::<T>() || !bytes.as_ptr().cast::<T>().is_aligned() {
        return None;
    }
    // SAFETY: a plain `T` is a float, which all bytes are, and they are aligned for it.
    Some(unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<T>()) })
}

/// Bytes as a text, if they are one.
///
/// Most texts are of ASCII alone, and on an interpreter that compiles what runs, these spare the
/// memory for the rest of UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8.
        return Some(unsafe { core::str::from_utf8_unchecked(bytes) });
    }
    core::str::from_utf8(bytes).ok()
}
