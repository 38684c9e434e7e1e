//! Which module runs now: the one on trial while it has boots left, or else the confirmed one.

use super::blob::Facts;
use super::core::Updater;
use crate::area::Area;
use crate::error::UpdateError;
use crate::report::{Outcome, Report};
use crate::state::{Control, HighWater, Slot, Trial};
use embedded_storage::nor_flash::NorFlash;

/// The module to run now. It was verified from flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Started {
    /// Where it is.
    pub slot: Slot,
    /// Its id.
    pub module_id: u32,
    /// Its sequence.
    pub sequence: u32,
    /// The bytes of its manifest, in flash.
    pub header: Area,
    /// The bytes of the module, in flash.
    pub module: Area,
    /// How often it may be started again without [`Updater::confirm`]; `None` if it is confirmed.
    pub boots_left: Option<u8>,
}

impl<F: NorFlash> Updater<F> {
    /// Decides which module runs, and verifies it. A trial boot is counted in flash before this returns, so that a
    /// module which hangs or crashes is given up after its boots.
    ///
    /// # Errors
    ///
    /// [`UpdateError::NoModule`] if no module can run; the report says why. If the flash fails.
    pub fn start(&mut self) -> Result<Started, UpdateError> {
        if let Some(trial) = self.control().trial
            && let Some(started) = self.start_trial(trial)?
        {
            return Ok(started);
        }
        let Some(slot) = self.control().active else { return Err(UpdateError::NoModule) };
        match self.verify_slot(slot) {
            Ok(facts) => Ok(self.started(slot, facts, None)),
            Err(error @ (UpdateError::Flash(_) | UpdateError::State(_))) => Err(error),
            Err(error) => {
                let report = self.report_on(self.blob_of(slot), Outcome::Damaged, error.code());
                self.put_report(self.control(), report)?;
                Err(UpdateError::NoModule)
            }
        }
    }

    fn started(&self, slot: Slot, facts: Facts, boots_left: Option<u8>) -> Started {
        let start = self.layout.slot(slot).offset;
        Started {
            slot,
            module_id: facts.module_id,
            sequence: facts.sequence,
            header: Area { offset: start, len: facts.header_len },
            module: facts.module(start),
            boots_left,
        }
    }

    /// Counts a trial boot and verifies the module. Returns `None` if it was given up.
    fn start_trial(&mut self, trial: Trial) -> Result<Option<Started>, UpdateError> {
        let Some(boots_left) = trial.boots_left.checked_sub(1) else {
            self.revert(trial, Outcome::TrialEnded, 0)?;
            return Ok(None);
        };
        let slot = trial.slot;
        self.put(Control { trial: Some(Trial { slot, boots_left }), ..self.control() })?;
        match self.verify_slot(slot) {
            Ok(facts) => {
                self.running = Some(facts);
                Ok(Some(self.started(slot, facts, Some(boots_left))))
            }
            Err(error @ (UpdateError::Flash(_) | UpdateError::State(_))) => Err(error),
            Err(error) => {
                self.revert(trial, Outcome::Damaged, error.code())?;
                Ok(None)
            }
        }
    }

    /// Confirms the module on trial: from now on it is the one that runs, and none with a lower sequence is accepted.
    ///
    /// # Errors
    ///
    /// [`UpdateError::NotOnTrial`] if no module on trial was started since the restart; if the flash fails.
    pub fn confirm(&mut self) -> Result<(), UpdateError> {
        let (Some(trial), Some(facts)) = (self.control().trial, self.running) else {
            return Err(UpdateError::NotOnTrial);
        };
        let (module_id, sequence) = (facts.module_id, facts.sequence);
        let mut control = self.control();
        control.active = Some(trial.slot);
        control.trial = None;
        control.report = Report { outcome: Outcome::Confirmed, code: 0, module_id, sequence };
        self.log.put(&mut self.flash, control, Some(HighWater { module_id, sequence }))?;
        self.running = None;
        Ok(())
    }

    /// Gives up the module on trial at once. The code is the application's; the report carries it. Then restart.
    ///
    /// # Errors
    ///
    /// [`UpdateError::NotOnTrial`] if no module is on trial; if the flash fails.
    pub fn fail(&mut self, code: u16) -> Result<(), UpdateError> {
        let Some(trial) = self.control().trial else { return Err(UpdateError::NotOnTrial) };
        self.revert(trial, Outcome::TrialFailed, code)
    }
}
