//! What of a link outlives a restart.

use core::fmt;

/// Epochs of a link: the upper 32 bits of its counters. Both only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Epochs {
    /// Highest epoch that this side may have sent in. 0 if none.
    pub sent: u32,
    /// Highest epoch of the other side that this side may have accepted. 0 if none.
    pub accepted: u32,
}

/// Non-volatile memory for [`Epochs`].
pub trait EpochStore {
    /// Error of the memory.
    type Error;

    /// Reads the last epochs that were stored. After a store that was cut, those or the ones before.
    ///
    /// # Errors
    ///
    /// The memory failed, or has no epochs. A link then stays closed.
    fn load(&mut self) -> Result<Epochs, Self::Error>;

    /// Stores epochs. When it returns, a restart at any time loads them or later ones.
    ///
    /// # Errors
    ///
    /// The memory failed.
    fn store(&mut self, epochs: Epochs) -> Result<(), Self::Error>;
}

/// One of two places of 16 bytes in non-volatile memory. On NOR flash each has an erase block of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The first place.
    First,
    /// The second place.
    Second,
}

/// Two places in non-volatile memory.
pub trait Cells {
    /// Error of the memory.
    type Error;

    /// Reads a place.
    ///
    /// # Errors
    ///
    /// The memory failed.
    fn read(&mut self, cell: Cell) -> Result<[u8; RECORD_LEN], Self::Error>;

    /// Writes a place, and erases it before if the memory wants that. A cut may leave any bytes in this place, and changes no other.
    ///
    /// # Errors
    ///
    /// The memory failed.
    fn write(&mut self, cell: Cell, record: &[u8; RECORD_LEN]) -> Result<(), Self::Error>;
}

/// Bytes of a record.
pub const RECORD_LEN: usize = 16;
/// First bytes of a record: `NKE` and the version 1.
const MAGIC: [u8; 4] = *b"NKE\x01";

/// Epochs in two places. They are written one after the other, the damaged or older one first, so that one is whole at any time.
///
/// A place that a cut has left reads the same each time. Memory of which that is not true needs error correction.
#[derive(Clone, Debug)]
pub struct TwoCells<C> {
    cells: C,
}

/// Errors of [`TwoCells`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError<E> {
    /// No place has a whole record. The memory was never provisioned, or is damaged.
    NoRecord,
    /// A place reads back other bytes than were written.
    ReadBack {
        /// The place.
        cell: Cell,
    },
    /// The memory failed.
    Memory(E),
}

impl<C: Cells> TwoCells<C> {
    /// Uses these places.
    pub const fn new(cells: C) -> Self {
        Self { cells }
    }

    /// Writes the first record, where the device is made. A device that does so by itself gives up its protection against replay.
    ///
    /// # Errors
    ///
    /// The memory failed.
    pub fn provision(&mut self) -> Result<(), StoreError<C::Error>> {
        self.store(Epochs::default())
    }

    /// Returns the places in the order in which they are written: first the one that is damaged or older.
    fn order(&mut self) -> Result<[Cell; 2], StoreError<C::Error>> {
        let older =
            |second: Epochs, first: Epochs| second.sent < first.sent || second.accepted < first.accepted;
        Ok(match (self.read(Cell::First)?, self.read(Cell::Second)?) {
            (Some(first), Some(second)) if older(second, first) => [Cell::Second, Cell::First],
            (_, None) => [Cell::Second, Cell::First],
            _ => [Cell::First, Cell::Second],
        })
    }

    fn read(&mut self, cell: Cell) -> Result<Option<Epochs>, StoreError<C::Error>> {
        self.cells.read(cell).map(|record| parse(&record)).map_err(StoreError::Memory)
    }
}

impl<C: Cells> EpochStore for TwoCells<C> {
    type Error = StoreError<C::Error>;

    fn load(&mut self) -> Result<Epochs, Self::Error> {
        match (self.read(Cell::First)?, self.read(Cell::Second)?) {
            (Some(first), Some(second)) => Ok(Epochs {
                sent: first.sent.max(second.sent),
                accepted: first.accepted.max(second.accepted),
            }),
            (Some(only), None) | (None, Some(only)) => Ok(only),
            (None, None) => Err(StoreError::NoRecord),
        }
    }

    fn store(&mut self, epochs: Epochs) -> Result<(), Self::Error> {
        for cell in self.order()? {
            self.cells.write(cell, &record(epochs)).map_err(StoreError::Memory)?;
            if self.read(cell)? != Some(epochs) {
                return Err(StoreError::ReadBack { cell });
            }
        }
        Ok(())
    }
}

/// Builds a record: magic, sent, accepted, CRC-32 of these.
fn record(epochs: Epochs) -> [u8; RECORD_LEN] {
    let mut record = [0; RECORD_LEN];
    record[..4].copy_from_slice(&MAGIC);
    record[4..8].copy_from_slice(&epochs.sent.to_le_bytes());
    record[8..12].copy_from_slice(&epochs.accepted.to_le_bytes());
    let crc = crc(&record[..12]);
    record[12..].copy_from_slice(&crc.to_le_bytes());
    record
}

fn parse(bytes: &[u8; RECORD_LEN]) -> Option<Epochs> {
    let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let epochs = Epochs { sent: word(4), accepted: word(8) };
    (record(epochs) == *bytes).then_some(epochs)
}

/// Computes the CRC-32 (IEEE), bit by bit: it runs twice at each restart.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

impl<E: fmt::Display> fmt::Display for StoreError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecord => f.write_str("no epochs in memory: never provisioned, or damaged"),
            Self::ReadBack { cell } => {
                write!(f, "the {cell:?} cell reads back other bytes than were written")
            }
            Self::Memory(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for StoreError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Memory(error) => Some(error),
            _ => None,
        }
    }
}
