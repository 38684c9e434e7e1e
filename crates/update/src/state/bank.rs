//! A bank: one half of the state area. Its first cells are headers, then comes a snapshot of the state, then records.

use super::cell::{self, Cell};
use super::kept::{MAX_KEYS, MAX_MODULES, State};
use super::record::{PAYLOAD, Record};
use crate::crc::Crc;
use crate::flash::{self, FlashError};
use embedded_storage::nor_flash::NorFlash;

/// Cells for headers at the beginning of a bank.
pub(crate) const HEADERS: u16 = 10;

/// Where a bank is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bank {
    /// Its first byte.
    pub(crate) offset: u32,
    /// Its length.
    pub(crate) len: u32,
}

/// What a header says: which bank is the newer one, and what its snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The highest number decides which bank counts.
    pub(crate) number: u64,
    /// Records of the snapshot.
    pub(crate) count: u16,
    /// CRC-32 of the snapshot's records.
    pub(crate) digest: u32,
}

impl Header {
    fn record(&self) -> Record {
        let mut payload = [0xFF; PAYLOAD];
        payload[..8].copy_from_slice(&self.number.to_le_bytes());
        payload[8..10].copy_from_slice(&self.count.to_le_bytes());
        payload[10..14].copy_from_slice(&self.digest.to_le_bytes());
        Record { kind: Record::HEADER, detail: 1, payload }
    }

    fn of(record: &Record) -> Option<Self> {
        let (number, rest) = record.payload.split_first_chunk()?;
        let [c0, c1, d0, d1, d2, d3, ..] = *rest else { return None };
        (record.kind == Record::HEADER && record.detail == 1).then_some(Self {
            number: u64::from_le_bytes(*number),
            count: u16::from_le_bytes([c0, c1]),
            digest: u32::from_le_bytes([d0, d1, d2, d3]),
        })
    }
}

/// What the headers of a bank say together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Front {
    /// The header with the highest number.
    pub(crate) header: Option<Header>,
    /// Whether that one can never read differently.
    pub(crate) sure: bool,
    /// Whether a cell is not a header, and may become one at the next read.
    pub(crate) torn: bool,
    /// The error, if a cell could not be read.
    pub(crate) failed: Option<FlashError>,
    /// The first empty header cell behind all others.
    pub(crate) free: u16,
}

/// What the cells behind the snapshot say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    /// The first empty cell.
    pub(crate) next: u16,
    /// Whether the last record may read differently another time.
    pub(crate) torn: bool,
    /// Records in the middle that are not whole.
    pub(crate) damaged: u16,
}

impl Bank {
    /// Returns how many cells there are.
    pub(crate) fn cells<F: NorFlash>(self) -> u16 {
        u16::try_from(self.len as usize / cell::cell_len::<F>()).unwrap_or(u16::MAX)
    }

    /// Returns where a cell begins.
    pub(crate) fn cell<F: NorFlash>(self, place: u16) -> u32 {
        self.offset + u32::from(place) * cell::cell_len::<F>() as u32
    }

    fn read<F: NorFlash>(self, flash: &mut F, place: u16) -> Result<Cell, FlashError> {
        cell::read(flash, self.cell::<F>(place), place)
    }

    /// Reads the headers.
    pub(crate) fn front<F: NorFlash>(self, flash: &mut F) -> Front {
        let mut front = Front { header: None, sure: false, torn: false, failed: None, free: 0 };
        for place in 0..HEADERS {
            let found = self.read(flash, place).unwrap_or_else(|error| {
                front.failed = Some(error);
                Cell::Torn
            });
            if found == Cell::Empty {
                continue;
            }
            front.free = place + 1;
            let header = match found {
                Cell::Full { record, sure } => Header::of(&record).map(|header| (header, sure)),
                _ => None,
            };
            match header {
                None => front.torn = true,
                Some((header, sure)) => {
                    if front.header.is_none_or(|best| best.number < header.number) {
                        front.header = Some(header);
                        front.sure = sure;
                    }
                }
            }
        }
        front
    }

    /// Reads the snapshot into an empty state. Returns whether it is the one of the header.
    pub(crate) fn snapshot<F: NorFlash>(self, flash: &mut F, header: &Header, state: &mut State) -> bool {
        let mut digest = Crc::new();
        for place in HEADERS..HEADERS.saturating_add(header.count) {
            let Ok(Cell::Full { record, .. }) = self.read(flash, place) else { return false };
            digest.update(&record.encode(place));
            state.apply(&record);
        }
        digest.value() == header.digest
    }

    /// Reads the records behind the snapshot.
    pub(crate) fn tail<F: NorFlash>(self, flash: &mut F, header: &Header, state: &mut State) -> Tail {
        let mut tail = Tail { next: HEADERS + header.count, torn: false, damaged: 0 };
        let mut invalid = 0;
        while tail.next < self.cells::<F>() {
            match self.read(flash, tail.next) {
                Ok(Cell::Empty) => break,
                Ok(Cell::Torn) | Err(_) => {
                    tail.torn = true;
                    invalid += 1;
                }
                Ok(Cell::Full { record, sure }) => {
                    state.apply(&record);
                    tail.torn = !sure;
                    tail.damaged = invalid;
                }
            }
            tail.next += 1;
        }
        tail.torn |= invalid > 0;
        tail
    }

    /// Erases the bank, and checks that it is erased.
    pub(crate) fn erase<F: NorFlash>(self, flash: &mut F) -> Result<(), FlashError> {
        flash::erase_checked(flash, self.offset, self.offset + self.len)
    }

    /// Writes a snapshot to the erased bank, then the header that makes it count.
    pub(crate) fn fill<F: NorFlash>(
        self,
        flash: &mut F,
        number: u64,
        state: &State,
    ) -> Result<Header, FlashError> {
        let mut header = Header { number, count: 0, digest: 0 };
        let mut digest = Crc::new();
        while let Some(record) = state.record(usize::from(header.count)) {
            let place = HEADERS + header.count;
            cell::write_bare(flash, self.cell::<F>(place), place, &record)?;
            digest.update(&record.encode(place));
            header.count += 1;
        }
        header.digest = digest.value();
        self.claim(flash, 0, &header)?;
        Ok(header)
    }

    /// Marks a header cell as begun, if there is such a cell.
    pub(crate) fn mark<F: NorFlash>(self, flash: &mut F, place: u16) -> Result<(), FlashError> {
        if place < HEADERS { cell::mark(flash, self.cell::<F>(place)) } else { Ok(()) }
    }

    /// Writes one more header.
    pub(crate) fn claim<F: NorFlash>(
        self,
        flash: &mut F,
        place: u16,
        header: &Header,
    ) -> Result<(), FlashError> {
        cell::write(flash, self.cell::<F>(place), place, &header.record())
    }

    /// Writes one more record behind the snapshot.
    pub(crate) fn append<F: NorFlash>(
        self,
        flash: &mut F,
        place: u16,
        record: &Record,
    ) -> Result<(), FlashError> {
        cell::write(flash, self.cell::<F>(place), place, record)
    }
}

/// Bytes that one bank needs.
pub(crate) const fn bank_min<F: NorFlash>() -> u32 {
    // The longest snapshot, and four records behind it, so that compaction is not the rule.
    let snapshot = 1 + MAX_MODULES / 7 + MAX_KEYS;
    ((HEADERS as usize + snapshot + 4) * cell::cell_len::<F>()) as u32
}
