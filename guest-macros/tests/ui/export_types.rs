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

#[export]
fn sized(x: usize) -> isize {
    x as isize
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Undescribed;

#[export]
fn undescribed(x: &Undescribed) -> Undescribed {
    let _ = x;
    Undescribed
}

#[export(crate = nowhere)]
fn elsewhere() {}

fn main() {}
