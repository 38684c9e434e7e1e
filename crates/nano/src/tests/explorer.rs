//! The explorer: breadth first, so that the script that it reports is a shortest one.

use super::{Action, Board, Limits, Log, Player, Property};
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::string::String;
use std::vec;
use std::vec::Vec;

/// What an exploration found.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) states: usize,
    pub(super) transitions: usize,
    pub(super) broken: Option<(Property, Vec<Action>)>,
}

/// Builds a scene, and has the player play on it.
pub(super) type Build = fn(&Board, &Log, &mut Player);

fn play(build: Build, limits: Limits, script: Vec<Action>) -> Player {
    let (board, log) = (Board::default(), Log::default());
    board.now.set(limits.start);
    let mut player = Player { limits, script, state: String::new(), enabled: vec![], broken: None };
    build(&board, &log, &mut player);
    player
}

/// Plays every script, up to states that were seen before. Stops at the first broken property.
pub(super) fn explore(build: Build, limits: Limits) -> Report {
    let mut report = Report { states: 0, transitions: 0, broken: None };
    let mut seen = HashSet::new();
    let mut scripts = VecDeque::from([vec![]]);
    while let Some(script) = scripts.pop_front() {
        let player = play(build, limits, script);
        report.transitions += 1;
        if let Some(property) = player.broken {
            report.broken = Some((property, player.script));
            return report;
        }
        let mut hasher = DefaultHasher::new();
        player.state.hash(&mut hasher);
        if !seen.insert(hasher.finish()) {
            continue;
        }
        report.states += 1;
        scripts.extend(player.enabled.iter().map(|action| [&player.script[..], &[*action]].concat()));
    }
    report
}
