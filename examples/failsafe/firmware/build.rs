//! The memory of the board, and what the node has to know of the image: all is checked here, and the build fails if the image asks for more
//! than the shim has.

#[path = "../../firmware/memory_layout.rs"]
mod memory_layout;

use aingle_wasm_image::{Core, Image, head};
use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use wasmparser::{Parser, Payload};

/// The functions of the module `nano` that the shim has.
const SHIM: [&str; 5] = ["register_read", "register_write", "interrupt_poll", "interrupt_wait", "tick"];

fn main() {
    memory_layout::link("stm32f100.x");
    println!("cargo::rerun-if-env-changed=NODE_IMAGE");
    let path = env::var_os("NODE_IMAGE").map(PathBuf::from);
    let path = path.expect("NODE_IMAGE names the image of the node: `cargo xtask demo node` makes it");
    println!("cargo::rerun-if-changed={}", path.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let bytes = std::fs::read(&path).expect("NODE_IMAGE can be read");
    let image = Image::parse(&bytes).expect("NODE_IMAGE is a native image");
    std::fs::write(out.join("image.rs"), describe(&image, &path)).unwrap();
}

/// Returns the image as constants.
fn describe(image: &Image<'_>, path: &Path) -> String {
    assert_eq!(image.target().core, Core::V7M, "the image is for another processor");
    assert!(image.counters().is_none(), "the shim sets no limits: translate without them");
    assert_eq!(image.stack().per_depth, 0, "a function of the image calls itself: its stack has no bound");
    assert!(image.start().is_none(), "the shim calls no start function");
    let code = image.code().as_ptr() as usize - image.bytes().as_ptr() as usize;
    let mut text = String::new();
    let mut line = |name: &str, kind: &str, value: String| {
        let _ = writeln!(text, "pub const {name}: {kind} = {value};");
    };
    line("HEAD", "usize", image.head().to_string());
    line("MEMORY", "usize", image.memory().to_string());
    line("FIXED", "usize", head::FIXED.to_string());
    line("ENTRY", "usize", (code + image.entry() as usize).to_string());
    // The guest's stack grows down from where its first global points, and ends at 0.
    let stack = image.globals().first_chunk().map(|bytes| u32::from_le_bytes(*bytes));
    line("GUEST_STACK", "usize", stack.expect("a stack pointer").to_string());
    line("STACK", "u32", image.stack().fixed.to_string());
    line("RUN", "u32", run(image).to_string());
    line("IMPORTS", "[Function; 5]", format!("[{}]", imports(image).join(", ")));
    line("GLOBALS", "&[u8]", format!("&{:?}", image.globals()));
    let data = image.data().map(|data| format!("({}, &{:?})", data.address, data.bytes));
    line("DATA", "&[(usize, &[u8])]", format!("&[{}]", data.collect::<Vec<_>>().join(", ")));
    let len = image.bytes().len();
    let _ = writeln!(text, "pub static IMAGE: Flash<{len}> = Flash(*include_bytes!({:?}));", path);
    text
}

/// Returns the variants of `Function` for the imports, in the order in which the image counts them.
fn imports(image: &Image<'_>) -> Vec<String> {
    let mut found = Vec::new();
    // It ends with an error: a skeleton has no code.
    for payload in Parser::new(0).parse_all(image.skeleton()).map_while(Result::ok) {
        if let Payload::ImportSection(section) = payload {
            for import in section.into_imports().map(|import| import.expect("an import")) {
                let known = import.module == "nano" && SHIM.contains(&import.name);
                assert!(known, "the shim has no function `{}.{}`", import.module, import.name);
                found.push(format!("Function::{}", camel(import.name)));
            }
        }
    }
    assert_eq!(found.len(), SHIM.len(), "the image imports {found:?}");
    found
}

fn camel(name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

/// Returns the number of the export `run`.
fn run(image: &Image<'_>) -> u32 {
    let mut exports = Parser::new(0).parse_all(image.skeleton()).filter_map(|payload| match payload {
        Ok(Payload::ExportSection(section)) => Some(section),
        _ => None,
    });
    let all = exports.next().expect("exports").into_iter().flatten();
    let run = all.into_iter().find(|export| export.name == "run").expect("an export `run`");
    image.ordinal(run.index).expect("`run` can be called")
}
