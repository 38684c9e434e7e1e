//! Takes a blob into the slot that does not run. After a restart it goes on where the flash says.

use super::blob::{self, Facts};
use super::core::Updater;
use crate::area::Area;
use crate::crc::Crc;
use crate::error::UpdateError;
use crate::flash;
use crate::report::{Outcome, Report};
use crate::source::read_any;
use crate::state::{Content, Control, MAX_MODULES, Phase, Slot, StateError, Transfer};
use aingle_wasm_manifest::{Kind, Manifest, Refusal, Verifier};
use embedded_storage::nor_flash::NorFlash;

/// Bytes that are searched at once for the end of what was written.
const PIECE: u32 = 128;

impl<F: NorFlash> Updater<F> {
    /// Offers a blob: its manifest with the signature, and its whole length. The policy decides, and the signature of
    /// version 3 is verified, before anything is erased. Returns the first byte that is to be written: 0, or a later
    /// one if the same blob was begun before a restart.
    ///
    /// # Errors
    ///
    /// [`UpdateError::Refused`], which the report keeps; [`UpdateError::OnTrial`]; if the flash fails.
    pub fn begin(&mut self, header: &[u8], len: u32) -> Result<u32, UpdateError> {
        self.next = None;
        if self.control().trial.is_some() {
            return Err(UpdateError::OnTrial);
        }
        let manifest = Manifest::parse(header, len).map_err(Refusal::from);
        let checked = match &manifest {
            Ok(manifest) => self.check_offer(manifest),
            Err(refusal) => Err((*refusal).into()),
        };
        if let Err(error) = checked {
            let report = manifest.map_or(Report::default(), |manifest| {
                let fields = manifest.fields();
                Report { module_id: fields.module_id, sequence: fields.sequence, ..Report::default() }
            });
            self.report_error(self.control(), error, report)?;
            return Err(error);
        }
        let (header_len, at_end) =
            manifest.map_or((0, false), |it| (it.payload_offset(), it.fields().kind == Kind::Delta));
        let id = Crc::of(&header[..(header_len as usize).min(header.len())]);
        let slot = self.target();
        let transfer = Transfer { slot, phase: Phase::Begun, id, header_len: header_len as u16, len, at_end };
        self.resume(transfer)
    }

    /// Writes the next bytes. Each chunk but the last has a multiple of the flash's word.
    ///
    /// # Errors
    ///
    /// If the bytes are not the next ones or too many; if the flash fails.
    pub fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), UpdateError> {
        let (Some(transfer), Some(next)) = (self.control().transfer, self.next) else {
            return Err(UpdateError::NoTransfer);
        };
        if offset != next {
            return Err(UpdateError::OutOfOrder { expected: next, found: offset });
        }
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let end = offset.saturating_add(len);
        if end > transfer.len {
            return Err(UpdateError::TooMuch { limit: transfer.len, found: end });
        }
        let word = F::WRITE_SIZE as u32;
        if !len.is_multiple_of(word) && end != transfer.len {
            return Err(UpdateError::NotAligned { found: len, expected: word });
        }
        let start = self.blob_area(&transfer).offset + offset;
        // What fails in the middle cannot be written again: only a new begin() finds where to go on.
        self.next = None;
        write_padded(&mut self.flash, start, bytes)?;
        self.next = Some(end);
        Ok(())
    }

    /// Gives up the transfer. Its bytes are of no use any more.
    ///
    /// # Errors
    ///
    /// If the flash fails.
    pub fn abort(&mut self) -> Result<(), UpdateError> {
        self.next = None;
        let control = self.control();
        if control.transfer.is_none() { Ok(()) } else { self.put(Control { transfer: None, ..control }) }
    }

    /// Returns whether all bytes of a transfer have come, so that [`Updater::finish`] can go on after a restart.
    #[must_use]
    pub fn is_received(&self) -> bool {
        self.control().transfer.is_some_and(|transfer| transfer.phase == Phase::Received)
    }

    /// Returns the slot that does not run.
    pub(super) fn target(&self) -> Slot {
        self.control().active.map_or(Slot::A, Slot::other)
    }

    /// Returns where the bytes of a transfer go: a delta to the end of its slot, since the module that it makes goes to
    /// the beginning.
    pub(super) fn blob_area(&self, transfer: &Transfer) -> Area {
        let slot = self.layout.slot(transfer.slot);
        let offset =
            if transfer.at_end { slot.end().saturating_sub(blocks::<F>(transfer.len)) } else { slot.offset };
        Area { offset, len: transfer.len }
    }

    /// Reports an error, unless it is one of the flash.
    pub(super) fn report_error(
        &mut self,
        control: Control,
        error: UpdateError,
        report: Report,
    ) -> Result<(), UpdateError> {
        let outcome = match error {
            UpdateError::Refused(_) => Outcome::Refused,
            UpdateError::Flash(_) | UpdateError::State(StateError::Flash(_)) => return Ok(()),
            _ => Outcome::Failed,
        };
        self.put_report(control, Report { outcome, code: error.code(), ..report })
    }

    /// Compares an offer with the policy, the slot and the module that a delta begins from.
    #[inline(never)]
    fn check_offer(&mut self, manifest: &Manifest<'_>) -> Result<(), UpdateError> {
        let state = self.log.state();
        let policy = (self.device.policy)(self.device.accepted(state));
        Verifier::begin(&policy.check(manifest, blob::high_water(state, manifest))?)?;
        self.check_room(&Facts::of(manifest), manifest.total_len())?;
        if manifest.fields().kind == Kind::Delta { self.check_base(manifest) } else { Ok(()) }
    }

    /// Checks that a blob, and what a delta makes, fits into the slot, and that the sequence of its module can be kept.
    #[inline(never)]
    pub(super) fn check_room(&self, facts: &Facts, total_len: u32) -> Result<(), UpdateError> {
        let limit = self.layout.slot(self.target()).len;
        let mut found = total_len;
        if facts.kind == Kind::Delta {
            let made = blocks::<F>(facts.stored(0).len);
            found = made.saturating_add(blocks::<F>(total_len));
        }
        if found > limit {
            return Err(Refusal::TooLong { limit, found }.into());
        }
        if facts.kind != Kind::KeyList && !self.log.state().has_place_for(facts.module_id) {
            let (module_id, limit) = (facts.module_id, MAX_MODULES as u16);
            return Err(StateError::Full { module_id, limit }.into());
        }
        Ok(())
    }

    /// Goes on with a transfer if it is the same, or else begins it. Returns the first byte to write.
    #[inline(never)]
    fn resume(&mut self, wanted: Transfer) -> Result<u32, UpdateError> {
        let mut control = self.control();
        let known = control.transfer.filter(|known| Transfer { phase: wanted.phase, ..*known } == wanted);
        let area = self.blob_area(&wanted);
        let end = area.offset + blocks::<F>(area.len);
        let next = match known.map(|known| known.phase) {
            Some(Phase::Received) => area.len,
            Some(Phase::Erased) => {
                let next = resume_at::<F>(frontier(&mut self.flash, area));
                flash::erase_down(&mut self.flash, area.offset + next, end)?;
                next
            }
            phase => {
                if phase.is_none() {
                    control.transfer = Some(wanted);
                    control.contents[wanted.slot.index()] = Content::default();
                    self.put(control)?;
                }
                flash::erase_checked(&mut self.flash, area.offset, end)?;
                control.transfer = Some(Transfer { phase: Phase::Erased, ..wanted });
                self.put(control)?;
                0
            }
        };
        self.next = Some(next);
        Ok(next)
    }
}

/// Rounds up to whole erase blocks.
pub(super) fn blocks<F: NorFlash>(len: u32) -> u32 {
    len.checked_next_multiple_of(F::ERASE_SIZE as u32).unwrap_or(u32::MAX)
}

/// Writes bytes, the last word filled up with ones.
pub(super) fn write_padded<F: NorFlash>(flash: &mut F, offset: u32, bytes: &[u8]) -> Result<(), UpdateError> {
    let (whole, rest) = bytes.split_at(bytes.len() - bytes.len() % F::WRITE_SIZE);
    if !whole.is_empty() {
        flash::write(flash, offset, whole)?;
    }
    if !rest.is_empty() {
        let mut word = [0xFF; flash::MAX_WRITE_SIZE];
        word[..rest.len()].copy_from_slice(rest);
        flash::write(flash, offset + whole.len() as u32, &word[..F::WRITE_SIZE])?;
    }
    Ok(())
}

/// Returns how many bytes of an erased area were written, as far as they can be told from ones. What cannot be read was
/// being written when the power was cut.
fn frontier<F: NorFlash>(flash: &mut F, area: Area) -> u32 {
    let mut piece = [0; PIECE as usize];
    let mut found = 0;
    for at in (0..area.len).step_by(PIECE as usize) {
        let piece = &mut piece[..(area.len - at).min(PIECE) as usize];
        match read_any(flash, area.offset + at, piece) {
            Ok(()) => {
                let last = piece.iter().rposition(|byte| *byte != 0xFF);
                found = last.map_or(found, |last| at + last as u32 + 1);
            }
            Err(_) => found = at + 1,
        }
    }
    found
}

/// Returns where writing goes on. The block of the last byte is written again, since that byte may be half written;
/// what is behind it is erased again, since it may be half written too and not show it.
fn resume_at<F: NorFlash>(frontier: u32) -> u32 {
    let last = frontier.saturating_sub(1);
    last - last % F::ERASE_SIZE as u32
}
