//! Nothing that the wasmi backend takes stays behind. Alone in its process, to count.

#[path = "common/guests.rs"]
mod guests;
#[path = "common/leak.rs"]
mod leak;
#[path = "common/raw.rs"]
mod raw;

use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};

#[global_allocator]
static HEAP: raw::Counting = raw::Counting;

#[test]
fn a12_a_thousand_instances_leave_nothing_behind() {
    leak::thousand_cycles(|| Wasmi::new(WasmiConfig { engine_fuel: Some(50_000), ..Default::default() }));
}
