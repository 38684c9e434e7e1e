//! The export.

use aingle_wasm_nano::link::{Link, TwoCells};
use aingle_wasm_nano::{Executor, Native, Task};
use core::pin::pin;
use failsafe::registers::{EpochRegisters, association};
use failsafe::state::Node;
use failsafe::tasks::{commands, outputs, sticks};

/// Runs the node. Returns only if its link cannot be opened (1) or its tasks have ended (2).
// SAFETY: no other function of the module has this name.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> u32 {
    let node = Node::default();
    let Ok(link) = Link::open(association(&Native), TwoCells::new(EpochRegisters(Native))) else { return 1 };
    let mut outputs = pin!(Some(outputs(&node, &Native)));
    let mut sticks = pin!(Some(sticks(&node, &Native)));
    let mut commands = pin!(Some(commands(&node, &Native, link)));
    let mut executor = Executor::new(&node.kernel, Native);
    let tasks = [Task::new(0), Task::new(1), Task::new(2)];
    if let [Some(first), Some(second), Some(third)] = tasks {
        // No task is taken yet, and none is empty.
        let _ = executor.spawn(first, outputs.as_mut());
        let _ = executor.spawn(second, sticks.as_mut());
        let _ = executor.spawn(third, commands.as_mut());
    }
    executor.run(|_, _| {});
    2
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
