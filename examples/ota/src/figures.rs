//! How much memory was used at most.

use crate::console::Console;
use crate::memory;

/// Prints the peaks of heap and stack since the start.
pub fn print(console: &mut Console) {
    console.line(format_args!("heap {}", memory::heap_peak()));
    console.line(format_args!("stack {}", memory::stack_peak()));
}
