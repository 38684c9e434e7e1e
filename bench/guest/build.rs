//! How large the guest's stack is, and that it lies below the data, so that an overflow traps instead of
//! overwriting it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let wasm = std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm");
    // The kernels keep an array on the stack.
    let stack = if std::env::var_os("CARGO_FEATURE_SERVER").is_some() { 128 * 1024 } else { 1024 };
    if wasm {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size={stack}");
        println!("cargo::rustc-link-arg-cdylib=--stack-first");
    }
}
