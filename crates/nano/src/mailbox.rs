//! Mailbox: the newest message only.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::supply::Supply;
use crate::wait::Wait;
use core::cell::Cell;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

/// Mailbox with one place. A new message replaces one that nobody has taken.
pub struct Mailbox<T> {
    message: Cell<Option<T>>,
    /// One unit while there is a message.
    pub(crate) messages: Supply,
}

impl<T> Mailbox<T> {
    /// Creates an empty mailbox.
    #[must_use]
    pub const fn new() -> Self {
        Self { message: Cell::new(None), messages: Supply::new(0) }
    }

    /// Returns whether a message is there.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.messages.units() > 0
    }

    /// Puts a message in. Returns the one that it replaced, or `None`. Does not block.
    pub fn post(&self, kernel: &Kernel, message: T) -> Option<T> {
        let older = self.message.replace(Some(message));
        if !self.is_full() {
            self.messages.add(kernel);
        }
        older
    }

    /// Waits for a message and takes it.
    /// A future that was polled has to be polled to its end by the same task, or dropped.
    pub fn receive<'a>(&'a self, kernel: &'a Kernel) -> impl Future<Output = Result<T, WaitError>> + 'a {
        Receive { mailbox: self, wait: self.messages.wait(kernel) }
    }

    /// Takes the message, or returns `None` if there is none or others wait for one. Does not block.
    pub fn try_receive(&self) -> Option<T> {
        if self.messages.try_take() { self.message.take() } else { None }
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Mailbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.message.get(), self.messages)
    }
}

/// A wait for the message.
struct Receive<'a, T> {
    mailbox: &'a Mailbox<T>,
    wait: Wait<'a, &'a Supply>,
}

impl<T> Future for Receive<'_, T> {
    type Output = Result<T, WaitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(Pin::new(&mut self.wait).poll(context))?;
        // Whoever has the unit has the message.
        self.mailbox.message.take().map_or(Poll::Pending, |message| Poll::Ready(Ok(message)))
    }
}
