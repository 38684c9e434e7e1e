//! Bounded queue of messages.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::task::Task;
use crate::wait::{Source, Wait};
use crate::waiters::Waiters;
use core::cell::Cell;
use core::fmt;

/// Queue of at most `N` messages, first in first out. Waiting senders, and waiting receivers, go in the order of their priority.
///
/// `N` is 1 to 255; a queue of another size does not compile.
pub struct Queue<T, const N: usize> {
    places: [Cell<Option<T>>; N],
    first: Cell<u8>,
    len: Cell<u8>,
    pub(crate) receivers: Waiters,
    pub(crate) senders: Waiters,
}

impl<T, const N: usize> Queue<T, N> {
    /// Creates an empty queue.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N > 0 && N < 256, "a queue has 1 to 255 places") };
        Self {
            places: [const { Cell::new(None) }; N],
            first: Cell::new(0),
            len: Cell::new(0),
            receivers: Waiters::new(),
            senders: Waiters::new(),
        }
    }

    /// Returns how many messages are in the queue.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.get().into()
    }

    /// Returns whether the queue has no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Waits until there is a place, and puts the message in. A future that was polled has to be polled to its end or dropped.
    pub fn send<'a>(
        &'a self,
        kernel: &'a Kernel,
        message: T,
    ) -> impl Future<Output = Result<(), WaitError>> + 'a
    where
        T: 'a,
    {
        Wait::new(kernel, Send { queue: self, message: Cell::new(Some(message)) })
    }

    /// Waits for the oldest message and takes it. A future that was polled has to be polled to its end or dropped.
    pub fn receive<'a>(&'a self, kernel: &'a Kernel) -> impl Future<Output = Result<T, WaitError>> + 'a {
        Wait::new(kernel, Receive { queue: self })
    }

    /// Puts a message in, or returns it if the queue is full or others wait for a place. Does not block.
    ///
    /// # Errors
    ///
    /// The message.
    pub fn try_send(&self, kernel: &Kernel, message: T) -> Result<(), T> {
        if self.len() == N || !self.senders.get().is_empty() {
            return Err(message);
        }
        self.put(message);
        self.settle(kernel);
        Ok(())
    }

    /// Takes the oldest message, or returns `None` if there is none or others wait for one. Does not block.
    pub fn try_receive(&self, kernel: &Kernel) -> Option<T> {
        if !self.receivers.get().is_empty() {
            return None;
        }
        let message = self.take();
        self.settle(kernel);
        message
    }

    /// Puts a message behind the others. There is a place.
    fn put(&self, message: T) {
        let place = (usize::from(self.first.get()) + self.len()) % N;
        self.places[place].set(Some(message));
        self.len.set(self.len.get() + 1);
    }

    fn take(&self) -> Option<T> {
        let len = self.len.get().checked_sub(1)?;
        self.len.set(len);
        let first = usize::from(self.first.get());
        if mutation::is(Mutation::NewestFirst) {
            return self.places[(first + usize::from(len)) % N].take();
        }
        self.first.set(((first + 1) % N) as u8);
        self.places[first % N].take()
    }

    fn settle(&self, kernel: &Kernel) {
        if !self.is_empty() {
            kernel.wake_first(&self.receivers);
        }
        if self.len() < N {
            kernel.wake_first(&self.senders);
        }
    }
}

impl<T, const N: usize> Default for Queue<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for Queue<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = (0..self.len()).map(|at| self.places[(usize::from(self.first.get()) + at) % N].get());
        f.debug_list().entries(messages.flatten()).finish()?;
        write!(f, " {:?} {:?}", self.receivers, self.senders)
    }
}

/// A wait for a message.
struct Receive<'a, T, const N: usize> {
    queue: &'a Queue<T, N>,
}

impl<T, const N: usize> Source for Receive<'_, T, N> {
    type Item = T;

    fn waiters(&self) -> &Waiters {
        &self.queue.receivers
    }

    fn attempt(&self, _: &Kernel, task: Task) -> Option<T> {
        if self.queue.receivers.has_above(task) { None } else { self.queue.take() }
    }

    fn settle(&self, kernel: &Kernel) {
        self.queue.settle(kernel);
    }
}

/// A wait for a place.
struct Send<'a, T, const N: usize> {
    queue: &'a Queue<T, N>,
    message: Cell<Option<T>>,
}

impl<T, const N: usize> Source for Send<'_, T, N> {
    type Item = ();

    fn waiters(&self) -> &Waiters {
        &self.queue.senders
    }

    fn attempt(&self, _: &Kernel, task: Task) -> Option<()> {
        if self.queue.len() == N || self.queue.senders.has_above(task) {
            return None;
        }
        // It is absent only if the future is polled after its end.
        self.queue.put(self.message.take()?);
        Some(())
    }

    fn settle(&self, kernel: &Kernel) {
        self.queue.settle(kernel);
    }
}
