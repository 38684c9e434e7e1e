use aingle_wasm_host_core::{Args, Func};

fn takes<A: Args, R>(_: Option<Func<A, R>>) {}

fn main() {
    takes::<u8, u8>(None);
    takes::<&str, u8>(None);
}
