use aingle_wasm_guest::export;

struct Object;

impl Object {
    #[export]
    fn method(&self) -> u8 {
        1
    }

    #[export]
    fn owned(self: Box<Self>) {}
}

#[export]
fn changed(x: &mut u8) {
    *x += 1;
}

#[export]
fn tuple((x, y): (u8, u8)) -> u8 {
    x + y
}

#[export]
fn wild(_: u8) {}

#[export]
fn by_ref(ref x: u8) -> u8 {
    *x
}

#[export]
fn at(x @ _: u8) -> u8 {
    x
}

#[export]
fn conditional(#[cfg(any())] x: u8) {}

#[export]
fn references(x: &[&str], y: &Option<&u8>) {
    let _ = (x, y);
}

#[export]
fn many(_a: A, _b: A, _c: A, _d: A, _e: A, _f: A, _g: A, _h: A, _i: A, _j: A, _k: A, _l: A, _m: A) {}

type A = u8;

fn main() {
    let mut x = 1;
    changed(&mut x);
    Object.method();
    wild(tuple((1, 2)));
}
