//! The history of the boot state: puts, raised counters, rotated keys and the compactions between them.

use crate::campaign::{Life, Stop};
use crate::flash::Flash;
use aingle_wasm_manifest::{Key, Role};
use aingle_wasm_update::{
    Area, Content, Control, HighWater, Log, Outcome, Phase, Report, Slot, State, StateArea, StateError,
    Transfer, Trial,
};

/// One change of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new control part, with a raised sequence or without.
    Put(Control, Option<HighWater>),
    /// A new list of keys.
    Keys(u8),
}

/// The history of the boot state.
#[derive(Clone, Debug)]
pub struct BootState {
    area: Area,
    changes: Vec<Change>,
    /// What the device acknowledged, if it is formatted.
    acknowledged: Option<State>,
    /// What it may hold too, since it was asked for.
    asked: Option<State>,
    /// How often the device was started. A change that is tried again is another one.
    boots: u16,
}

impl BootState {
    /// Begins the history of a new device.
    #[must_use]
    pub fn new(area: Area, changes: Vec<Change>) -> Self {
        Self { area, changes, acknowledged: None, asked: None, boots: 0 }
    }

    fn area<const W: usize, const E: usize>(&self, flash: &Flash<W, E>) -> Result<StateArea, Stop> {
        StateArea::new(flash, self.area).map_err(|error| Stop::Broken(error.to_string()))
    }

    /// Asks for a state. The answer decides whether it is acknowledged.
    fn ask<T>(&mut self, wanted: State, off: bool, result: Result<T, StateError>) -> Result<T, Stop> {
        self.asked = Some(wanted);
        match result {
            Ok(answer) => {
                self.acknowledged = Some(wanted);
                self.asked = None;
                Ok(answer)
            }
            Err(_) if off => Err(Stop::PowerOff),
            Err(error) => Err(Stop::Broken(error.to_string())),
        }
    }
}

impl<const W: usize, const E: usize> Life<W, E> for BootState {
    type Device = Log;

    fn steps(&self) -> usize {
        self.changes.len()
    }

    fn restarts(&self, step: usize) -> bool {
        step.is_multiple_of(5)
    }

    fn boot(&mut self, flash: &mut Flash<W, E>) -> Result<Log, Stop> {
        let area = self.area(flash)?;
        self.boots += 1;
        let mounted = Log::mount(flash, area);
        if flash.is_off() {
            return Err(Stop::PowerOff);
        }
        match mounted {
            Ok(log) => {
                let found = *log.state();
                if self.acknowledged != Some(found) && self.asked != Some(found) {
                    let lost = format!(
                        "lost: expected {:?} or {:?}, found {found:?}",
                        self.acknowledged, self.asked
                    );
                    return Err(Stop::Broken(lost));
                }
                if log.damaged() > 0 {
                    return Err(Stop::Broken(format!("{} damaged records", log.damaged())));
                }
                self.acknowledged = Some(found);
                self.asked = None;
                Ok(log)
            }
            Err(error) if self.acknowledged.is_some() => Err(Stop::Broken(error.to_string())),
            Err(_) => {
                let made = Log::format(flash, area, State::default());
                self.ask(State::default(), flash.is_off(), made)
            }
        }
    }

    fn step(&mut self, step: usize, log: &mut Log, flash: &mut Flash<W, E>) -> Result<(), Stop> {
        let mut wanted = *log.state();
        let result = match self.changes[step] {
            Change::Put(mut control, raise) => {
                control.report.code ^= self.boots << 8;
                wanted.control = control;
                if let Some(raise) = raise {
                    wanted.raise(raise);
                }
                log.put(flash, control, raise)
            }
            Change::Keys(seed) => {
                wanted.set_keys(keys(seed));
                log.rewrite(flash, |state| state.set_keys(keys(seed)))
            }
        };
        let off = flash.is_off();
        self.ask(wanted, off, result)?;
        if *log.state() == wanted {
            Ok(())
        } else {
            Err(Stop::Broken("the state in memory differs".to_owned()))
        }
    }
}

/// Returns a list of keys.
fn keys(seed: u8) -> impl Iterator<Item = Key> {
    (0..seed % 8).map(move |index| {
        let role = if index % 2 == 0 { Role::Module } else { Role::Root };
        Key::new([seed.wrapping_mul(31).wrapping_add(index); 32], role, index == 1)
    })
}

/// Returns the changes of the deterministic history: every field changes, and both banks are filled several times.
#[must_use]
pub fn changes(count: u32) -> Vec<Change> {
    (0..count).map(change).collect()
}

fn change(number: u32) -> Change {
    if number % 11 == 7 {
        return Change::Keys(number as u8);
    }
    let slot = if number.is_multiple_of(2) { Slot::A } else { Slot::B };
    let phases = [Phase::Begun, Phase::Erased, Phase::Received];
    let control = Control {
        active: (number > 3).then_some(slot),
        trial: number
            .is_multiple_of(3)
            .then_some(Trial { slot: slot.other(), boots_left: (number % 7) as u8 }),
        transfer: (number % 4 == 1).then_some(Transfer {
            slot,
            phase: phases[number as usize % 3],
            id: number.wrapping_mul(0x0101_0101),
            header_len: number as u16,
            len: number * 100,
            at_end: number.is_multiple_of(8),
        }),
        contents: [Content { len: number, crc: !number }, Content::default()],
        report: Report { outcome: Outcome::Confirmed, code: number as u16, module_id: 1, sequence: number },
        key_list: number / 11,
    };
    let raise = HighWater { module_id: number % 9, sequence: number };
    Change::Put(control, number.is_multiple_of(2).then_some(raise))
}
