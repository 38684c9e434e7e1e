//! Sleeping and timeouts.

use crate::error::{TimeoutError, WaitError};
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::task::Task;
use crate::timers::{MAX_TIMERS, is_due};
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

/// Future that is ready at a time.
#[derive(Debug)]
pub struct Sleep<'k> {
    kernel: &'k Kernel,
    due: u32,
    place: Option<(u8, Task)>,
}

impl Kernel {
    /// Waits for a number of ticks, counted from [`Kernel::now`]. At most 2^30; more counts as that many.
    pub fn sleep(&self, ticks: u32) -> Sleep<'_> {
        self.sleep_until(self.now().wrapping_add(ticks.min(1 << 30)))
    }

    /// Waits for a time. A time of the last 2^31 ticks is over at once.
    pub fn sleep_until(&self, due: u32) -> Sleep<'_> {
        Sleep { kernel: self, due, place: None }
    }

    /// Polls a future until it is ready or a number of ticks is over, and drops it. At the last tick the future is polled first.
    ///
    /// # Errors
    ///
    /// [`TimeoutError::Elapsed`] if the time was over first.
    pub async fn timeout<F: Future>(&self, ticks: u32, future: F) -> Result<F::Output, TimeoutError> {
        let mut future = pin!(future);
        let mut sleep = self.sleep(ticks);
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(output));
            }
            match Pin::new(&mut sleep).poll(context) {
                Poll::Ready(Ok(())) => Poll::Ready(Err(TimeoutError::Elapsed)),
                Poll::Ready(Err(error)) => Poll::Ready(Err(TimeoutError::Wait(error))),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Ends this poll, so that interrupts and timers are seen, and ready tasks with a higher priority run. Lower ones do not.
    pub async fn yield_now(&self) {
        let mut polled = false;
        poll_fn(|_| {
            if core::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            if let Some(task) = self.current() {
                self.wake(task);
            }
            Poll::Pending
        })
        .await;
    }
}

impl Future for Sleep<'_> {
    type Output = Result<(), WaitError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(task) = self.kernel.current() else { return Poll::Ready(Err(WaitError::Outside)) };
        if is_due(self.due, self.kernel.now()) {
            self.stop();
            return Poll::Ready(Ok(()));
        }
        if self.place.is_none_or(|(_, waiting)| waiting != task) {
            let place = self.place.map(|(place, _)| place);
            let Some(place) = self.kernel.timers.start(place, self.due, task) else {
                return Poll::Ready(Err(WaitError::NoTimer { limit: MAX_TIMERS as u8 }));
            };
            self.place = Some((place, task));
        }
        Poll::Pending
    }
}

impl Sleep<'_> {
    fn stop(&mut self) {
        if let Some((place, _)) = self.place.take() {
            self.kernel.timers.stop(place);
        }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if !mutation::is(Mutation::LeaveTimer) {
            self.stop();
        }
    }
}
