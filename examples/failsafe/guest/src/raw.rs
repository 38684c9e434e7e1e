//! The export, and the memory of the link's epochs.

use aingle_wasm_nano::link::{Association, Cell, Cells, Link, RECORD_LEN, TwoCells};
use aingle_wasm_nano::{Executor, Native, Shim, Task};
use core::convert::Infallible;
use core::pin::pin;
use failsafe::board::{EPOCHS, KEYS};
use failsafe::state::Node;
use failsafe::tasks::{CHANNEL, commands, outputs, sticks};

/// Runs the node. Returns only if its link cannot be opened (1) or its tasks have ended (2).
// SAFETY: no other function of the module has this name.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> u32 {
    let node = Node::default();
    let association = Association {
        spi: Native.register_read(KEYS) as u16,
        channel: CHANNEL,
        send_key: words(KEYS + 16),
        receive_key: words(KEYS + 32),
    };
    let Ok(link) = Link::open(association, TwoCells::new(Registers)) else { return 1 };
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

/// Reads 16 bytes from four registers.
fn words(address: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (number, word) in (0..).zip(bytes.chunks_exact_mut(4)) {
        word.copy_from_slice(&Native.register_read(address + number * 4).to_le_bytes());
    }
    bytes
}

/// The two places of the epochs, which the shim keeps over restarts.
struct Registers;

impl Registers {
    fn address(cell: Cell) -> u32 {
        EPOCHS + RECORD_LEN as u32 * cell as u32
    }
}

impl Cells for Registers {
    type Error = Infallible;

    fn read(&mut self, cell: Cell) -> Result<[u8; RECORD_LEN], Infallible> {
        Ok(words(Self::address(cell)))
    }

    fn write(&mut self, cell: Cell, record: &[u8; RECORD_LEN]) -> Result<(), Infallible> {
        for (number, [a, b, c, d]) in (0..).zip(record.as_chunks().0) {
            let word = u32::from_le_bytes([*a, *b, *c, *d]);
            Native.register_write(Self::address(cell) + number * 4, word);
        }
        Ok(())
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
