//! What becomes of a rollout, decided by what the devices say. Without I/O.

use super::operator::DeviceStatus;
use crate::announcement::{BlobId, share_of};
use crate::status::Stage;
use std::fmt;
use std::string::String;
use std::vec::Vec;

/// How a rollout goes on and when it stops. Shares are thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The shares of the group that are offered the module, one after the other.
    pub steps: Vec<u16>,
    /// The share of a step's devices that must have confirmed before the next step.
    pub success_threshold: u16,
    /// The share of a step's devices that may fail. More than that pauses the rollout.
    pub error_threshold: u16,
}

impl Default for Plan {
    fn default() -> Self {
        Self { steps: [10, 100, 1_000].into(), success_threshold: 1_000, error_threshold: 0 }
    }
}

/// What is wrong with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// It has no steps.
    NoSteps,
    /// A share is more than the whole.
    Share {
        /// The share, in thousandths.
        found: u16,
    },
    /// A step is not more than the one before.
    Order {
        /// The step before.
        before: u16,
        /// The step.
        found: u16,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSteps => f.write_str("the rollout has no steps"),
            Self::Share { found } => write!(f, "a share of {found} thousandths, at most 1000 are possible"),
            Self::Order { before, found } => {
                write!(
                    f,
                    "a step of {found} thousandths behind one of {before}: each must be more than the one before"
                )
            }
        }
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// Checks the plan.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), PlanError> {
        let shares = self.steps.iter().chain([&self.success_threshold, &self.error_threshold]);
        if let Some(found) = shares.copied().find(|share| *share > 1_000) {
            return Err(PlanError::Share { found });
        }
        if self.steps.first().is_none_or(|first| *first == 0) {
            return Err(PlanError::NoSteps);
        }
        match self.steps.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(PlanError::Order { before: pair[0], found: pair[1] }),
            None => Ok(()),
        }
    }
}

/// What the devices of a step have said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Devices of the group.
    pub devices: usize,
    /// Those that are offered the module in this step.
    pub targets: usize,
    /// Those of them that run it, confirmed.
    pub confirmed: usize,
    /// Those of them that have failed.
    pub failed: Vec<String>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Wait for the devices.
    Wait,
    /// Go on with the next step.
    Advance,
    /// Pause: too many have failed.
    Pause,
    /// Nothing is left to do.
    Done,
}

impl Tally {
    /// Counts what the devices say of a blob of which `permille` of them are offered. `since` is the number of the announcement with which
    /// that began: a device that has refused an earlier one tries again.
    #[must_use]
    pub fn of<'s>(
        statuses: impl IntoIterator<Item = &'s DeviceStatus>,
        blob: &BlobId,
        permille: u16,
        since: u32,
    ) -> Self {
        let mut tally = Self::default();
        for DeviceStatus { device, status, .. } in statuses {
            tally.devices += 1;
            if share_of(device, blob) >= permille {
                continue;
            }
            tally.targets += 1;
            if status.blob != *blob {
                continue;
            }
            match status.stage {
                Stage::Confirmed => tally.confirmed += 1,
                Stage::Refused if status.number < since => {}
                stage if stage.is_failure() => tally.failed.push(device.clone()),
                _ => {}
            }
        }
        tally
    }

    /// Decides by a plan, at its step `step`.
    #[must_use]
    pub fn verdict(&self, plan: &Plan, step: usize) -> Verdict {
        let of_targets = |share: u16| self.targets * usize::from(share);
        let failed = self.failed.len();
        if failed * 1_000 > of_targets(plan.error_threshold) {
            return Verdict::Pause;
        }
        let is_last = step + 1 >= plan.steps.len();
        let settled = self.confirmed + failed == self.targets;
        let enough = self.confirmed * 1_000 >= of_targets(plan.success_threshold);
        match (settled || enough, is_last) {
            // A group without devices has nobody to say that it works.
            _ if self.devices == 0 => Verdict::Wait,
            (true, false) => Verdict::Advance,
            (true, true) if settled => Verdict::Done,
            _ => Verdict::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;
    use std::format;
    use std::string::ToString;

    const BLOB: BlobId = BlobId([7; 8]);

    fn group(stages: &[Stage]) -> Vec<DeviceStatus> {
        let device = |(number, stage): (usize, &Stage)| DeviceStatus {
            group: "g".into(),
            device: format!("d{number}"),
            status: Status { stage: *stage, blob: BLOB, ..Status::default() },
        };
        stages.iter().enumerate().map(device).collect()
    }

    fn verdict(stages: &[Stage], plan: &Plan, step: usize) -> Verdict {
        Tally::of(&group(stages), &BLOB, plan.steps[step], 0).verdict(plan, step)
    }

    #[test]
    fn a_step_waits_for_its_devices_and_then_goes_on() {
        let plan = Plan { steps: [999, 1_000].into(), ..Plan::default() };
        use Stage::{Confirmed, Fetching, Trial};
        assert_eq!(verdict(&[Confirmed, Fetching], &plan, 0), Verdict::Wait);
        assert_eq!(verdict(&[Confirmed, Trial], &plan, 0), Verdict::Wait);
        assert_eq!(verdict(&[Confirmed, Confirmed], &plan, 0), Verdict::Advance);
        assert_eq!(verdict(&[Confirmed, Confirmed], &plan, 1), Verdict::Done);
        assert_eq!(verdict(&[], &plan, 1), Verdict::Wait);
    }

    #[test]
    fn more_failures_than_the_threshold_pause() {
        use Stage::{Confirmed, GivenUp, Refused};
        let plan = Plan { steps: [1_000].into(), success_threshold: 750, error_threshold: 250 };
        assert_eq!(verdict(&[Confirmed, Confirmed, Confirmed, GivenUp], &plan, 0), Verdict::Done);
        assert_eq!(verdict(&[Confirmed, Confirmed, Refused, GivenUp], &plan, 0), Verdict::Pause);
        let strict = Plan { error_threshold: 0, ..plan };
        assert_eq!(verdict(&[Confirmed, Confirmed, Confirmed, GivenUp], &strict, 0), Verdict::Pause);
    }

    #[test]
    fn what_a_device_says_of_another_blob_counts_for_nothing() {
        let plan = Plan { steps: [1_000].into(), ..Plan::default() };
        let mut devices = group(&[Stage::Confirmed, Stage::GivenUp]);
        devices.iter_mut().for_each(|device| device.status.blob = BlobId([8; 8]));
        let tally = Tally::of(&devices, &BLOB, 1_000, 0);
        assert_eq!((tally.targets, tally.confirmed, tally.failed.len()), (2, 0, 0));
        assert_eq!(tally.verdict(&plan, 0), Verdict::Wait);
    }

    #[test]
    fn a_device_that_refused_an_earlier_announcement_tries_again() {
        let mut devices = group(&[Stage::Refused, Stage::GivenUp]);
        devices.iter_mut().for_each(|device| device.status.number = 7);
        let failed = |since| Tally::of(&devices, &BLOB, 1_000, since).failed;
        assert_eq!(failed(7), ["d0", "d1"]);
        // What was given up is fetched no more.
        assert_eq!(failed(8), ["d1"]);
    }

    #[test]
    fn plans_are_checked() {
        let check = |steps: &[u16]| Plan { steps: steps.into(), ..Plan::default() }.check();
        assert_eq!(check(&[10, 100, 1_000]), Ok(()));
        assert_eq!(check(&[]), Err(PlanError::NoSteps));
        assert_eq!(check(&[0]), Err(PlanError::NoSteps));
        assert_eq!(check(&[1_001]), Err(PlanError::Share { found: 1_001 }));
        assert_eq!(check(&[100, 100]), Err(PlanError::Order { before: 100, found: 100 }));
        assert!(PlanError::NoSteps.to_string().contains("no steps"));
    }

    #[test]
    fn a_share_has_about_its_part_of_the_devices() {
        let devices = group(&[Stage::Waiting; 1_000]);
        let targets = Tally::of(&devices, &BLOB, 100, 0).targets;
        assert!((60..=140).contains(&targets), "{targets}");
    }
}
