//! The explorations, and one for each mistake: every property fails when its line of code is broken.

use super::explorer::Build;
use super::{Limits, Property, explore, scenes, scenes_of_time};
use crate::mutation::{self, Mutation};
use std::println;

const LIMITS: Limits = Limits { start: 0, ticks: 3, lines: 1, raises: 3, cancels: 1, wakes: 1 };
const SCENES: [(&str, Build, Limits); 7] = [
    ("semaphore", scenes::semaphore, LIMITS),
    ("many permits", scenes::many_permits, Limits { ticks: 0, ..LIMITS }),
    ("mutexes", scenes::mutexes, Limits { ticks: 1, lines: 4, wakes: 0, ..LIMITS }),
    ("crossed mutexes", scenes::crossed, Limits { lines: 2, ..LIMITS }),
    ("queue", scenes::queue, LIMITS),
    ("timers", scenes_of_time::timers, Limits { start: u32::MAX - 1, ticks: 4, raises: 2, ..LIMITS }),
    ("interrupts", scenes_of_time::interrupts, Limits { ticks: 0, lines: 3, raises: 5, ..LIMITS }),
];

/// Each mistake, the scene that shows it, and the property that it breaks.
const MUTATIONS: [(Mutation, &str, Property); 15] = [
    (Mutation::KeepWake, "semaphore", Property::NoLostWakeUp),
    (Mutation::NoBudget, "many permits", Property::BoundedPoll),
    (Mutation::LeaveWaiter, "queue", Property::NothingLeft),
    (Mutation::LeaveTimer, "timers", Property::NothingLeft),
    (Mutation::KeepReady, "semaphore", Property::NothingLeft),
    (Mutation::KeepEnded, "interrupts", Property::NothingLeft),
    (Mutation::LockTaken, "mutexes", Property::Exclusion),
    (Mutation::NoInheritance, "mutexes", Property::BoundedInversion),
    (Mutation::Overtake, "semaphore", Property::PriorityOrder),
    (Mutation::NewestFirst, "queue", Property::Fifo),
    (Mutation::EarlyTimer, "timers", Property::NotEarly),
    (Mutation::NoDeadline, "timers", Property::NoLostWakeUp),
    (Mutation::NeverSleep, "queue", Property::Sleeps),
    (Mutation::ReplaceLines, "interrupts", Property::NoLostWakeUp),
    (Mutation::NoCycle, "crossed mutexes", Property::NoDeadlock),
];

fn explore_all(more: usize) {
    let (mut states, mut transitions) = (0, 0);
    for (name, build, limits) in SCENES {
        let report =
            explore(build, Limits { cancels: limits.cancels + more, raises: limits.raises + more, ..limits });
        println!("{name}: {} states, {} transitions", report.states, report.transitions);
        assert_eq!(report.broken, None, "{name}");
        states += report.states;
        transitions += report.transitions;
    }
    println!("all: {states} states, {transitions} transitions");
}

#[test]
fn every_property_is_true_in_every_state() {
    explore_all(0);
}

#[test]
#[ignore = "takes minutes"]
fn every_property_is_true_in_every_state_with_more_cancellations_and_interrupts() {
    explore_all(1);
}

#[test]
fn every_property_fails_when_its_line_is_broken() {
    for (broken, scene, property) in MUTATIONS {
        let (_, build, limits) = SCENES.into_iter().find(|(name, ..)| *name == scene).unwrap();
        mutation::set(Some(broken));
        let report = explore(build, limits);
        mutation::set(None);
        let (found, script) = report.broken.unwrap_or_else(|| panic!("{broken:?} was not found"));
        println!("{broken:?}: {found:?} after {} states: {script:?}", report.states);
        assert_eq!(found, property, "{broken:?}: {script:?}");
    }
}
