use aingle_wasm_guest::host_externs;

host_externs!(__aingle_fetch, a_name_of_thirty_one_characters, a_name_of_thirty_two_characters_);

host_externs! {
    fn __aingle_log(text: &str);
    fn another_name_of_33_characters_____() -> u8;
    #[name = ""]
    fn empty();
    #[name = "__aingle_later"]
    fn reserved();
    #[name = 5]
    fn number();
    #[name]
    fn alone();
    #[name = "a"]
    #[name = "b"]
    fn twice();
}

fn main() {
    let _ = (__aingle_fetch, a_name_of_thirty_two_characters_);
    __aingle_log("x").unwrap();
    another_name_of_33_characters_____().unwrap();
}
