//! LZ4 payloads: the decoded size as a little-endian `u32`, then one LZ4 block.
//!
//! The decoded size is compared with the caller's limit, and with what a block of that length can
//! hold at most, before a byte is decoded or allocated.

use crate::error::DecodeError;

/// Payloads shorter than this seldom shrink enough to be worth it.
pub const DEFAULT_THRESHOLD: usize = 1024;

const SIZE_LEN: usize = 4;
/// One LZ4 length byte stands for at most 255 bytes of output.
const MAX_RATIO: usize = 255;

/// The largest payload that compressing `len` bytes can give; the buffer for [`compress_into`].
#[must_use]
pub fn max_compressed_len(len: usize) -> usize {
    SIZE_LEN + lz4_flex::block::get_maximum_output_size(len)
}

/// Compresses `bytes` into `payload` and returns the payload's length, or `None` if compressing
/// makes it no shorter than `bytes`, or when `payload` is shorter than [`max_compressed_len`].
#[must_use]
pub fn compress_into(bytes: &[u8], payload: &mut [u8]) -> Option<usize> {
    let decoded = u32::try_from(bytes.len()).ok()?;
    let (size, block) = payload.split_first_chunk_mut::<SIZE_LEN>()?;
    *size = decoded.to_le_bytes();
    let len = SIZE_LEN + lz4_flex::block::compress_into(bytes, block).ok()?;
    (len < bytes.len()).then_some(len)
}

/// The size that `payload` decodes to, once it is known to be at most `limit`.
///
/// # Errors
/// [`DecodeError::Lz4`] when there is no size, [`DecodeError::DecodedTooLarge`] when it is more
/// than `limit` or than the block can hold.
pub fn decoded_len(payload: &[u8], limit: usize) -> Result<usize, DecodeError> {
    let (size, block) = payload.split_first_chunk::<SIZE_LEN>().ok_or(DecodeError::Lz4)?;
    let declared = u32::from_le_bytes(*size) as usize;
    let limit = limit.min(block.len().saturating_mul(MAX_RATIO));
    if declared > limit {
        return Err(DecodeError::DecodedTooLarge { limit, declared });
    }
    Ok(declared)
}

/// Decodes `payload` into `bytes`, which is exactly [`decoded_len`] long.
///
/// # Errors
/// [`DecodeError::Lz4`] when the block is damaged or decodes to another length.
pub fn decompress_into(payload: &[u8], bytes: &mut [u8]) -> Result<(), DecodeError> {
    let block = payload.get(SIZE_LEN..).ok_or(DecodeError::Lz4)?;
    match lz4_flex::block::decompress_into(block, bytes) {
        Ok(len) if len == bytes.len() => Ok(()),
        _ => Err(DecodeError::Lz4),
    }
}

/// Decodes `payload` into a buffer of its own, of at most `limit` bytes.
///
/// # Errors
/// As [`decoded_len`] and [`decompress_into`], and [`DecodeError::OutOfMemory`] when there is no such
/// buffer to be had: a small part may have less than its limit allows.
#[cfg(feature = "alloc")]
pub fn decompress(payload: &[u8], limit: usize) -> Result<alloc::vec::Vec<u8>, DecodeError> {
    let needed = decoded_len(payload, limit)?;
    let mut bytes = alloc::vec::Vec::new();
    bytes.try_reserve_exact(needed).map_err(|_| DecodeError::OutOfMemory { needed })?;
    bytes.resize(needed, 0);
    decompress_into(payload, &mut bytes)?;
    Ok(bytes)
}
