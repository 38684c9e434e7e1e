//! Verifies what was received, and puts it where it belongs: a module on trial, a list of keys in force.

use super::blob::{self, Facts};
use super::core::Updater;
use crate::area::Area;
use crate::error::UpdateError;
use crate::report::{Outcome, Report};
use crate::source::read_any;
use crate::state::{Content, Control, Phase, StateError, Transfer, Trial};
use aingle_wasm_manifest::{KeyList, Kind, Refusal};
use embedded_storage::nor_flash::NorFlash;

/// Longest list of keys, in bytes.
const MAX_LIST: usize = 384;

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
            && !matches!(error, UpdateError::Flash(_) | UpdateError::State(StateError::Flash(_)))
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
        // What came may have another manifest than the one that was offered.
        if transfer.at_end != (facts.kind == Kind::Delta) {
            return Err(UpdateError::OtherBlob);
        }
        self.check_room(&facts, area.len)?;
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
        let list = KeyList::of_sequence(facts.sequence, payload).map_err(Refusal::from)?;
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
        // What was reported of this module before is of an earlier time.
        let Facts { module_id, sequence, .. } = facts;
        control.report = Report { module_id, sequence, ..Report::default() };
        self.put(control)?;
        Ok(Finished::OnTrial)
    }
}
