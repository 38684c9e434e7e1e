//! Scenes of semaphore, mutex and queue.

use super::log::{Log, Wait, broken};
use super::player::{Bodies, Property, Scene};
use super::{Board, Player};
use crate::{Kernel, Mutex, Queue, Semaphore, WaitError};
use core::cell::{Cell, RefCell};
use core::pin::pin;
use std::collections::VecDeque;
use std::format;
use std::string::String;

type Ended = Result<(), WaitError>;

/// Two tasks wait for permits, one of them for a limited time. A third releases one at each interrupt, and wants one itself.
pub(super) fn semaphore(board: &Board, log: &Log, player: &mut Player) {
    let (kernel, permits) = (Kernel::new(), Semaphore::new(0));
    let mut first = pin!(Some(async {
        log.timed(0, Wait::Permit, (&kernel, 2), permits.acquire(&kernel)).await.transpose()?;
        Ended::Ok(())
    }));
    let mut second = pin!(Some(async { log.wait(1, Wait::Permit, permits.acquire(&kernel)).await }));
    let mut third = pin!(Some(async {
        for _ in 0..2 {
            let lines = log.wait(2, Wait::Any(1), kernel.interrupts().any(&kernel, 1)).await?;
            log.raised.set(log.raised.get() & !lines);
            permits.release(&kernel);
        }
        log.wait(2, Wait::Permit, permits.acquire(&kernel)).await?;
        if log.waiting(Wait::Permit) {
            broken(Property::PriorityOrder);
        }
        Ok(())
    }));
    let scene = Scene {
        state: &|| format!("{permits:?}"),
        could_go_on: &|| permits.permits() > 0 && log.waiting(Wait::Permit),
        knows: &|task| permits.permits.is_waiting(task),
        holder: &|_| None,
    };
    player.play((&kernel, board, log), [first.as_mut(), second.as_mut(), third.as_mut()], &scene);
}

/// One permit after the other is free: nothing ends a poll but its budget.
pub(super) fn many_permits(board: &Board, log: &Log, player: &mut Player) {
    let (kernel, permits) = (Kernel::new(), Semaphore::new(30));
    let greedy = async |number| {
        for _ in 0..15 {
            log.wait(number, Wait::Permit, permits.acquire(&kernel)).await?;
        }
        Ended::Ok(())
    };
    let mut first = pin!(Some(greedy(0)));
    let mut second = pin!(Some(greedy(1)));
    let scene = Scene {
        state: &|| format!("{permits:?}"),
        could_go_on: &|| permits.permits() > 0 && log.waiting(Wait::Permit),
        knows: &|task| permits.permits.is_waiting(task),
        holder: &|_| None,
    };
    player.play((&kernel, board, log), [first.as_mut(), second.as_mut()], &scene);
}

/// Counts who is inside.
struct Inside<'a>(&'a Cell<u8>);

impl<'a> Inside<'a> {
    fn enter(count: &'a Cell<u8>) -> Self {
        count.set(count.get() + 1);
        if count.get() > 1 {
            broken(Property::Exclusion);
        }
        Self(count)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Plays a scene of two mutexes.
fn play_mutexes<'a, const COUNT: usize>(
    player: &mut Player,
    (kernel, board, log): (&'a Kernel, &'a Board, &Log),
    bodies: Bodies<'a, COUNT>,
    mutexes: [&Mutex; 2],
    state: &dyn Fn() -> String,
) {
    let scene = Scene {
        state,
        could_go_on: &|| {
            (0..2).any(|of| mutexes[of].holder().is_none() && log.waiting(Wait::Mutex(of as u8)))
        },
        knows: &|task| {
            mutexes.iter().any(|mutex| mutex.holder() == Some(task) || mutex.waiters.get().contains(task))
        },
        holder: &|of| match log.waits[of].get() {
            Wait::Mutex(of) => mutexes[usize::from(of)].holder(),
            _ => None,
        },
    };
    player.play((kernel, board, log), bodies, &scene);
}

/// Task 0 wants the mutex of task 2, which wants the mutex of task 3. Task 1 wants none and runs on.
pub(super) fn mutexes(board: &Board, log: &Log, player: &mut Player) {
    let (kernel, [outer, inner]) = (Kernel::new(), [Mutex::new(), Mutex::new()]);
    let (in_outer, in_inner) = (Cell::new(0), Cell::new(0));
    let mut first = pin!(Some(async {
        log.wait(0, Wait::Any(1), kernel.interrupts().any(&kernel, 1)).await?;
        let locked = log.timed(0, Wait::Mutex(0), (&kernel, 1), outer.lock(&kernel)).await.transpose()?;
        let _inside = locked.is_some().then(|| Inside::enter(&in_outer));
        Ended::Ok(())
    }));
    let mut second = pin!(Some(async {
        log.wait(1, Wait::Any(2), kernel.interrupts().any(&kernel, 2)).await?;
        for _ in 0..2 {
            log.wait(1, Wait::None, kernel.yield_now()).await;
        }
        Ended::Ok(())
    }));
    let mut third = pin!(Some(async {
        let _outer = log.wait(2, Wait::Mutex(0), outer.lock(&kernel)).await?;
        let _inside = Inside::enter(&in_outer);
        log.wait(2, Wait::Any(4), kernel.interrupts().any(&kernel, 4)).await?;
        let _inner = log.wait(2, Wait::Mutex(1), inner.lock(&kernel)).await?;
        let _inside = Inside::enter(&in_inner);
        Ended::Ok(())
    }));
    let mut fourth = pin!(Some(async {
        let _inner = log.wait(3, Wait::Mutex(1), inner.lock(&kernel)).await?;
        let _inside = Inside::enter(&in_inner);
        log.wait(3, Wait::Any(8), kernel.interrupts().any(&kernel, 8)).await?;
        log.wait(3, Wait::None, kernel.yield_now()).await;
        Ended::Ok(())
    }));
    let state = || format!("{outer:?} {inner:?} {in_outer:?} {in_inner:?}");
    play_mutexes(
        player,
        (&kernel, board, log),
        [first.as_mut(), second.as_mut(), third.as_mut(), fourth.as_mut()],
        [&outer, &inner],
        &state,
    );
}

/// Each of two tasks wants the mutex of the other one.
pub(super) fn crossed(board: &Board, log: &Log, player: &mut Player) {
    let (kernel, [left, right]) = (Kernel::new(), [Mutex::new(), Mutex::new()]);
    let mut first = pin!(Some(async {
        let _left = log.wait(0, Wait::Mutex(0), left.lock(&kernel)).await?;
        log.wait(0, Wait::Any(1), kernel.interrupts().any(&kernel, 1)).await?;
        let _right = log.wait(0, Wait::Mutex(1), right.lock(&kernel)).await?;
        Ended::Ok(())
    }));
    let mut second = pin!(Some(async {
        let _right = log.wait(1, Wait::Mutex(1), right.lock(&kernel)).await?;
        log.wait(1, Wait::Any(2), kernel.interrupts().any(&kernel, 2)).await?;
        let _left = log.wait(1, Wait::Mutex(0), left.lock(&kernel)).await?;
        Ended::Ok(())
    }));
    let state = || format!("{left:?} {right:?}");
    play_mutexes(player, (&kernel, board, log), [first.as_mut(), second.as_mut()], [&left, &right], &state);
}

/// Two senders, one of which waits for a limited time, and a receiver that takes a message and waits for an interrupt.
pub(super) fn queue(board: &Board, log: &Log, player: &mut Player) {
    let (kernel, queue) = (Kernel::new(), Queue::<u8, 2>::new());
    let order = RefCell::new(VecDeque::new());
    let mut first = pin!(Some(async {
        for _ in 0..3 {
            let message = log.wait(0, Wait::Message, queue.receive(&kernel)).await?;
            if order.borrow_mut().pop_front() != Some(message) {
                broken(Property::Fifo);
            }
            log.wait(0, Wait::Any(1), kernel.interrupts().any(&kernel, 1)).await?;
        }
        Ended::Ok(())
    }));
    let mut second = pin!(Some(async {
        for message in 1..4 {
            log.wait(1, Wait::Place, queue.send(&kernel, message)).await?;
            order.borrow_mut().push_back(message);
        }
        Ended::Ok(())
    }));
    let mut third = pin!(Some(async {
        for message in 4..6 {
            let sent = log.timed(2, Wait::Place, (&kernel, 1), queue.send(&kernel, message)).await;
            if sent.transpose()?.is_some() {
                order.borrow_mut().push_back(message);
            }
        }
        Ended::Ok(())
    }));
    let scene = Scene {
        state: &|| format!("{queue:?} {order:?}"),
        could_go_on: &|| {
            let message = !queue.is_empty() && log.waiting(Wait::Message);
            message || queue.len() < 2 && log.waiting(Wait::Place)
        },
        knows: &|task| queue.messages.is_waiting(task) || queue.places.is_waiting(task),
        holder: &|_| None,
    };
    player.play((&kernel, board, log), [first.as_mut(), second.as_mut(), third.as_mut()], &scene);
}
