use aingle_wasm_guest::export;

#[export]
fn forever() -> ! {
    panic!()
}

#[export(raw)]
fn raw(_payload: &[u8]) -> ! {
    panic!()
}

fn main() {}
