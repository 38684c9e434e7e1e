//! The SDK, and Wasmer by hand, as candidates of `cargo xtask bench`. The argument is the folder of the guests.

use aingle_wasm_bench::{Guests, cases};
use aingle_wasm_bench_protocol::{Failure, serve};

fn main() -> Result<(), Failure> {
    let folder = std::env::args_os().nth(1).ok_or("the argument is the folder of the guests")?;
    serve(cases(Guests::read(folder.as_ref())?))
}
