//! The exports, and what they share.

#[cfg(not(feature = "tasks"))]
mod operations;
#[cfg(feature = "tasks")]
mod tasks;

use aingle_wasm_nano::{Events, Kernel, Mailbox, Mutex, Queue, Semaphore};

/// One of each primitive.
pub struct Node {
    kernel: Kernel,
    permits: Semaphore,
    mutex: Mutex,
    queue: Queue<u32, 4>,
    mailbox: Mailbox<u32>,
    events: Events,
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
