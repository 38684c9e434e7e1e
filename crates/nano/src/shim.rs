//! The native surface of a node.

/// Native surface of a node: all that a guest asks of the machine under it.
///
/// The methods take `&self`, so that tasks and executor share one shim. `Native` implements it by the imports of the module `nano`.
pub trait Shim {
    /// Reads the 32-bit register at this address.
    fn register_read(&self, address: u32) -> u32;

    /// Writes the 32-bit register at this address.
    fn register_write(&self, address: u32, value: u32);

    /// Takes the interrupts that are pending: bit n is line n. They are pending no more. Does not block.
    fn interrupt_poll(&self) -> u32;

    /// Blocks until an interrupt is pending or the tick reaches `deadline`; `None` means no deadline.
    ///
    /// Returns at once if an interrupt is pending or the deadline is reached already. An interrupt that comes between
    /// `interrupt_poll` and this call is such a one. Does not take the interrupt. May return early.
    fn interrupt_wait(&self, deadline: Option<u32>);

    /// Returns the time in ticks. It does not go back, and wraps after 2^32. The unit is the shim's: a microsecond or more.
    fn tick(&self) -> u32;
}

impl<S: Shim> Shim for &S {
    fn register_read(&self, address: u32) -> u32 {
        (**self).register_read(address)
    }

    fn register_write(&self, address: u32, value: u32) {
        (**self).register_write(address, value);
    }

    fn interrupt_poll(&self) -> u32 {
        (**self).interrupt_poll()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        (**self).interrupt_wait(deadline);
    }

    fn tick(&self) -> u32 {
        (**self).tick()
    }
}
