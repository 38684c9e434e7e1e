use aingle_wasm_guest::export;
use std::sync::Mutex;

static KEPT: Mutex<&[u8]> = Mutex::new(&[]);

#[export]
fn keep(x: &[u8]) {
    *KEPT.lock().unwrap() = x;
}

fn main() {}
