//! Compiles wasm3's C core, from the sources that the package `wasm3x-sys` brings.

mod edits;
mod limits;
mod source;

use std::env;
use std::path::Path;

/// What is left out of the core, and what the crate relies on.
const DEFINES: [(&str, &str); 10] = [
    ("d_m3Use32BitSlots", "1"),
    ("d_m3EnableValidation", "1"),
    ("d_m3HasFloat", "1"),
    ("d_m3HasRefTypes", "0"),
    ("d_m3HasTypedRefs", "0"),
    ("d_m3HasExtendedConst", "0"),
    ("d_m3HasCompactImports", "0"),
    ("d_m3CascadedOpcodes", "0"),
    ("d_m3VerboseErrorMessages", "0"),
    // Calls look how much native stack is left. How much there is, is said at run time.
    ("d_m3MaxNativeStack", "1"),
];

/// Functions of the core have to end in jumps, and read values by other types than they were written by.
const FLAGS: [&str; 2] = ["-fomit-frame-pointer", "-fno-strict-aliasing"];

/// Flags of GCC that make such short functions shorter, and the tables of what it switches by smaller.
const SHORT: [&str; 7] = [
    "-fno-auto-inc-dec",
    "-fno-forward-propagate",
    "-fno-jump-tables",
    "-fno-schedule-insns2",
    "-fno-tree-coalesce-vars",
    "-fno-tree-dominator-opts",
    "-fno-tree-ter",
];

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let core = Path::new(&out).join("core");
    source::copy_checked(&core);
    edits::apply(&core);
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=csrc");
    let limits = limits::Limits::from_environment();
    std::fs::write(Path::new(&out).join("limits.rs"), limits.constants()).expect("OUT_DIR can be written");
    compile(&core, &limits);
}

fn compile(core: &Path, limits: &limits::Limits) {
    let mut build = cc::Build::new();
    build.file("csrc/aingle_wasm3.c").include("csrc").include(core).std("c11").warnings(false);
    for (name, value) in DEFINES {
        build.define(name, value);
    }
    for (name, value) in limits.defines() {
        build.define(name, value.to_string().as_str());
    }
    if env::var_os("CARGO_FEATURE_REFUSED_GROWTH").is_some() {
        build.define("d_aingleRefusedGrowth", "1");
    }
    let compiler = build.get_compiler();
    let target = env::var("TARGET").expect("cargo sets it");
    assert!(
        !(target.starts_with("thumb") && compiler.is_like_clang()),
        "clang makes no tail calls for {target}, on which wasm3 relies: set CC_{} to arm-none-eabi-gcc",
        target.replace('-', "_")
    );
    if !compiler.is_like_msvc() {
        build.flags(FLAGS);
    }
    let bare = env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("none");
    if bare && compiler.is_like_gnu() {
        build.flags(SHORT);
    }
    // Without optimisation every instruction of a guest takes native stack.
    match env::var("OPT_LEVEL").as_deref() {
        _ if bare => build.opt_level_str("s"),
        Ok("0" | "1") => build.opt_level(2),
        _ => &mut build,
    };
    build.compile("aingle_wasm3");
}
