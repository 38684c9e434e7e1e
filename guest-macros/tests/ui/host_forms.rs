use aingle_wasm_guest::host_externs;

host_externs!();

host_externs! { crate = aingle_wasm_guest; }

host_externs! { crate = 5; fn after_crate(); }

host_externs!(first,, 5, a.b, second);

host_externs!(ended;);

host_externs! { fn before(); mixed, names }

host_externs! {
    fn sound(x: u8) -> u8;
    ;
    fn with_body() {}
}

host_externs! { fn unended() }

host_externs! { fn missing() fn semicolon(); }

host_externs! { const NUMBER: u8; static PLACE: u8; type Alias = u8; }

host_externs! { fn (); }

fn main() {
    let _ = (first, second);
    before().unwrap();
    sound(1).unwrap();
}
