use aingle_wasm_guest::host_externs;

host_externs! {
    fn borrowed<'a>(x: &'a str) -> &'a str;
}

fn main() {
    let _: &str = borrowed("x").unwrap();
}
