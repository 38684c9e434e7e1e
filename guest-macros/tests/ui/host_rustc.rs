// Shapes that rustc refuses as well, wherever they stand.
use aingle_wasm_guest::host_externs;

host_externs! {
    fn method(&self);
    fn variadic(x: u8, ...);
    fn forever() -> !;
}

fn main() {}
