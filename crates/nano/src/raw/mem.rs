//! Copying and filling memory. What Rust brings for this target minds alignment, and takes a kilobyte.
//!
//! The compiler knows these names, and makes no calls of themselves out of their loops.

/// What an iteration of the first loop takes, in bytes.
const WORD: usize = 8;

/// C's `memcpy`.
///
/// # Safety
/// As C has it: `n` bytes can be read at `from` and written at `to`, and the two do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    let mut at = 0;
    // SAFETY: every access ends at or before `n`.
    unsafe {
        while n - at >= WORD {
            to.add(at).cast::<u64>().write_unaligned(from.add(at).cast::<u64>().read_unaligned());
            at += WORD;
        }
        while at < n {
            to.add(at).write(from.add(at).read());
            at += 1;
        }
    }
    to
}

/// C's `memset`.
///
/// # Safety
/// As C has it: `n` bytes can be written at `to`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, n: usize) -> *mut u8 {
    let byte = value as u8;
    let word = u64::from_ne_bytes([byte; WORD]);
    let mut at = 0;
    // SAFETY: every access ends at or before `n`.
    unsafe {
        while n - at >= WORD {
            to.add(at).cast::<u64>().write_unaligned(word);
            at += WORD;
        }
        while at < n {
            to.add(at).write(byte);
            at += 1;
        }
    }
    to
}
