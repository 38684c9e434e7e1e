use aingle_wasm_guest::export;

type Text = &'static str;

#[export]
fn alias(x: Text) -> bool {
    x.is_empty()
}

fn main() {}
