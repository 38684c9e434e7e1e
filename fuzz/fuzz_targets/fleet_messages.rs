#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| aingle_wasm_fuzz::fleet_messages(bytes));
