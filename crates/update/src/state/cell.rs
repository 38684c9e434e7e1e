//! A cell: the place of one record in a bank, with a mark before it and a mark behind it.
//!
//! The first mark is written before the record, the second one after the record was read back. Both are zeros, so that
//! writing them again is harmless. A mark that is seen proves that what was written before it is whole: its bits were
//! not left between zero and one by a cut of power, and will always read the same.

use super::record::{RECORD, Record};
use crate::flash::{self, FlashError, MAX_WRITE_SIZE};
use embedded_storage::nor_flash::NorFlash;

/// Bytes of the longest cell.
const MAX_CELL: usize = RECORD + 2 * MAX_WRITE_SIZE;

/// Bytes of a mark: a word of the flash, and 8 at least.
pub(crate) const fn mark_len<F: NorFlash>() -> usize {
    if F::WRITE_SIZE > 8 { F::WRITE_SIZE } else { 8 }
}

/// Bytes of a cell.
pub(crate) const fn cell_len<F: NorFlash>() -> usize {
    RECORD + 2 * mark_len::<F>()
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing was written.
    Empty,
    /// A record. It is sure if its second mark is whole.
    Full {
        /// The record.
        record: Record,
        /// Whether the record can never read differently.
        sure: bool,
    },
    /// Something that is not a whole record.
    Torn,
}

/// Reads a cell at a place of the flash that is number `place` of its bank.
pub(crate) fn read<F: NorFlash>(flash: &mut F, offset: u32, place: u16) -> Result<Cell, FlashError> {
    let mut bytes = [0; MAX_CELL];
    let mark = mark_len::<F>();
    let bytes = &mut bytes[..RECORD + 2 * mark];
    flash::read(flash, offset, bytes)?;
    if bytes.iter().all(|byte| *byte == 0xFF) {
        return Ok(Cell::Empty);
    }
    let (record, second) = bytes[mark..].split_at(RECORD);
    let record = record.first_chunk().and_then(|record| Record::decode(record, place));
    let sure = second.iter().all(|byte| *byte == 0);
    Ok(record.map_or(Cell::Torn, |record| Cell::Full { record, sure }))
}

/// Writes a record with both marks, and reads it back.
pub(crate) fn write<F: NorFlash>(
    flash: &mut F,
    offset: u32,
    place: u16,
    record: &Record,
) -> Result<(), FlashError> {
    mark(flash, offset)?;
    write_bare(flash, offset, place, record)?;
    mark(flash, offset + (mark_len::<F>() + RECORD) as u32)
}

/// Writes a mark.
pub(crate) fn mark<F: NorFlash>(flash: &mut F, offset: u32) -> Result<(), FlashError> {
    flash::write_checked(flash, offset, &[0; MAX_WRITE_SIZE][..mark_len::<F>()])
}

/// Writes a record without marks, in a bank that counts only when a later record says so.
pub(crate) fn write_bare<F: NorFlash>(
    flash: &mut F,
    offset: u32,
    place: u16,
    record: &Record,
) -> Result<(), FlashError> {
    flash::write_checked(flash, offset + mark_len::<F>() as u32, &record.encode(place))
}
