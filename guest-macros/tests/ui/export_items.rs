use aingle_wasm_guest::export;

#[export]
struct Summary;

#[export]
static COUNT: u8 = 1;

#[export]
mod inner {
    pub fn inside() {}
}

trait Bodiless {
    #[export]
    fn without_body(x: u8);
}

impl Bodiless for Summary {
    fn without_body(_: u8) {}
}

fn main() {
    let _ = (Summary, COUNT);
    inner::inside();
    Summary::without_body(1);
}
