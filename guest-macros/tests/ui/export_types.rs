use aingle_wasm_guest::export;

struct Opaque;

#[export]
fn argument(x: Opaque) {
    drop(x);
}

#[export]
fn borrowed(x: &[Opaque]) {
    let _ = x;
}

#[export]
fn result() -> Opaque {
    Opaque
}

#[export(crate = nowhere)]
fn elsewhere() {}

fn main() {}
