//! Plays a script on a scene and checks the properties after each action.

use super::Board;
use super::log::{BROKEN, Log, SUCCEEDED, TASKS, Wait, broken};
use crate::{BUDGET, Body, Executor, Kernel, Step, Task, WaitError};
use core::pin::Pin;
use std::format;
use std::string::String;
use std::vec::Vec;

/// What must be true in every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    NoLostWakeUp,
    BoundedPoll,
    NothingLeft,
    Exclusion,
    BoundedInversion,
    PriorityOrder,
    Fifo,
    NotEarly,
    Sleeps,
    NoDeadlock,
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Step,
    /// A step in which a line rises between the executor's poll of the interrupts and its wait.
    StepLate(u8),
    Raise(u8),
    Tick,
    Cancel(u8),
    /// A task asks for it: the executor cancels in its next step.
    Ask(u8),
    /// A wake-up for no reason.
    Wake(u8),
}

/// How much may happen in one script.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) start: u32,
    pub(super) ticks: usize,
    pub(super) lines: u8,
    pub(super) raises: usize,
    pub(super) cancels: usize,
    pub(super) wakes: usize,
}

/// What a scene has beside kernel and tasks.
pub(super) struct Scene<'a> {
    /// The state of its primitives.
    pub(super) state: &'a dyn Fn() -> String,
    /// Whether a waiting task could go on.
    pub(super) could_go_on: &'a dyn Fn() -> bool,
    /// Whether a primitive still knows a task.
    pub(super) knows: &'a dyn Fn(Task) -> bool,
    /// Who has what a task waits for.
    pub(super) holder: &'a dyn Fn(usize) -> Option<Task>,
}

/// A script, and what came of it.
pub(super) struct Player {
    pub(super) limits: Limits,
    pub(super) script: Vec<Action>,
    pub(super) state: String,
    pub(super) enabled: Vec<Action>,
    pub(super) broken: Option<Property>,
}

/// What the tasks of a scene do, from task 0 on.
pub(super) type Bodies<'a, const COUNT: usize> = [Pin<&'a mut (dyn Body<WaitError> + 'a)>; COUNT];

/// Returns the task of this number.
pub(super) fn task(number: usize) -> Task {
    Task::new(number as u8).unwrap()
}

impl Player {
    pub(super) fn play<'a, const COUNT: usize>(
        &mut self,
        (kernel, board, log): (&'a Kernel, &'a Board, &Log),
        bodies: Bodies<'a, COUNT>,
        scene: &Scene,
    ) {
        let executor = &mut Executor::new(kernel, board);
        for (number, body) in bodies.into_iter().enumerate() {
            executor.spawn(task(number), body).unwrap();
        }
        BROKEN.set(None);
        let mut finished = false;
        for at in 0..self.script.len() {
            match self.script[at] {
                Action::Step => finished = step((kernel, board, log), executor, scene),
                Action::StepLate(line) => {
                    board.late.set(1 << line);
                    finished = step((kernel, board, log), executor, scene);
                    board.raise(board.late.take());
                    log.raised.set(log.raised.get() | 1 << line);
                }
                Action::Raise(line) => {
                    board.raise(1 << line);
                    log.raised.set(log.raised.get() | 1 << line);
                }
                Action::Tick => board.now.set(board.now.get().wrapping_add(1)),
                Action::Cancel(number) => {
                    executor.cancel(task(number.into()));
                    ended((kernel, log), scene, task(number.into()));
                }
                Action::Ask(number) => kernel.cancel(task(number.into())),
                Action::Wake(number) => kernel.wake(task(number.into())),
            }
        }
        self.broken = BROKEN.get();
        let counts = (self.count(is_raise), self.count(is_cancel), self.count(is_wake));
        self.state = format!("{kernel:?} {board:?} {log:?} {} {counts:?}", (scene.state)());
        self.enabled = if finished { Vec::new() } else { self.enabled(kernel, board) };
    }

    fn count(&self, of: fn(&Action) -> bool) -> usize {
        self.script.iter().filter(|action| of(action)).count()
    }

    fn enabled(&self, kernel: &Kernel, board: &Board) -> Vec<Action> {
        let mut enabled = Vec::new();
        let runs = board.asleep.get().is_none_or(|deadline| board.goes_on(deadline));
        if runs {
            enabled.push(Action::Step);
        }
        if self.count(is_raise) < self.limits.raises {
            enabled.extend((0..self.limits.lines).map(Action::Raise));
            enabled.extend((0..self.limits.lines).filter(|_| runs).map(Action::StepLate));
        }
        if self.count(|action| *action == Action::Tick) < self.limits.ticks {
            enabled.push(Action::Tick);
        }
        let live = || (0..TASKS as u8).filter(|number| kernel.is_live(task((*number).into())));
        if runs && self.count(is_cancel) < self.limits.cancels {
            enabled.extend(live().map(Action::Cancel));
            enabled.extend(live().map(Action::Ask));
        }
        if runs && self.count(is_wake) < self.limits.wakes {
            enabled.extend(live().map(Action::Wake));
        }
        enabled
    }
}

fn is_raise(action: &Action) -> bool {
    matches!(action, Action::Raise(_) | Action::StepLate(_))
}

fn is_cancel(action: &Action) -> bool {
    matches!(action, Action::Cancel(_) | Action::Ask(_))
}

fn is_wake(action: &Action) -> bool {
    matches!(action, Action::Wake(_))
}

/// One step of the executor. Returns whether it has finished.
fn step<E: core::fmt::Debug>(
    (kernel, board, log): (&Kernel, &Board, &Log),
    executor: &mut Executor<'_, &Board, E>,
    scene: &Scene,
) -> bool {
    board.asleep.set(None);
    board.waits.set(0);
    SUCCEEDED.set(0);
    let helped =
        (0..TASKS).find_map(|waiter| Some((task(waiter), ready_holder(kernel, log, scene, waiter)?)));
    match executor.step() {
        Step::Finished => return true,
        Step::Slept => slept((kernel, board, log), scene),
        Step::Cancelled(task) => ended((kernel, log), scene, task),
        Step::Polled(polled) | Step::Ended(polled, _) => {
            if helped.is_some_and(|(waiter, holder)| polled > waiter && polled != holder) {
                broken(Property::BoundedInversion);
            }
            if !executor.has(polled) {
                ended((kernel, log), scene, polled);
            }
        }
    }
    if SUCCEEDED.get() > BUDGET.into() {
        broken(Property::BoundedPoll);
    }
    false
}

/// Follows the holders of mutexes from a task that waits to one that is ready.
fn ready_holder(kernel: &Kernel, log: &Log, scene: &Scene, waiter: usize) -> Option<Task> {
    let mut at = waiter;
    for _ in 0..TASKS {
        let waits = matches!(log.waits[at].get(), Wait::Mutex(_));
        let holder = (scene.holder)(at).filter(|_| waits)?;
        if kernel.is_ready(holder) {
            return Some(holder);
        }
        at = holder.index();
        if at == waiter {
            broken(Property::NoDeadlock);
        }
    }
    None
}

/// What must be true when the CPU was told to sleep.
fn slept((kernel, board, log): (&Kernel, &Board, &Log), scene: &Scene) {
    if board.waits.get() == 0 {
        broken(Property::Sleeps);
    }
    for waiter in 0..TASKS {
        ready_holder(kernel, log, scene, waiter);
    }
    let now = kernel.now();
    let left = |due: u32| due.wrapping_sub(now) as i32;
    let next = log.due.iter().filter_map(|due| due.get()).map(left).min();
    if (scene.could_go_on)() || next.is_some_and(|left| left <= 0) {
        broken(Property::NoLostWakeUp);
    }
    if let Some(deadline) = board.asleep.get() {
        match (next, deadline.map(left)) {
            (Some(next), found) if found.is_none_or(|found| found > next) => broken(Property::NoLostWakeUp),
            (next, Some(found)) if next != Some(found) => broken(Property::NothingLeft),
            _ => {}
        }
    }
    if kernel.timers.used() != log.due.iter().filter(|due| due.get().is_some()).count() {
        broken(Property::NothingLeft);
    }
    if (0..TASKS).any(|number| kernel.is_ready(task(number))) {
        broken(Property::NoLostWakeUp);
    }
}

/// What must be true of a task that has been dropped.
fn ended((kernel, log): (&Kernel, &Log), scene: &Scene, task: Task) {
    log.forget(task.index());
    if kernel.knows(task) || (scene.knows)(task) {
        broken(Property::NothingLeft);
    }
}
