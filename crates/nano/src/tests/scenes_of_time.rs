//! Scenes of timers and interrupts.

use super::log::{Log, Wait, broken};
use super::player::{Property, Scene};
use super::{Board, Player};
use crate::{Kernel, Mailbox, WaitError};
use core::pin::pin;
use std::format;

type Ended = Result<(), WaitError>;

/// A task sleeps twice. One waits for an interrupt and posts. One waits for the post.
pub(super) fn timers(board: &Board, log: &Log, player: &mut Player) {
    let (kernel, posts) = (Kernel::new(), Mailbox::new());
    let mut first = pin!(Some(async {
        for ticks in [2, 1] {
            let due = kernel.now().wrapping_add(ticks);
            log.due[0].set(Some(due));
            log.wait(0, Wait::Time, kernel.sleep(ticks)).await?;
            log.due[0].set(None);
            if kernel.now().wrapping_sub(due) >= 1 << 31 {
                broken(Property::NotEarly);
            }
        }
        Ended::Ok(())
    }));
    let mut second = pin!(Some(async {
        for message in 0..2 {
            let lines = kernel.interrupts().any(&kernel, 1);
            log.timed(1, Wait::Any(1), (&kernel, 1), lines).await.transpose()?;
            posts.post(&kernel, message);
        }
        Ended::Ok(())
    }));
    let mut third = pin!(Some(async {
        log.timed(2, Wait::Message, (&kernel, 3), posts.receive(&kernel)).await.transpose()?;
        log.wait(2, Wait::Message, posts.receive(&kernel)).await?;
        Ended::Ok(())
    }));
    let scene = Scene {
        state: &|| format!("{posts:?}"),
        could_go_on: &|| posts.is_full() && log.waiting(Wait::Message),
        knows: &|task| posts.messages.is_waiting(task),
        holder: &|_| None,
    };
    player.play((&kernel, board, log), [first.as_mut(), second.as_mut(), third.as_mut()], &scene);
}

/// A task takes a line three times and is busy between. One wants two lines at once, and ends with an error.
pub(super) fn interrupts(board: &Board, log: &Log, player: &mut Player) {
    let kernel = Kernel::new();
    let taken = |lines: u32| {
        if log.raised.get() & lines != lines {
            broken(Property::NotEarly);
        }
        log.raised.set(log.raised.get() & !lines);
    };
    let mut first = pin!(Some(async {
        for _ in 0..3 {
            taken(log.wait(0, Wait::Any(1), kernel.interrupts().any(&kernel, 1)).await?);
            log.wait(0, Wait::None, kernel.yield_now()).await;
        }
        Ended::Ok(())
    }));
    let mut second = pin!(Some(async {
        taken(log.wait(1, Wait::All(6), kernel.interrupts().all(&kernel, 6)).await?);
        Ended::Err(WaitError::Outside)
    }));
    // What the board has pending ends its sleep. What was pending before has to have woken its task.
    let come = || log.raised.get() & !board.pending.get();
    let scene = Scene {
        state: &|| format!("{:?}", kernel.interrupts().flags()),
        could_go_on: &|| {
            come() & 1 != 0 && log.waiting(Wait::Any(1)) || come() & 6 == 6 && log.waiting(Wait::All(6))
        },
        knows: &|_| false,
        holder: &|_| None,
    };
    player.play((&kernel, board, log), [first.as_mut(), second.as_mut()], &scene);
}
