//! A small stack, below the data: the guest runs in a few KiB, too.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=4096");
        println!("cargo::rustc-link-arg-cdylib=--stack-first");
    }
}
