use aingle_wasm_guest::export;

#[export(raw)]
fn none() -> Vec<u8> {
    Vec::new()
}

#[export(raw)]
fn two(x: &[u8], y: &[u8]) -> Vec<u8> {
    [x, y].concat()
}

#[export(raw)]
fn not_bytes(x: &str) -> String {
    x.to_owned()
}

#[export(raw)]
fn not_a_reply(x: &[u8]) -> usize {
    x.len()
}

fn main() {}
