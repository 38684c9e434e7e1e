use aingle_wasm_guest::prelude::*;

// `C` arrived as `D`.
#[derive(Data)]
enum E {
    A,
    #[serde(skip)]
    B,
    C,
    D,
}

fn main() {}
