//! Where the fuel of a call went: a tree of calls.

use std::collections::HashMap;

/// The most nodes of a profile. Calls beyond count as a part of their callers.
const MAX_NODES: usize = 1 << 16;

/// Where the fuel of an instance's calls went, the start included: a tree of functions, each by whom it was called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Profile {
    /// The functions that were called. A caller comes before whom it calls.
    pub nodes: Vec<ProfileNode>,
    /// Fuel that no function used by itself: what the host charged for replies, and what ran before functions were told
    /// apart.
    pub host_fuel: u64,
    /// Whether there were more nodes than a profile has, 65,536: then calls are missing, and their fuel is their callers'.
    pub is_cut: bool,
}

/// A function, as it was called in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileNode {
    /// Its index in the module, imported functions included.
    pub function: u32,
    /// Who called it, by its place among the nodes. `None` if it was the host.
    pub caller: Option<usize>,
    /// How often it was called in this way.
    pub calls: u64,
    /// The fuel that it used, without that of the functions that it called.
    pub fuel: u64,
}

/// Makes a profile while a guest runs.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    profile: Profile,
    places: HashMap<(Option<usize>, u32), usize>,
    current: Option<usize>,
    /// How many calls deep it is below the current node, without nodes of their own.
    beyond: u64,
    /// The fuel that was left when it was looked at last.
    left: i64,
}

impl Recorder {
    /// The guest is entered with so much fuel.
    pub(crate) fn begin(&mut self, left: i64) {
        (self.current, self.beyond, self.left) = (None, 0, left);
    }

    /// The guest was left, however it ended.
    pub(crate) fn end(&mut self, left: i64) {
        self.charge(left);
        (self.current, self.beyond) = (None, 0);
    }

    /// A function begins.
    pub(crate) fn enter(&mut self, function: u32, left: i64) {
        self.charge(left);
        let place = (self.current, function);
        let at = match self.places.get(&place) {
            Some(at) if self.beyond == 0 => *at,
            None if self.beyond == 0 && self.profile.nodes.len() < MAX_NODES => self.add(place),
            _ => {
                self.profile.is_cut = true;
                self.beyond += 1;
                return;
            }
        };
        self.profile.nodes[at].calls += 1;
        self.current = Some(at);
    }

    /// The function that began last returns.
    pub(crate) fn leave(&mut self, left: i64) {
        self.charge(left);
        if self.beyond > 0 {
            self.beyond -= 1;
        } else {
            self.current = self.current.and_then(|at| self.profile.nodes[at].caller);
        }
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    fn add(&mut self, place: (Option<usize>, u32)) -> usize {
        let at = self.profile.nodes.len();
        let (caller, function) = place;
        self.profile.nodes.push(ProfileNode { function, caller, calls: 0, fuel: 0 });
        self.places.insert(place, at);
        at
    }

    fn charge(&mut self, left: i64) {
        let used = u64::try_from(self.left.saturating_sub(left)).unwrap_or(0);
        match self.current {
            Some(at) => self.profile.nodes[at].fuel += used,
            None => self.profile.host_fuel += used,
        }
        self.left = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuel_is_that_of_the_function_that_runs() {
        let mut recorder = Recorder::default();
        recorder.begin(1_000);
        recorder.enter(7, 990);
        recorder.enter(8, 980);
        recorder.leave(900);
        recorder.enter(8, 890);
        recorder.leave(870);
        // It traps in 7.
        recorder.end(800);
        let profile = recorder.profile();
        assert_eq!(profile.host_fuel, 10);
        let nodes: Vec<_> =
            profile.nodes.iter().map(|node| (node.function, node.caller, node.calls, node.fuel)).collect();
        assert_eq!(nodes, [(7, None, 1, 10 + 10 + 70), (8, Some(0), 2, 80 + 20)]);
    }

    #[test]
    fn calls_beyond_the_most_nodes_count_for_their_callers() {
        let mut recorder = Recorder::default();
        recorder.begin(i64::MAX);
        for function in 0..MAX_NODES as u32 + 5 {
            recorder.enter(function, i64::MAX);
        }
        for _ in 0..MAX_NODES + 5 {
            recorder.leave(i64::MAX - 1);
        }
        let profile = recorder.profile();
        assert!(profile.is_cut && profile.nodes.len() == MAX_NODES);
        assert_eq!(recorder.current, None);
    }
}
