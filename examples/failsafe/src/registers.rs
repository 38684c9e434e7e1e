//! What the link has of the shim's own registers: its association, and the memory of its epochs.

use crate::board::{EPOCHS, KEYS};
use aingle_wasm_nano::Shim;
use aingle_wasm_nano::link::{Association, Cell, Cells, RECORD_LEN};
use core::convert::Infallible;

/// Channel of the link's packets.
pub const CHANNEL: u8 = 7;

/// Reads the association.
pub fn association(shim: &impl Shim) -> Association {
    Association {
        spi: shim.register_read(KEYS) as u16,
        channel: CHANNEL,
        send_key: words(shim, KEYS + 16),
        receive_key: words(shim, KEYS + 32),
    }
}

/// Reads 16 bytes from four registers.
fn words(shim: &impl Shim, address: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (number, word) in (0..).zip(bytes.as_chunks_mut().0) {
        *word = shim.register_read(address + number * 4).to_le_bytes();
    }
    bytes
}

/// The two places of the epochs, which the shim keeps over restarts.
#[derive(Clone, Copy, Debug)]
pub struct EpochRegisters<S>(pub S);

fn address(cell: Cell) -> u32 {
    EPOCHS + RECORD_LEN as u32 * cell as u32
}

impl<S: Shim> Cells for EpochRegisters<S> {
    type Error = Infallible;

    fn read(&mut self, cell: Cell) -> Result<[u8; RECORD_LEN], Infallible> {
        Ok(words(&self.0, address(cell)))
    }

    fn write(&mut self, cell: Cell, record: &[u8; RECORD_LEN]) -> Result<(), Infallible> {
        for (number, word) in (0..).zip(record.as_chunks().0) {
            self.0.register_write(address(cell) + number * 4, u32::from_le_bytes(*word));
        }
        Ok(())
    }
}
