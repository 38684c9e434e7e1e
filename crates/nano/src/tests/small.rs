//! What needs no exploration.

use super::Board;
use super::player::task;
use crate::{Events, Executor, Kernel, Mailbox, Mutex, Queue, Semaphore, SpawnError, Step, Task, WaitError};
use core::cell::Cell;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::boxed::Box;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_wait_outside_of_a_task_is_an_error() {
    let (kernel, permits) = (Kernel::new(), Semaphore::new(1));
    assert_eq!(poll(pin!(permits.acquire(&kernel))), Poll::Ready(Err(WaitError::Outside)));
    assert_eq!(poll(pin!(kernel.sleep(1))), Poll::Ready(Err(WaitError::Outside)));
    assert_eq!(permits.permits(), 1);
}

#[test]
fn a_task_waits_for_one_thing_with_one_future() {
    let (kernel, board, permits) = (Kernel::new(), Board::default(), Semaphore::new(0));
    let mut both = pin!(Some(async {
        let (mut first, second) = (pin!(permits.acquire(&kernel)), pin!(permits.acquire(&kernel)));
        assert_eq!(poll(first.as_mut()), Poll::Pending);
        let result = second.await;
        assert_eq!(poll(first), Poll::Pending);
        result
    }));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(0), both.as_mut()).unwrap();
    assert_eq!(executor.step(), Step::Ended(task(0), Err(WaitError::Twice { task: task(0) })));
    assert!(!permits.permits.is_waiting(task(0)));
}

#[test]
fn a_wait_that_moves_to_another_task_is_an_error() {
    let (kernel, board, permits) = (Kernel::new(), Board::default(), Semaphore::new(0));
    let wait = Cell::new(Some(Box::pin(permits.acquire(&kernel))));
    let mut first = pin!(Some(async {
        let mut mine = wait.take().unwrap();
        assert_eq!(poll(mine.as_mut()), Poll::Pending);
        wait.set(Some(mine));
        Ok(())
    }));
    let mut second = pin!(Some(async {
        permits.release(&kernel);
        let moved = wait.take().unwrap().await;
        permits.acquire(&kernel).await?;
        moved
    }));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(0), first.as_mut()).unwrap();
    executor.spawn(task(1), second.as_mut()).unwrap();
    assert_eq!(executor.step(), Step::Ended(task(0), Ok(())));
    assert_eq!(executor.step(), Step::Ended(task(1), Err(WaitError::Moved { task: task(1) })));
    assert_eq!(permits.permits(), 0);
    assert!(!permits.permits.is_waiting(task(0)) && !permits.permits.is_waiting(task(1)));
}

#[test]
fn a_task_that_locks_twice_is_told() {
    let (kernel, board, mutex) = (Kernel::new(), Board::default(), Mutex::new());
    let mut body = pin!(Some(async {
        let _first = mutex.lock(&kernel).await?;
        mutex.lock(&kernel).await.map(drop)
    }));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(2), body.as_mut()).unwrap();
    let error = WaitError::Deadlock { task: task(2), holder: task(2) };
    assert_eq!(executor.step(), Step::Ended(task(2), Err(error)));
    assert_eq!(mutex.holder(), None);
}

#[test]
fn lesson_34_a_cancelled_task_leaves_its_place_to_the_next_one() {
    let (kernel, board, permits) = (Kernel::new(), Board::default(), Semaphore::new(0));
    let wait = async || permits.acquire(&kernel).await;
    let (mut first, mut second, mut third) = (pin!(Some(wait())), pin!(Some(wait())), pin!(Some(wait())));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(0), first.as_mut()).unwrap();
    executor.step();
    permits.release(&kernel); // ready, and cancelled before its poll
    assert_eq!(executor.spawn(task(0), second.as_mut()), Err(SpawnError::Taken { task: task(0) }));
    assert!(executor.cancel(task(0)));
    assert!(!executor.cancel(task(0)));
    assert_eq!(executor.step(), Step::Finished);
    executor.spawn(task(0), third.as_mut()).unwrap();
    assert_eq!(executor.step(), Step::Ended(task(0), Ok(())));
}

#[test]
fn lesson_35_a_task_that_fails_leaves_its_place_to_the_next_one() {
    let (kernel, board) = (Kernel::new(), Board::default());
    let (mut fails, mut works) = (pin!(Some(async { Err("broken") })), pin!(Some(async { Ok(()) })));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(7), fails.as_mut()).unwrap();
    assert_eq!(executor.step(), Step::Ended(task(7), Err("broken")));
    executor.spawn(task(7), works.as_mut()).unwrap();
    assert_eq!(executor.step(), Step::Ended(task(7), Ok(())));
}

#[test]
fn lesson_53_an_idle_executor_sleeps_once_for_each_wake_up() {
    let (kernel, board) = (Kernel::new(), Board::default());
    let mut body = pin!(Some(async {
        for _ in 0..100 {
            kernel.sleep(10).await?;
        }
        Ok::<_, WaitError>(())
    }));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(0), body.as_mut()).unwrap();
    while executor.step() != Step::Finished {
        if let Some(Some(deadline)) = board.asleep.take() {
            board.now.set(deadline);
        }
    }
    assert_eq!((executor.sleeps(), executor.polls(), board.now.get()), (100, 101, 1000));
}

#[test]
fn an_empty_place_is_no_task() {
    let (kernel, board) = (Kernel::new(), Board::default());
    let mut body = pin!(Some(async { Ok::<_, ()>(()) }));
    body.set(None);
    let mut executor = Executor::new(&kernel, &board);
    assert_eq!(executor.spawn(task(1), body.as_mut()), Err(SpawnError::Empty { task: task(1) }));
    assert_eq!(Task::new(8), None);
}

#[test]
fn timers_run_out() {
    let (kernel, board) = (Kernel::new(), Board::default());
    let mut body = pin!(Some(async {
        let mut sleeps: [_; crate::MAX_TIMERS + 1] = core::array::from_fn(|_| kernel.sleep(5));
        let (last, others) = sleeps.split_last_mut().unwrap();
        assert!(others.iter_mut().all(|sleep| poll(Pin::new(sleep)).is_pending()));
        last.await
    }));
    let mut executor = Executor::new(&kernel, &board);
    executor.spawn(task(0), body.as_mut()).unwrap();
    assert_eq!(executor.step(), Step::Ended(task(0), Err(WaitError::NoTimer { limit: 16 })));
    assert_eq!((kernel.timers.used(), kernel.timers.next()), (0, None));
}

#[test]
fn what_does_not_wait() {
    let (kernel, queue, mailbox, events) =
        (Kernel::new(), Queue::<u8, 2>::new(), Mailbox::new(), Events::new(1));
    assert_eq!([1, 2, 3].map(|message| queue.try_send(&kernel, message)), [Ok(()), Ok(()), Err(3)]);
    assert_eq!([(); 3].map(|()| queue.try_receive(&kernel)), [Some(1), Some(2), None]);
    assert_eq!([4, 5].map(|message| mailbox.post(&kernel, message)), [None, Some(4)]);
    assert_eq!([mailbox.try_receive(), mailbox.try_receive()], [Some(5), None]);
    events.set(&kernel, 6);
    assert_eq!((events.clear(5), events.flags()), (5, 2));
    let permits = Semaphore::new(u16::MAX);
    assert!(!permits.release(&kernel) && permits.try_acquire() && permits.release(&kernel));
}
