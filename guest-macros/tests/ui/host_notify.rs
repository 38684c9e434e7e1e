use aingle_wasm_guest::host_externs;

host_externs! {
    #[notify]
    fn with_result(x: u8) -> u8;
    #[notify(later)]
    fn with_option();
    #[notify]
    #[notify]
    fn twice();
}

fn main() {
    with_result(1).unwrap();
}
