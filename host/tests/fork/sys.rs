//! A child process by `fork`, with a bound on its time.
#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Runs a function in a child. Returns what went wrong: it panicked, or did not end in time.
pub fn in_a_child(run: impl FnOnce()) -> Result<(), String> {
    // SAFETY: the child goes on with a copy of this thread alone. What other threads held is what the tests are about.
    match unsafe { libc::fork() } {
        0 => {
            let panicked = catch_unwind(AssertUnwindSafe(run)).is_err();
            // SAFETY: it ends the process without running what the parent's threads registered.
            unsafe { libc::_exit(i32::from(panicked)) }
        }
        child if child > 0 => wait(child, Duration::from_secs(60)),
        _ => Err("no child".into()),
    }
}

fn wait(child: libc::pid_t, timeout: Duration) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: the child is ours, and the status is a place of ours.
        if unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == child {
            let ended = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0;
            return if ended { Ok(()) } else { Err(format!("the child ended with status {status:#x}")) };
        }
        if began.elapsed() > timeout {
            // SAFETY: the child is ours, and has not been waited for.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, &mut status, 0);
            }
            return Err("the child hangs".into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
