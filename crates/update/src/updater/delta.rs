//! Makes a module of a delta and of the module that runs.

use super::blob::{self, Facts};
use super::core::Updater;
use super::receive::{blocks, write_padded};
use crate::area::Area;
use crate::error::UpdateError;
use crate::flash;
use crate::source::{FlashSource, read_any};
use crate::state::Transfer;
use aingle_wasm_delta::Applier;
use aingle_wasm_manifest::{Manifest, Refusal};
use embedded_storage::nor_flash::NorFlash;

/// Bytes of a patch that are read at once, and of the module that are written at once.
const PIECE: usize = 128;

impl<F: NorFlash> Updater<F> {
    /// Checks that the running module is the one that a delta begins from.
    pub(super) fn check_base(&mut self, manifest: &Manifest<'_>) -> Result<(), UpdateError> {
        let Some(delta) = manifest.fields().delta else { return Ok(()) };
        let base = self.base().map_err(|error| match error {
            UpdateError::Flash(_) => error,
            _ => Refusal::Base.into(),
        })?;
        let same = base.len == delta.base_len && blob::sha256(&mut self.flash, base)? == *delta.base_sha256;
        if same { Ok(()) } else { Err(Refusal::Base.into()) }
    }

    /// Returns where the confirmed module is.
    fn base(&mut self) -> Result<Area, UpdateError> {
        let slot = self.control().active.ok_or(UpdateError::NoModule)?;
        let start = self.layout.slot(slot).offset;
        Ok(self.facts(self.blob_of(slot))?.module(start))
    }

    /// Makes the module of a delta at the beginning of the slot, with the delta's manifest before it.
    #[inline(never)]
    pub(super) fn apply(&mut self, transfer: &Transfer, area: Area, facts: Facts) -> Result<(), UpdateError> {
        let base = self.base()?;
        let slot = self.layout.slot(transfer.slot);
        let made = facts.stored(slot.offset);
        flash::erase_checked(&mut self.flash, made.offset, made.offset + blocks::<F>(made.len))?;
        let mut out = Out { buffer: [0; PIECE], filled: 0, at: made.offset };
        let header = Area { offset: area.offset, len: facts.header_len };
        out.copy(&mut self.flash, header)?;
        let mut applier = Applier::new(base.len, facts.module_len);
        let mut patch = [0; PIECE];
        let mut at = area.offset + facts.header_len;
        while at < area.end() {
            let piece = &mut patch[..((area.end() - at) as usize).min(PIECE)];
            read_any(&mut self.flash, at, piece)?;
            at += piece.len() as u32;
            let mut piece = &piece[..];
            loop {
                let room = &mut out.buffer[out.filled..];
                let room_len = room.len();
                let mut old = FlashSource::new(&mut self.flash, base);
                let written = applier.step(&mut old, &mut piece, room)?;
                out.filled += written;
                out.flush_full(&mut self.flash)?;
                if written < room_len {
                    break;
                }
            }
        }
        let written = applier.written();
        applier.finish().map_err(|_| UpdateError::Patch { at: written })?;
        out.flush(&mut self.flash)?;
        blob::verify_hash(&mut self.flash, facts.module(slot.offset), &facts.sha256.unwrap_or_default())
    }
}

/// Bytes on their way to flash, in whole pieces.
struct Out {
    buffer: [u8; PIECE],
    filled: usize,
    at: u32,
}

impl Out {
    /// Copies an area of the flash.
    fn copy<F: NorFlash>(&mut self, flash: &mut F, area: Area) -> Result<(), UpdateError> {
        let mut at = area.offset;
        while at < area.end() {
            let room = &mut self.buffer[self.filled..];
            let len = room.len().min((area.end() - at) as usize);
            read_any(flash, at, &mut room[..len])?;
            at += len as u32;
            self.filled += len;
            self.flush_full(flash)?;
        }
        Ok(())
    }

    /// Writes the piece if it is full.
    fn flush_full<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), UpdateError> {
        if self.filled < PIECE { Ok(()) } else { self.flush(flash) }
    }

    /// Writes what there is.
    fn flush<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), UpdateError> {
        write_padded(flash, self.at, &self.buffer[..self.filled])?;
        self.at += self.filled as u32;
        self.filled = 0;
        Ok(())
    }
}
