//! How large the guest's stack is, and that it lies below the data, so that an overflow traps instead of overwriting it. By default it takes
//! more memory than most microcontrollers have.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=16384");
        println!("cargo::rustc-link-arg-cdylib=--stack-first");
    }
}
