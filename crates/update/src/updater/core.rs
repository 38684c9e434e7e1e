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
    pub fn provision(mut flash: F, layout: Layout, device: Device) -> Result<Self, UpdateError> {
        let log = Log::format(&mut flash, layout.state(), State::default())?;
        Ok(Self { flash, layout, device, log, running: None, next: None })
    }

    /// Reads the state, and settles what a cut of power left. Call it after each restart.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFormatted`](crate::StateError::NotFormatted) if the device was never provisioned; if the flash
    /// fails.
    pub fn open(mut flash: F, layout: Layout, device: Device) -> Result<Self, UpdateError> {
        let log = Log::mount(&mut flash, layout.state())?;
        Ok(Self { flash, layout, device, log, running: None, next: None })
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
        if wanted == self.control() { Ok(()) } else { self.put(wanted) }
    }

    /// Reads what the manifest of a slot says, without a look at whether it is true.
    pub(super) fn facts(&mut self, slot: Slot) -> Result<Facts, UpdateError> {
        let Content { len, .. } = self.control().contents[slot.index()];
        let start = self.layout.slot(slot).offset;
        blob::with_manifest(&mut self.flash, start, len, |_, manifest| Ok(Facts::of(manifest)))
    }

    /// Verifies the module of a slot against the policy and its manifest.
    pub(super) fn verify(&mut self, slot: Slot) -> Result<Facts, UpdateError> {
        let content = self.control().contents[slot.index()];
        if content.len == 0 {
            return Err(UpdateError::NoModule);
        }
        let start = self.layout.slot(slot).offset;
        let (state, device) = (self.log.state(), &self.device);
        blob::with_manifest(&mut self.flash, start, content.len, |flash, manifest| {
            let facts = Facts::of(manifest);
            let high_water = blob::high_water(state, manifest);
            blob::with_policy(state, device, |policy| {
                blob::verify_placed(flash, start, policy, manifest, high_water)
            })?;
            let stored = Area { offset: start, len: facts.header_len + facts.module_len };
            if blob::crc(flash, stored)? == content.crc { Ok(facts) } else { Err(UpdateError::NoModule) }
        })
    }

    /// Gives up the module on trial.
    pub(super) fn revert(&mut self, trial: Trial, outcome: Outcome, code: u16) -> Result<(), UpdateError> {
        let (module_id, sequence) =
            self.facts(trial.slot).map_or((0, 0), |facts| (facts.module_id, facts.sequence));
        let mut control = self.control();
        control.trial = None;
        control.contents[trial.slot.index()] = Content::default();
        control.report = Report { outcome, code, module_id, sequence };
        self.put(control)
    }
}
