//! How guests are built, small ones and fast ones. `docs/how-to/small-guests.md` explains each option.

use std::env;
use std::path::{Path, PathBuf};

/// The compiler's target of guests.
pub const TARGET: &str = "wasm32v1-none";

/// What LLVM is told: only what is hardly more than a call is inlined, no loop is unrolled, and addresses in loops stay a base and
/// an offset, which an access can hold.
pub const LLVM: [&str; 4] =
    ["--inline-threshold=25", "--unroll-threshold=0", "--unroll-runtime=false", "--disable-lsr"];

/// What wasm-opt is told in any case: the module stays portable.
pub const PORTABLE: [&str; 2] = ["--mvp-features", "--enable-mutable-globals"];

/// What wasm-opt is told so that the module is small. A function with one caller stays a function if it is more than this: wasm3
/// compiles what is called, and what is seldom called costs it nothing where it stands apart.
pub const SMALL: [&str; 3] = ["-Oz", "--one-caller-inline-max-function-size", "30"];

/// What wasm-opt is told so that the module is fast on a server.
pub const FAST: [&str; 1] = ["-O3"];

/// What a module for servers may use beyond WebAssembly 1.0, as the compiler and as wasm-opt name it.
pub const SERVER: [(&str, &str); 4] = [
    ("simd128", "simd"),
    ("bulk-memory", "bulk-memory"),
    ("sign-ext", "sign-ext"),
    ("nontrapping-fptoint", "nontrapping-float-to-int"),
];

/// The compiler's options by which panics do not name the folders of this machine, so that others build the same bytes. `root` is
/// the folder of the workspace.
pub fn short_paths(root: &Path) -> Vec<String> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let registries =
        cargo_home.iter().flat_map(|home| home.join("registry/src").read_dir()).flatten().flatten();
    // The last prefix that fits counts.
    let folders = cargo_home.clone().into_iter().chain(registries.map(|folder| folder.path()));
    folders
        .chain([root.to_path_buf()])
        .map(|folder| format!("--remap-path-prefix={}=.", folder.display()))
        .collect()
}
