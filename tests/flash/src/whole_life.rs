//! The history of a whole device: modules, trials, reverts, refusals, rotated keys and a delta.

use crate::blobs::{self, Blob, MODULE};
use crate::campaign::{Life, Stop};
use crate::flash::Flash;
use aingle_wasm_update::{
    Area, Device, Finished, Layout, ModuleSource, Outcome, Report, Started, State, UpdateError, Updater,
};
use std::sync::Arc;

/// What a step of the history wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The blob's module runs and is confirmed.
    Confirmed(usize),
    /// The blob's module runs on trial until it is given up.
    TrialEnded(usize),
    /// The blob's module runs on trial and fails with a code.
    TrialFailed(usize, u16),
    /// The blob is refused with a code.
    Refused(usize, u16),
    /// The blob's list of keys is in force.
    Keys(usize),
}

/// The history of a whole device, on a flash whose first part is the state and whose other parts are the slots.
#[derive(Clone, Debug)]
pub struct WholeLife {
    script: Arc<(Vec<Blob>, Vec<Goal>, [Area; 3])>,
    device: Device,
    provisioned: bool,
    /// Highest sequence whose confirmation was acknowledged.
    confirmed: u32,
    /// Sequence whose confirmation was asked for.
    asked: u32,
    /// Sequence that may be on trial.
    installing: u32,
    /// How often its trial may have begun, and how often it was started.
    installs: u32,
    starts: u32,
    /// Bytes of the transfer that were acknowledged.
    written: u32,
    key_list: u32,
    key_list_asked: u32,
    /// The report at the end of the last step, until the next step changes anything.
    report: Option<Report>,
}

type Opened<'f, const W: usize, const E: usize> = Updater<&'f mut Flash<W, E>>;

impl WholeLife {
    /// Begins the history of a new device.
    #[must_use]
    pub fn new(areas: [Area; 3], signed: bool) -> Self {
        let (blobs, goals) = script(signed);
        Self {
            script: Arc::new((blobs, goals, areas)),
            device: blobs::device(signed),
            provisioned: false,
            confirmed: 0,
            asked: 0,
            installing: 0,
            installs: 0,
            starts: 0,
            written: 0,
            key_list: 0,
            key_list_asked: 0,
            report: None,
        }
    }

    /// Opens the updater, starts a module, and compares both with what was acknowledged.
    fn restart<'f, const W: usize, const E: usize>(
        &mut self,
        flash: &'f mut Flash<W, E>,
    ) -> Result<(Opened<'f, W, E>, Option<Started>), Stop> {
        let [state, a, b] = self.script.2;
        let layout = Layout::new(flash, state, a, b).map_err(|error| Stop::Broken(error.to_string()))?;
        if !self.provisioned {
            // A cut in the middle is repaired by doing it again: nothing was acknowledged.
            let updater = ask(Updater::provision(flash, layout, self.device))?;
            self.provisioned = true;
            return Ok((updater, None));
        }
        let mut updater = ask(Updater::open(flash, layout, self.device))?;
        self.check_state(updater.state())?;
        let started = match updater.start() {
            Ok(started) => Some(started),
            Err(UpdateError::NoModule) if self.confirmed == 0 => None,
            Err(error) => return ask(Err(error)),
        };
        self.check_report(&updater)?;
        if let Some(started) = started {
            self.check_started(&mut updater, &started)?;
        }
        Ok((updater, started))
    }

    fn check_state(&mut self, state: &State) -> Result<(), Stop> {
        let high_water = state.high_water(MODULE).unwrap_or(0);
        if high_water != self.confirmed && high_water != self.asked {
            return broken(format!("sequence {high_water}, expected {} or {}", self.confirmed, self.asked));
        }
        let list = state.control.key_list;
        if list != self.key_list && list != self.key_list_asked {
            return broken(format!(
                "list of keys {list}, expected {} or {}",
                self.key_list, self.key_list_asked
            ));
        }
        if state.keys().len() != if list == 0 { 0 } else { 3 } {
            return broken(format!("{} keys of list {list}", state.keys().len()));
        }
        (self.confirmed, self.asked) = (high_water, high_water);
        (self.key_list, self.key_list_asked) = (list, list);
        Ok(())
    }

    fn check_report<const W: usize, const E: usize>(&self, updater: &Opened<'_, W, E>) -> Result<(), Stop> {
        match self.report {
            Some(report) if report != updater.report() => {
                broken(format!("report {:?}, expected {report:?}", updater.report()))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the started module is whole, and is the old one or the new one.
    fn check_started<const W: usize, const E: usize>(
        &mut self,
        updater: &mut Opened<'_, W, E>,
        started: &Started,
    ) -> Result<(), Stop> {
        let mut module = vec![0; started.module.len as usize];
        let read = updater.source(started.module).read(0, &mut module);
        if let Err(error) = read {
            return ask(Err(error.into()));
        }
        let known =
            self.script.0.iter().find(|blob| blob.sequence == started.sequence && !blob.module.is_empty());
        if known.is_none_or(|blob| blob.module != module) {
            return broken(format!("the started module {} is not whole", started.sequence));
        }
        if started.boots_left.is_none() {
            if started.sequence != self.confirmed {
                return broken(format!("started {}, expected {}", started.sequence, self.confirmed));
            }
            return Ok(());
        }
        self.starts += 1;
        if started.sequence != self.installing || started.sequence < self.confirmed {
            return broken(format!("module {} on trial, expected {}", started.sequence, self.installing));
        }
        if self.starts > self.installs * u32::from(self.device.trial_boots) {
            return broken(format!("{} starts in {} trials", self.starts, self.installs));
        }
        Ok(())
    }

    /// Sends a blob, from where the device says.
    fn send<const W: usize, const E: usize>(
        &mut self,
        updater: &mut Opened<'_, W, E>,
        blob: usize,
    ) -> Result<(), UpdateError> {
        let script = Arc::clone(&self.script);
        let blob = &script.0[blob];
        if self.installing != blob.sequence {
            (self.installing, self.installs, self.starts, self.written) = (blob.sequence, 0, 0, 0);
        }
        let len = blob.bytes.len() as u32;
        let mut next = updater.begin(&blob.bytes[..blob.header_len], len)?;
        assert!(next + 2 * E as u32 >= self.written, "{} bytes had come, {next} are left", self.written);
        while next < len {
            let end = (next + 128).min(len);
            updater.write(next, &blob.bytes[next as usize..end as usize])?;
            next = end;
            self.written = end;
        }
        self.finish(updater)
    }

    fn finish<const W: usize, const E: usize>(
        &mut self,
        updater: &mut Opened<'_, W, E>,
    ) -> Result<(), UpdateError> {
        self.written = 0;
        self.installs += 1;
        updater.finish().map(|_: Finished| ())
    }

    /// Does what leads to a goal next. Returns whether the goal is reached.
    fn advance<const W: usize, const E: usize>(
        &mut self,
        goal: Goal,
        flash: &mut Flash<W, E>,
    ) -> Result<bool, Stop> {
        let (mut updater, started) = self.restart(flash)?;
        let (Goal::Confirmed(blob)
        | Goal::TrialEnded(blob)
        | Goal::TrialFailed(blob, _)
        | Goal::Refused(blob, _)
        | Goal::Keys(blob)) = goal;
        let sequence = self.script.0[blob].sequence;
        let reported =
            |outcome, code| updater.report() == Report { outcome, code, module_id: MODULE, sequence };
        let reached = match goal {
            Goal::Confirmed(_) => self.confirmed == sequence,
            Goal::TrialEnded(_) => reported(Outcome::TrialEnded, 0),
            Goal::TrialFailed(_, code) => reported(Outcome::TrialFailed, code),
            Goal::Refused(..) => false,
            Goal::Keys(_) => self.key_list == sequence,
        };
        if reached {
            self.report = Some(updater.report());
            return Ok(true);
        }
        self.report = None;
        let on_trial = started.is_some_and(|started| started.boots_left.is_some());
        match goal {
            Goal::Confirmed(_) if on_trial => {
                self.asked = sequence;
                ask(updater.confirm())?;
                self.confirmed = sequence;
            }
            Goal::TrialEnded(_) if on_trial => {}
            Goal::TrialFailed(_, code) if on_trial => ask(updater.fail(code))?,
            Goal::Refused(_, code) => {
                let refused = self.send(&mut updater, blob);
                if !matches!(refused, Err(UpdateError::Refused(refusal)) if u16::from(refusal.code()) == code)
                {
                    return ask(refused).and_then(|()| broken(format!("taken, expected refusal {code}")));
                }
                let report = updater.report();
                if report.outcome != Outcome::Refused || report.code != code {
                    return broken(format!("report {report:?}, expected refusal {code}"));
                }
                self.report = Some(report);
                return Ok(true);
            }
            _ => {
                if let Goal::Keys(_) = goal {
                    self.key_list_asked = sequence;
                }
                let again = updater.is_received();
                ask(if again { self.finish(&mut updater) } else { self.send(&mut updater, blob) })?;
                if let Goal::Keys(_) = goal {
                    self.key_list = sequence;
                }
            }
        }
        Ok(false)
    }
}

/// Tells a cut of power from an error that must not be.
fn ask<T>(result: Result<T, UpdateError>) -> Result<T, Stop> {
    result.map_err(|error| match error {
        UpdateError::Flash(_) | UpdateError::State(_) => Stop::Failed(error.to_string()),
        _ => Stop::Broken(error.to_string()),
    })
}

fn broken<T>(what: String) -> Result<T, Stop> {
    Err(Stop::Broken(what))
}

impl<const W: usize, const E: usize> Life<W, E> for WholeLife {
    type Device = ();

    fn steps(&self) -> usize {
        self.script.1.len()
    }

    fn restarts(&self, _step: usize) -> bool {
        true
    }

    fn boot(&mut self, flash: &mut Flash<W, E>) -> Result<(), Stop> {
        let booted = self.restart(flash).map(|_| ());
        stop(booted, flash)
    }

    fn step(&mut self, step: usize, (): &mut (), flash: &mut Flash<W, E>) -> Result<(), Stop> {
        let goal = self.script.1[step];
        for _ in 0..12 {
            let reached = self.advance(goal, flash);
            if stop(reached, flash)? {
                return Ok(());
            }
        }
        broken(format!("{goal:?} is not reached"))
    }
}

/// A failed operation is a cut if the power is off, or else a fault of ours.
fn stop<T, const W: usize, const E: usize>(result: Result<T, Stop>, flash: &Flash<W, E>) -> Result<T, Stop> {
    match result {
        Err(_) if flash.is_off() => Err(Stop::PowerOff),
        Err(Stop::Failed(what)) => Err(Stop::Broken(what)),
        other => other,
    }
}

/// Returns the blobs and the goals of the deterministic history.
fn script(signed: bool) -> (Vec<Blob>, Vec<Goal>) {
    let keys = [blobs::module_key(0), blobs::module_key(1)];
    let key = |number: usize| signed.then_some(&keys[number]);
    let mut tampered = blobs::module_blob(9, 90, key(0));
    let last = tampered.bytes.len() - 50;
    tampered.bytes[last] ^= 1;
    let blobs = vec![
        blobs::module_blob(1, 10, key(0)),
        blobs::module_blob(2, 20, key(0)),
        blobs::module_blob(3, 30, key(0)),
        blobs::delta_blob(1, 4, 40, key(0)),
        blobs::key_blob(3, false),
        blobs::module_blob(5, 50, key(1)),
        blobs::key_blob(4, true),
        blobs::module_blob(1, 11, key(1)),
        blobs::module_blob(1, 70, key(0)),
        blobs::delta_blob(5, 6, 60, key(1)),
        tampered,
    ];
    let mut goals = vec![
        Goal::Confirmed(0),
        Goal::TrialEnded(1),
        Goal::TrialFailed(2, 77),
        Goal::Refused(10, PAYLOAD_HASH),
        Goal::Confirmed(3),
        Goal::Keys(4),
        Goal::Confirmed(5),
        Goal::Keys(6),
        Goal::Refused(7, ROLLBACK),
        Goal::Confirmed(9),
    ];
    if signed {
        goals.insert(8, Goal::Refused(8, REVOKED));
    }
    (blobs, goals)
}

// Codes of refusals, as `docs/MANIFEST.md` has them.
const REVOKED: u16 = 5;
const PAYLOAD_HASH: u16 = 8;
const ROLLBACK: u16 = 10;

/// Returns the three areas of a flash with blocks of `E` bytes, and how many blocks that takes.
#[must_use]
pub fn areas<const E: usize>(state_blocks: usize, slot_blocks: usize) -> ([Area; 3], usize) {
    let area = |from: usize, blocks: usize| Area { offset: (from * E) as u32, len: (blocks * E) as u32 };
    let state = area(0, state_blocks);
    let (a, b) = (area(state_blocks, slot_blocks), area(state_blocks + slot_blocks, slot_blocks));
    ([state, a, b], state_blocks + 2 * slot_blocks)
}
