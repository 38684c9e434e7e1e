//! The updater: flash, layout, boot state, and what the firmware decided.

use super::blob::{self, Facts};
use crate::area::Area;
use crate::device::Device;
use crate::error::UpdateError;
use crate::layout::Layout;
use crate::report::{Outcome, Report};
use crate::source::FlashSource;
use crate::state::{Content, Control, Log, Slot, State, Trial};
use embedded_storage::nor_flash::NorFlash;

/// Receives modules, and decides which one runs.
///
/// It owns the flash, or has it as `&mut F`. Errors of the flash and cuts of power leave it in a state that
/// [`Updater::open`] recovers from.
#[derive(Debug)]
pub struct Updater<F> {
    pub(super) flash: F,
    pub(super) layout: Layout,
    pub(super) device: Device,
    pub(super) log: Log,
    /// The module on trial that was started since the restart.
    pub(super) running: Option<Facts>,
    /// The next byte of the transfer, once [`Updater::begin`] has found it.
    pub(super) next: Option<u32>,
}

impl<F: NorFlash> Updater<F> {
    /// Erases and writes the state area: once, where the device is made. Counters that were there are lost.
    ///
    /// # Errors
    ///
    /// If the flash fails.
    pub fn provision(flash: F, layout: Layout, device: Device) -> Result<Self, UpdateError> {
        let mut updater = Self::new(flash, layout, device);
        updater.log.start(&mut updater.flash)?;
        Ok(updater)
    }

    /// Reads the state, and settles what a cut of power left. Call it after each restart.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFormatted`](crate::StateError::NotFormatted) if the device was never provisioned; if the flash
    /// fails.
    pub fn open(flash: F, layout: Layout, device: Device) -> Result<Self, UpdateError> {
        let mut updater = Self::new(flash, layout, device);
        updater.log.load(&mut updater.flash)?;
        Ok(updater)
    }

    fn new(flash: F, layout: Layout, device: Device) -> Self {
        let log = Log::empty(layout.state());
        Self { flash, layout, device, log, running: None, next: None }
    }

    /// Returns the boot state.
    #[must_use]
    pub fn state(&self) -> &State {
        self.log.state()
    }

    /// Returns the last thing that happened to an update. It survives restarts.
    #[must_use]
    pub fn report(&self) -> Report {
        self.control().report
    }

    /// Returns the flash. The updater is not needed to read a module.
    pub fn into_flash(self) -> F {
        self.flash
    }

    /// Returns a source of an area of the flash, such as [`Started::module`](crate::Started).
    pub fn source(&mut self, area: Area) -> FlashSource<'_, F> {
        FlashSource::new(&mut self.flash, area)
    }

    pub(super) fn control(&self) -> Control {
        self.log.state().control
    }

    pub(super) fn put(&mut self, control: Control) -> Result<(), UpdateError> {
        Ok(self.log.put(&mut self.flash, control, None)?)
    }

    /// Writes a report, unless it is there already: offers that are refused again and again wear no flash.
    pub(super) fn put_report(&mut self, control: Control, report: Report) -> Result<(), UpdateError> {
        let wanted = Control { report, ..control };
        if wanted.encode() == self.control().encode() { Ok(()) } else { self.put(wanted) }
    }

    /// Returns where the blob of a slot begins, and the length that its manifest is read with.
    pub(super) fn blob_of(&self, slot: Slot) -> Area {
        let Content { len, .. } = self.control().contents[slot.index()];
        Area { offset: self.layout.slot(slot).offset, len }
    }

    /// Reads what the manifest of a blob says, without a look at whether it is true.
    #[inline(never)]
    pub(super) fn facts(&mut self, blob: Area) -> Result<Facts, UpdateError> {
        let mut header = blob::HEADER;
        Ok(Facts::of(&blob::manifest(&mut self.flash, blob, &mut header)?))
    }

    /// Verifies a blob against the policy and its manifest: as it was sent, or as `made` by a delta.
    #[inline(never)]
    pub(super) fn verify(&mut self, blob: Area, made: bool) -> Result<Facts, UpdateError> {
        let mut header = blob::HEADER;
        let state = self.log.state();
        let policy = (self.device.policy)(self.device.accepted(state));
        let admitted = {
            // In a scope of its own, so that its memory is used again below.
            let manifest = blob::manifest(&mut self.flash, blob, &mut header)?;
            policy.check(&manifest, blob::high_water(state, &manifest))?
        };
        blob::verify(&mut self.flash, blob.offset, &policy, &admitted, made)?;
        Ok(Facts::of(admitted.manifest()))
    }

    /// Verifies the module of a slot.
    pub(super) fn verify_slot(&mut self, slot: Slot) -> Result<Facts, UpdateError> {
        let Content { len, crc } = self.control().contents[slot.index()];
        if len == 0 {
            return Err(UpdateError::NoModule);
        }
        let blob = self.blob_of(slot);
        let facts = self.verify(blob, true)?;
        let found = blob::crc(&mut self.flash, facts.stored(blob.offset))?;
        if found == crc { Ok(facts) } else { Err(UpdateError::NoModule) }
    }

    /// Returns a report on a blob, with what its manifest says if that can be read.
    pub(super) fn report_on(&mut self, blob: Area, outcome: Outcome, code: u16) -> Report {
        let (module_id, sequence) =
            self.facts(blob).map_or((0, 0), |facts| (facts.module_id, facts.sequence));
        Report { outcome, code, module_id, sequence }
    }

    /// Gives up the module on trial.
    #[inline(never)]
    pub(super) fn revert(&mut self, trial: Trial, outcome: Outcome, code: u16) -> Result<(), UpdateError> {
        let report = self.report_on(self.blob_of(trial.slot), outcome, code);
        self.running = None;
        let mut control = self.control();
        control.trial = None;
        control.contents[trial.slot.index()] = Content::default();
        control.report = report;
        self.put(control)
    }
}
