use aingle_wasm_guest::export;

#[export(fast)]
fn unknown() {}

// All of them at once.
#[export(raw, raw, name = "a", name = "b", crate = x, crate = y, speed = 9)]
fn repeated(x: &[u8]) -> &[u8] {
    x
}

#[export(name)]
fn name_alone() {}

#[export(name = 5)]
fn name_number() {}

#[export(name("x"))]
fn name_list() {}

#[export(crate)]
fn crate_alone() {}

#[export(crate = "aingle_wasm_guest")]
fn crate_text() {}

#[export(raw = true)]
fn raw_value(x: &[u8]) -> &[u8] {
    x
}

#[export(, raw,, name = "y" crate = x)]
fn commas(x: &[u8]) -> &[u8] {
    x
}

#[export("name")]
fn text() {}

fn main() {
    unknown();
    repeated(&[]);
}
