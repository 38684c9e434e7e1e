//! Verifies what was received, and puts it where it belongs: a module on trial, a list of keys in force.

use super::blob::{self, Facts};
use super::core::Updater;
use super::receive::{blocks, write_padded};
use crate::area::Area;
use crate::error::UpdateError;
use crate::flash;
use crate::report::{Outcome, Report};
use crate::source::{FlashSource, read_any};
use crate::state::{Content, Control, Phase, Transfer, Trial};
use aingle_wasm_delta::Applier;
use aingle_wasm_manifest::{KeyList, Kind, Refusal};
use embedded_storage::nor_flash::NorFlash;

/// Longest list of keys, in bytes.
const MAX_LIST: usize = 384;

/// Bytes of a patch that are read at once, and of the module that are written at once.
const PIECE: usize = 128;

/// What a finished transfer has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Finished {
    /// A module is on trial. It is started at the next restart.
    OnTrial,
    /// A list of keys is in force.
    KeysChanged,
}

impl<F: NorFlash> Updater<F> {
    /// Verifies what was received, piece by piece from flash, and puts it in force. A delta is applied to the running
    /// module, which stays as it is. After a cut of power it begins again: [`Updater::is_received`].
    ///
    /// # Errors
    ///
    /// [`UpdateError::Incomplete`]; [`UpdateError::Refused`], which the report keeps and which ends the transfer; if the
    /// flash fails.
    pub fn finish(&mut self) -> Result<Finished, UpdateError> {
        let mut control = self.control();
        let Some(transfer) = control.transfer else { return Err(UpdateError::NoTransfer) };
        if transfer.phase != Phase::Received {
            let found = self.next.unwrap_or(0);
            if found != transfer.len {
                return Err(UpdateError::Incomplete { expected: transfer.len, found });
            }
            control.transfer = Some(Transfer { phase: Phase::Received, ..transfer });
            self.put(control)?;
        }
        self.next = None;
        let result = self.take(&transfer);
        if let Err(error) = result
            && !matches!(error, UpdateError::Flash(_) | UpdateError::State(_))
        {
            let report = self.report_on(self.blob_area(&transfer), Outcome::None, 0);
            let control = Control { transfer: None, ..self.control() };
            self.report_error(control, error, report)?;
        }
        result
    }

    fn take(&mut self, transfer: &Transfer) -> Result<Finished, UpdateError> {
        let area = self.blob_area(transfer);
        // The manifest is read again: that of `begin` was in memory only.
        let facts = self.verify(area, false)?;
        match facts.kind {
            Kind::KeyList => self.take_keys(area, facts),
            Kind::Module => self.take_module(transfer, facts),
            Kind::Delta => {
                self.apply(transfer, area, facts)?;
                self.take_module(transfer, facts)
            }
        }
    }

    #[inline(never)]
    fn take_keys(&mut self, area: Area, facts: Facts) -> Result<Finished, UpdateError> {
        let mut payload = [0; MAX_LIST];
        let found = area.len - facts.header_len;
        let limit = MAX_LIST as u32;
        let payload = payload.get_mut(..found as usize).ok_or(Refusal::TooLong { limit, found })?;
        read_any(&mut self.flash, area.offset + facts.header_len, payload)?;
        let list = KeyList::parse(payload).map_err(Refusal::from)?;
        let report = Report {
            outcome: Outcome::KeysChanged,
            code: 0,
            module_id: facts.module_id,
            sequence: facts.sequence,
        };
        self.log.rewrite(&mut self.flash, |state| {
            state.set_keys(list.keys());
            state.control.key_list = facts.sequence;
            state.control.transfer = None;
            state.control.report = report;
        })?;
        Ok(Finished::KeysChanged)
    }

    /// Puts a module on trial that is at the beginning of its slot.
    fn take_module(&mut self, transfer: &Transfer, facts: Facts) -> Result<Finished, UpdateError> {
        let slot = transfer.slot;
        let offset = self.layout.slot(slot).offset;
        let stored = facts.stored(offset);
        let mut control = self.control();
        control.contents[slot.index()] =
            Content { len: transfer.len, crc: blob::crc(&mut self.flash, stored)? };
        control.trial = Some(Trial { slot, boots_left: self.device.trial_boots.max(1) });
        control.transfer = None;
        self.put(control)?;
        Ok(Finished::OnTrial)
    }

    /// Makes the module of a delta at the beginning of the slot, with the delta's manifest before it.
    #[inline(never)]
    fn apply(&mut self, transfer: &Transfer, area: Area, facts: Facts) -> Result<(), UpdateError> {
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
