//! Threads: how many there are, and who is woken.

use crate::spin::Spin;
use crate::threads::{Threads, Wake};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

#[test]
fn there_are_no_more_threads_than_the_limit_and_abandoned_ones() {
    let threads = Threads::new("tests", 2, Spin::new(Duration::ZERO));
    let (begin, begun) = channel();
    let releases: Vec<_> = (0..4)
        .map(|at| {
            let (begin, (release, released)) = (begin.clone(), channel::<()>());
            let work = move || {
                begin.send(at).unwrap();
                let _ = released.recv();
            };
            threads.submit(Box::new(work), Wake::Now).unwrap();
            release
        })
        .collect();
    let mut first = [begun.recv().unwrap(), begun.recv().unwrap()];
    first.sort_unstable();
    assert_eq!((first, threads.count()), ([0, 1], 2));
    assert!(begun.recv_timeout(Duration::from_millis(20)).is_err(), "no third one runs");
    // Another one takes the place of one that is given up.
    assert!(threads.abandon(1) && !threads.abandon(1));
    assert_eq!((begun.recv().unwrap(), threads.count(), threads.abandoned()), (2, 3, 1));
    releases[0].send(()).unwrap();
    assert_eq!(begun.recv().unwrap(), 3);
    threads.recover();
    assert_eq!(threads.abandoned(), 0);
    // Which is one too many: the next that is done ends.
    releases.iter().for_each(|release| release.send(()).unwrap_or(()));
    let waited = (0..10_000).any(|_| {
        thread::sleep(Duration::from_millis(1));
        threads.count() <= 2
    });
    assert!(waited, "{} threads", threads.count());
}

const LONG: Duration = Duration::from_secs(60);

/// Threads that look this long, one of which has worked and waits.
fn one_waits(spin: Duration) -> Threads {
    let threads = Threads::new("tests", 1, Spin::without_pauses(spin));
    let (sender, receiver) = channel();
    threads.submit(Box::new(move || sender.send(()).unwrap()), Wake::Now).unwrap();
    receiver.recv_timeout(LONG).unwrap();
    thread::sleep(Duration::from_millis(20));
    threads
}

#[test]
fn a_thread_that_looks_is_not_woken_and_one_that_sleeps_is() {
    for (spin, looks) in [(LONG, true), (Duration::ZERO, false)] {
        let threads = one_waits(spin);
        let (sender, receiver) = channel();
        threads.submit(Box::new(move || sender.send(()).unwrap()), Wake::Later).unwrap();
        if !looks {
            assert!(receiver.recv_timeout(Duration::from_millis(50)).is_err(), "it sleeps");
            threads.wake();
        }
        assert_eq!(receiver.recv_timeout(LONG), Ok(()));
        assert_eq!(threads.count(), 1);
    }
}
