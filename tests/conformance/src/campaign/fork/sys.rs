//! A child process by `fork`, with a bound on its time.
#![allow(unsafe_code)]

use std::time::{Duration, Instant};

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With this exit status.
    Status(i32),
    /// By a signal.
    Signal(i32),
    /// Not in time; it was killed.
    Hung,
}

/// Runs a function in a child, which exits with what it returns.
pub(super) fn in_a_child(timeout: Duration, run: impl FnOnce() -> u8) -> Option<End> {
    // SAFETY: the child goes on with a copy of this thread alone. What other threads held is what the trial is about.
    match unsafe { libc::fork() } {
        0 => {
            let status = run();
            // SAFETY: it ends the process without running what the parent's threads registered.
            unsafe { libc::_exit(status.into()) }
        }
        child if child > 0 => Some(wait(child, timeout)),
        _ => None,
    }
}

fn wait(child: libc::pid_t, timeout: Duration) -> End {
    let began = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: the child is ours, and the status is a place of ours.
        if unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == child {
            return match libc::WIFEXITED(status) {
                true => End::Status(libc::WEXITSTATUS(status)),
                false => End::Signal(libc::WTERMSIG(status)),
            };
        }
        if began.elapsed() > timeout {
            // SAFETY: the child is ours, and has not been waited for.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, &mut status, 0);
            }
            return End::Hung;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
