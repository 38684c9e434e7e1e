//! Bounded queue of messages.

use crate::error::WaitError;
use crate::kernel::Kernel;
use crate::mutation::{self, Mutation};
use crate::supply::Supply;
use crate::wait::Wait;
use core::cell::Cell;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

/// Queue of at most `N` messages, first in first out. Waiting senders, and waiting receivers, go in the order of their priority.
///
/// `N` is 1 to 255; a queue of another size does not compile.
pub struct Queue<T, const N: usize> {
    ring: [Cell<Option<T>>; N],
    first: Cell<u8>,
    pub(crate) messages: Supply,
    pub(crate) places: Supply,
}

impl<T, const N: usize> Queue<T, N> {
    /// Creates an empty queue.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(N > 0 && N < 256, "a queue has 1 to 255 places") };
        Self {
            ring: [const { Cell::new(None) }; N],
            first: Cell::new(0),
            messages: Supply::new(0),
            places: Supply::new(N as u16),
        }
    }

    /// Returns how many messages are in the queue.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.units().into()
    }

    /// Returns whether the queue has no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.units() == 0
    }

    /// Waits until there is a place, and puts the message in.
    /// A future that was polled has to be polled to its end by the same task, or dropped.
    pub fn send<'a>(
        &'a self,
        kernel: &'a Kernel,
        message: T,
    ) -> impl Future<Output = Result<(), WaitError>> + 'a
    where
        T: 'a,
    {
        Send { queue: self, kernel, wait: self.places.wait(kernel), message: Some(message) }
    }

    /// Waits for the oldest message and takes it.
    /// A future that was polled has to be polled to its end by the same task, or dropped.
    pub fn receive<'a>(&'a self, kernel: &'a Kernel) -> impl Future<Output = Result<T, WaitError>> + 'a {
        Receive { queue: self, kernel, wait: self.messages.wait(kernel) }
    }

    /// Puts a message in, or returns it if the queue is full or others wait for a place. Does not block.
    ///
    /// # Errors
    ///
    /// The message.
    pub fn try_send(&self, kernel: &Kernel, message: T) -> Result<(), T> {
        if !self.places.try_take() {
            return Err(message);
        }
        self.put(kernel, message);
        Ok(())
    }

    /// Takes the oldest message, or returns `None` if there is none or others wait for one. Does not block.
    pub fn try_receive(&self, kernel: &Kernel) -> Option<T> {
        if self.messages.try_take() { self.take(kernel) } else { None }
    }

    /// Puts a message behind the others, into a place that was taken for it.
    fn put(&self, kernel: &Kernel, message: T) {
        let place = (usize::from(self.first.get()) + self.len()) % N;
        self.ring[place].set(Some(message));
        self.messages.add(kernel);
    }

    /// Takes the oldest message, of which the unit was taken, and gives its place back.
    fn take(&self, kernel: &Kernel) -> Option<T> {
        let first = usize::from(self.first.get());
        let message = if mutation::is(Mutation::NewestFirst) {
            self.ring[(first + self.len()) % N].take()
        } else {
            self.first.set(((first + 1) % N) as u8);
            self.ring[first % N].take()
        };
        self.places.add(kernel);
        message
    }
}

impl<T, const N: usize> Default for Queue<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy + fmt::Debug, const N: usize> fmt::Debug for Queue<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = (0..self.len()).map(|at| self.ring[(usize::from(self.first.get()) + at) % N].get());
        f.debug_list().entries(messages.flatten()).finish()?;
        write!(f, " {:?} {:?}", self.messages, self.places)
    }
}

/// A wait for a message.
struct Receive<'a, T, const N: usize> {
    queue: &'a Queue<T, N>,
    kernel: &'a Kernel,
    wait: Wait<'a, &'a Supply>,
}

impl<T, const N: usize> Future for Receive<'_, T, N> {
    type Output = Result<T, WaitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(Pin::new(&mut self.wait).poll(context))?;
        // Whoever has a unit has a message.
        self.queue.take(self.kernel).map_or(Poll::Pending, |message| Poll::Ready(Ok(message)))
    }
}

/// A wait for a place.
struct Send<'a, T, const N: usize> {
    queue: &'a Queue<T, N>,
    kernel: &'a Kernel,
    wait: Wait<'a, &'a Supply>,
    message: Option<T>,
}

impl<T, const N: usize> Future for Send<'_, T, N> {
    type Output = Result<(), WaitError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.wait).poll(context))?;
        let Some(message) = this.message.take() else {
            // The future was polled after its end: nobody takes the place.
            this.queue.places.add(this.kernel);
            return Poll::Pending;
        };
        this.queue.put(this.kernel, message);
        Poll::Ready(Ok(()))
    }
}

// No part of it is ever pinned.
impl<T, const N: usize> Unpin for Send<'_, T, N> {}
