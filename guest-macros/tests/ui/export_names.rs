use aingle_wasm_guest::export;

#[export]
fn a_name_of_thirty_one_characters() {}

#[export]
fn a_name_of_thirty_two_characters_() {}

#[export]
fn ünïcödé_ïs_cöüntéd_ïn_bÿtés() {}

#[export]
fn __aingle_mine() {}

#[export]
fn memory() {}

#[export]
fn __hc__allocate_1() {}

#[export(name = "")]
fn empty() {}

#[export(name = "a\0b")]
fn nul() {}

#[export(name = "a name that is longer than any engine carries")]
fn long() {}

#[export(name = "__aingle_abi_3")]
fn reserved() {}

#[export(name = "memory")]
fn taken() {}

fn main() {
    a_name_of_thirty_one_characters();
    a_name_of_thirty_two_characters_();
    ünïcödé_ïs_cöüntéd_ïn_bÿtés();
    memory();
}

// The compiler's own names, of which a second function makes an invalid module.
mod compilers {
    use aingle_wasm_guest::export;

    #[export]
    fn fmod(a: f64, b: f64) -> f64 {
        a % b
    }

    #[export]
    fn log(text: &str) {
        let _ = text;
    }

    #[export(name = "memcpy")]
    fn copy() {}
}

#[export(name = "_initialize")]
fn constructors() {}
