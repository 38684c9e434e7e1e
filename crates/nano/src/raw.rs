//! The imports of a node. They are its whole native surface.

#[cfg(all(target_os = "none", feature = "memory-functions"))]
mod mem;

use crate::shim::Shim;

// All have the shape that imports of guests have, (i32, i32) -> i64, so that every engine and the translator of native images take
// them. Arguments and results that are not named here are 0.
//
// SAFETY: the functions take and return numbers. They touch no memory of the guest.
#[link(wasm_import_module = "nano")]
unsafe extern "C" {
    /// Returns the value.
    safe fn register_read(address: u32, _: u32) -> u64;
    safe fn register_write(address: u32, value: u32) -> u64;
    /// Returns the lines.
    safe fn interrupt_poll(_: u32, _: u32) -> u64;
    /// The deadline counts only if `has_deadline` is 1; otherwise it is 0.
    safe fn interrupt_wait(deadline: u32, has_deadline: u32) -> u64;
    /// Returns the time.
    safe fn tick(_: u32, _: u32) -> u64;
}

/// Shim of a guest: the five imports of the module `nano`.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Shim for Native {
    fn register_read(&self, address: u32) -> u32 {
        register_read(address, 0) as u32
    }

    fn register_write(&self, address: u32, value: u32) {
        register_write(address, value);
    }

    fn interrupt_poll(&self) -> u32 {
        interrupt_poll(0, 0) as u32
    }

    fn interrupt_wait(&self, deadline: Option<u32>) {
        interrupt_wait(deadline.unwrap_or(0), deadline.is_some().into());
    }

    fn tick(&self) -> u32 {
        tick(0, 0) as u32
    }
}
