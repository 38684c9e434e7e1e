//! The few numbers in sections that limits are compared with.
//!
//! The engines validate. What is read here may be damaged, or odd; then there is no answer.

use aingle_wasm_module::reader::{HAS_MAX, HAS_PAGE_SIZE, ReadError, Reader};

/// What a table's limit counts.
pub(crate) const TABLE_ELEMENTS: &str = "elements of its table";

/// The base-2 logarithm of the ordinary page size.
const PAGE_LOG2: u32 = 16;

/// The least pages and the page size of a section that has one ordinary memory and nothing else.
pub(crate) fn only_memory(mut body: Reader<'_>) -> Option<(u32, u32)> {
    let (count, limits) = (body.u32().ok()?, body.limits(32).ok()?);
    let page_log2 = limits.page_log2.unwrap_or(PAGE_LOG2);
    let most = match page_log2 {
        0 => u64::from(u32::MAX),
        PAGE_LOG2 => 1 << PAGE_LOG2,
        _ => return None,
    };
    let max = limits.max.unwrap_or(most);
    let plain = count == 1 && limits.flags & !(HAS_MAX | HAS_PAGE_SIZE) == 0 && body.bytes().is_empty();
    (plain && limits.min <= max && max <= most).then_some((limits.min as u32, page_log2))
}

/// The least size of the one table of a section; 0 when there is none.
pub(crate) fn table_size(mut body: Reader<'_>) -> Option<u32> {
    match body.u32().ok()? {
        0 => Some(0),
        1 => {
            body.byte().ok()?;
            u32::try_from(body.limits(64).ok()?.min).ok()
        }
        _ => None,
    }
}

/// Skips a segment of WebAssembly 1.0, and says where it would end, if its offset is a constant.
pub(crate) fn segment(reader: &mut Reader<'_>, data: bool) -> Result<Option<u64>, ReadError> {
    let later = reader.error();
    if reader.u32()? != 0 {
        return Err(later);
    }
    let at = match reader.byte()? {
        0x41 => Some(reader.signed(32)? as u32),
        0x23 => reader.u32().map(|_| None)?,
        _ => return Err(later),
    };
    reader.byte()?;
    let len = reader.u32()?;
    if data {
        reader.take(len as usize)?;
    } else {
        for _ in 0..len {
            reader.u32()?;
        }
    }
    Ok(at.map(|at| u64::from(at) + u64::from(len)))
}
