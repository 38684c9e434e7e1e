use aingle_wasm_guest::prelude::*;

// `{None, 1, 5, [9, 2, 7, 7]}` arrived as `{Some(5), 4, 9, [7, 7]}`.
#[derive(Data)]
struct M {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nick: Option<u8>,
    kind: u8,
    level: u8,
    data: Vec<u8>,
}

fn main() {}
