//! The log: two banks of which one counts, and the rules by which the other one takes its place.
//!
//! A cut of power leaves bits that read as zero once and as one the next time. So no decision rests on a record that
//! may have been cut: before anything else happens, [`Log::mount`] writes down what it decided, in a place that no
//! earlier cut can have touched. `docs/UPDATES.md` has the argument in full.

use super::area::StateArea;
use super::bank::{Bank, Front, HEADERS, Header};
use super::control::Control;
use super::error::StateError;
use super::kept::{HighWater, State, control_record};
use embedded_storage::nor_flash::NorFlash;

/// The boot state on flash, and what was read of it.
#[derive(Debug)]
pub struct Log {
    banks: [Bank; 2],
    /// Which bank counts.
    live: usize,
    header: Header,
    /// Header cells of the live bank up to the last one that is not empty.
    touched: u16,
    next: u16,
    state: State,
    damaged: u16,
    /// Cleared while flash and memory may differ.
    usable: bool,
}

impl Log {
    /// Erases the area and writes a state, for the first boot of a device. Counters that were there are lost.
    ///
    /// # Errors
    ///
    /// If the flash fails.
    pub fn format<F: NorFlash>(flash: &mut F, area: StateArea, state: State) -> Result<Self, StateError> {
        let mut log = Self::empty(area);
        log.state = state;
        log.start(flash)?;
        Ok(log)
    }

    /// Reads the state. If a cut of power left anything unsure, writes it again first; a clean state costs no write.
    ///
    /// # Errors
    ///
    /// [`StateError::NotFormatted`] if no state is there. Otherwise if the flash fails, or if the state was damaged by
    /// something other than a cut of power.
    pub fn mount<F: NorFlash>(flash: &mut F, area: StateArea) -> Result<Self, StateError> {
        let mut log = Self::empty(area);
        log.load(flash)?;
        Ok(log)
    }

    /// Returns a log that was not read: only [`Log::load`] and [`Log::start`] make it of use.
    pub(crate) fn empty(area: StateArea) -> Self {
        let header = Header { number: 0, count: 0, digest: 0 };
        let (banks, state) = (area.banks(), State::default());
        Self { banks, live: 0, header, touched: 0, next: 0, state, damaged: 0, usable: false }
    }

    /// Writes the first bank as any other one, as if the second one had counted before.
    pub(crate) fn start<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StateError> {
        self.live = 1;
        self.banks[1].erase(flash)?;
        self.compact(flash)
    }

    #[inline(never)]
    pub(crate) fn load<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StateError> {
        let fronts = [self.banks[0].front(flash), self.banks[1].front(flash)];
        self.live = newest(&fronts)?;
        let (front, other) = (&fronts[self.live], &fronts[1 - self.live]);
        let bank = self.banks[self.live];
        self.header = front.header.ok_or(StateError::NotFormatted)?;
        self.touched = front.free;
        if !bank.snapshot(flash, &self.header, &mut self.state) {
            return Err(StateError::Damaged { offset: bank.offset });
        }
        let tail = bank.tail(flash, &self.header, &mut self.state);
        (self.next, self.damaged) = (tail.next, tail.damaged);
        let claimed = !front.sure || other.torn;
        if claimed {
            self.claim(flash, front, other)?;
        }
        // After a claim too, so that the next cuts find all header cells free.
        if claimed || tail.torn {
            self.compact(flash)?;
        }
        self.usable = true;
        Ok(())
    }

    /// Returns the state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns how many records in the middle of the log were not whole at the mount. A cut of power makes none.
    #[must_use]
    pub fn damaged(&self) -> u16 {
        self.damaged
    }

    /// Writes the control part, and raises the sequence of a module with it: both or neither.
    ///
    /// # Errors
    ///
    /// [`StateError::Full`] if the module has no place. Otherwise if the flash fails: then only a new mount tells
    /// which of the two states is there.
    pub fn put<F: NorFlash>(
        &mut self,
        flash: &mut F,
        control: Control,
        raise: Option<HighWater>,
    ) -> Result<(), StateError> {
        if let Some(raise) = raise.filter(|raise| !self.state.has_place_for(raise.module_id)) {
            return Err(StateError::Full {
                module_id: raise.module_id,
                limit: super::kept::MAX_MODULES as u16,
            });
        }
        let record = control_record(&control, raise);
        self.check_usable()?;
        self.usable = false;
        let room = self.next < self.banks[self.live].cells::<F>();
        let appended = room && self.banks[self.live].append(flash, self.next, &record).is_ok();
        self.state.apply(&record);
        if !appended {
            return self.compact(flash);
        }
        self.next += 1;
        self.usable = true;
        Ok(())
    }

    /// Changes any part of the state at once: all of it or none.
    ///
    /// # Errors
    ///
    /// If the flash fails: then only a new mount tells which of the two states is there.
    pub fn rewrite<F: NorFlash>(
        &mut self,
        flash: &mut F,
        change: impl FnOnce(&mut State),
    ) -> Result<(), StateError> {
        self.check_usable()?;
        change(&mut self.state);
        self.compact(flash)
    }

    fn check_usable(&self) -> Result<(), StateError> {
        if self.usable { Ok(()) } else { Err(StateError::Unsettled) }
    }

    /// Writes the state to the other bank, which then counts.
    #[inline(never)]
    fn compact<F: NorFlash>(&mut self, flash: &mut F) -> Result<(), StateError> {
        self.usable = false;
        let other = 1 - self.live;
        let number = raised(self.header.number, 3 * u32::from(self.touched))?;
        self.banks[other].erase(flash)?;
        self.header = self.banks[other].fill(flash, number, &self.state)?;
        self.live = other;
        self.touched = 1;
        self.next = HEADERS + self.header.count;
        self.usable = true;
        Ok(())
    }

    /// Writes a header to the live bank that no header of the other one can outdo, then erases the other one.
    fn claim<F: NorFlash>(&mut self, flash: &mut F, front: &Front, other: &Front) -> Result<(), StateError> {
        let (bank, rest) = (self.banks[self.live], self.banks[1 - self.live]);
        // A mark that was cut may be seen or not. This one is always seen, or its place refuses to be written.
        let _ = rest.mark(flash, other.free);
        let highest = other.header.map_or(0, |header| header.number).max(self.header.number);
        // The place decides how far the number is raised: it has to be behind all cells that were begun in both banks.
        let first = front.free.max((other.free + 1).min(HEADERS - 1));
        for place in first..HEADERS {
            self.header.number = raised(highest, 3 * u32::from(place) + 2)?;
            self.touched = place + 1;
            // A place that was begun without a trace may refuse to be written.
            if bank.claim(flash, place, &self.header).is_ok() {
                break;
            }
        }
        Ok(rest.erase(flash)?)
    }
}

/// Returns a number above all that header cells can hold, also those that do not read as headers at present.
///
/// A claim at place `p` is raised by 4 x 8^p over what is visible, and a compaction from a bank with `f` cells begun by
/// 8^f. What is hidden from a claim are claims at lower places of both banks and one compaction: less than 8^p x 8 / 7
/// and 8^p. What is hidden from a compaction are claims of its own bank: less than 8^f x 4 / 7.
fn raised(highest: u64, bits: u32) -> Result<u64, StateError> {
    highest.checked_add(1 << bits).ok_or(StateError::Exhausted { number: highest })
}

/// Returns which bank has the highest number.
fn newest(fronts: &[Front; 2]) -> Result<usize, StateError> {
    match (fronts[0].header, fronts[1].header) {
        (None, None) => {
            Err(fronts[0].failed.or(fronts[1].failed).map_or(StateError::NotFormatted, StateError::Flash))
        }
        (first, second) => {
            Ok(usize::from(second.map_or(0, |it| it.number) > first.map_or(0, |it| it.number)))
        }
    }
}
