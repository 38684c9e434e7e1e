//! How large the guest's stack is: what `docs/how-to/write-a-guest.md` advises, times 16.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=16384");
        println!("cargo::rustc-link-arg-cdylib=--stack-first");
    }
}
