use aingle_wasm_guest::export;

#[export]
#[unsafe(no_mangle)]
fn mangled() {}

#[unsafe(export_name = "other")]
#[export]
fn named() {}

#[export]
#[unsafe(link_section = ".text")]
fn placed() {}

fn main() {}
