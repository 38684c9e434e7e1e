//! What to do with bytes that are no guest of this ABI, in one sentence each.

use aingle_wasm_host_core::{Foreign, Module};

/// How many imports an error lists by name.
const LISTED: usize = 5;

/// Returns what to do, to be read behind a semicolon.
pub(super) fn advice(foreign: Foreign) -> &'static str {
    match foreign {
        Foreign::Empty | Foreign::Erased => "check where the bytes were read from",
        Foreign::Component => "build a core module instead, for `wasm32v1-none` or `wasm32-unknown-unknown`",
        Foreign::Version => "build it as a core module of version 1",
        Foreign::Text => "assemble it first, with `wat2wasm` or `wasm-tools parse`",
        Foreign::Gzip => "decompress it first",
        Foreign::Elf => "build it for the target `wasm32v1-none`",
        Foreign::Unknown => "pass the `.wasm` file that the compiler wrote",
        Foreign::Wasi => {
            "build it for `wasm32v1-none` or `wasm32-unknown-unknown`, with host functions in place of WASI"
        }
        Foreign::WasmBindgen => {
            "build it without wasm-bindgen, and turn off features of its dependencies that are for JavaScript (`js`)"
        }
        Foreign::AssemblyScript => {
            "compile it with `--use abort=` and without `seed` and `trace`, and export what `docs/ABI.md` asks for"
        }
        Foreign::Emscripten => {
            "build it with clang alone, `--target=wasm32-unknown-unknown -nostdlib`, as `examples/guest-c` is"
        }
        Foreign::Go => "write the guest in a language that compiles without a JavaScript runtime",
        _ => "build it with `aingle_wasm_guest`, or export what `docs/ABI.md` asks for",
    }
}

/// Returns the first few imports, each as `module.name`, and how many more there are.
pub(super) fn imports(module: Module<'_>) -> (Vec<String>, usize) {
    let mut imports = module.imports();
    let listed = imports.by_ref().take(LISTED).map(|import| format!("{}.{}", import.module, import.name));
    let listed = listed.collect();
    (listed, imports.count())
}

/// Returns the listed imports in words: `env.abort, env.seed and 3 more`.
pub(super) fn in_words(imports: &[String], more: usize) -> String {
    match (imports, more) {
        ([], _) => "nothing".into(),
        (_, 0) => imports.join(", "),
        (_, more) => format!("{} and {more} more", imports.join(", ")),
    }
}
