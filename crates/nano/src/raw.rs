//! The imports of a node. They are its whole native surface.

use crate::shim::Shim;

// SAFETY: the functions take and return numbers. They touch no memory of the guest.
#[link(wasm_import_module = "nano")]
unsafe extern "C" {
    safe fn register_read(address: u32) -> u32;
    safe fn register_write(address: u32, value: u32);
    safe fn interrupt_poll() -> u32;
    /// The deadline counts only if `has_deadline` is 1; otherwise it is 0.
    safe fn interrupt_wait(deadline: u32, has_deadline: u32);
    safe fn tick() -> u32;
}

/// Shim of a guest: the five imports of the module `nano`.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Shim for Native {
    fn register_read(&self, address: u32) -> u32 {
        register_read(address)
    }

    fn register_write(&self, address: u32, value: u32) {
        register_write(address, value);
    }

    fn interrupt_poll(&self) -> u32 {
        interrupt_poll()
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        interrupt_wait(deadline.unwrap_or(0), deadline.is_some().into());
    }

    fn tick(&self) -> u32 {
        tick()
    }
}
