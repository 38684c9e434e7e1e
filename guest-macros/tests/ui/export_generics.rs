use aingle_wasm_guest::export;

#[export]
fn types<T, U>(x: T, y: U) {
    drop((x, y));
}

#[export]
fn consts<const N: usize>(x: [u8; N]) -> usize {
    x.len()
}

#[export]
fn argument(x: impl Into<u8>) -> u8 {
    x.into()
}

#[export]
fn inside(x: Option<Box<impl Into<u8>>>) {
    drop(x);
}

#[export]
fn result(x: u8) -> impl Into<u32> {
    x
}

fn main() {}
