// A shape that rustc refuses as well.
use aingle_wasm_guest::export;

#[export]
fn variadic(x: u8, ...) {}

fn main() {}
