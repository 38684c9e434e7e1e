use aingle_wasm_guest::export;

#[export]
fn text(x: &'static str) -> bool {
    x.is_empty()
}

fn main() {}
