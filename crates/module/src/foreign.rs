//! What bytes are that are no guest of this ABI: recognised, to be said to whoever sent them.

use crate::reader::HEADER;
use aingle_wasm_types::names;
use core::fmt;

/// What bytes are that are no guest of this ABI.
///
/// ```
/// use aingle_wasm_module::Foreign;
///
/// assert_eq!(Foreign::of(b"\x1f\x8b\x08\0"), Some(Foreign::Gzip));
/// assert_eq!(Foreign::of(b"\0asm\x0d\0\x01\0"), Some(Foreign::Component));
/// assert_eq!(Foreign::of(b"\0asm\x01\0\0\0"), Some(Foreign::Plain));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// Nothing at all, or zeros.
    Empty,
    /// Erased flash: bytes of ff.
    Erased,
    /// A component, or another layer than that of core modules.
    Component,
    /// A core module of a version that does not exist yet.
    Version,
    /// WebAssembly as text.
    Text,
    /// Compressed by gzip.
    Gzip,
    /// An ELF file: a native program or library.
    Elf,
    /// Bytes of no format that is known here.
    Unknown,
    /// A module for WASI: its target is `wasm32-wasip1` or alike.
    Wasi,
    /// A module for wasm-bindgen, and so for JavaScript.
    WasmBindgen,
    /// A module of AssemblyScript that imports its runtime's functions.
    AssemblyScript,
    /// A module of Emscripten that imports its JavaScript.
    Emscripten,
    /// A module of Go that imports its JavaScript.
    Go,
    /// A core module with none of the ABI's exports.
    Plain,
}

/// Beginnings of the names of modules that are imported from.
const MODULES: [(&str, Foreign); 5] = [
    ("wasi_", Foreign::Wasi),
    ("wasi:", Foreign::Wasi),
    ("__wbindgen_", Foreign::WasmBindgen),
    ("wbg", Foreign::WasmBindgen),
    ("gojs", Foreign::Go),
];

/// Beginnings of the names of functions that Emscripten imports from `env`.
const EMSCRIPTEN: [&str; 5] = ["emscripten_", "_emscripten_", "invoke_", "__cxa_", "__syscall_"];

/// The functions that AssemblyScript imports from `env`.
const ASSEMBLY_SCRIPT: [&str; 3] = ["abort", "seed", "trace"];

impl Foreign {
    /// Returns what a file is that begins with these bytes, or `None` for a core module. The first eight bytes tell.
    #[must_use]
    pub fn of_head(bytes: &[u8]) -> Option<Self> {
        let text = bytes.trim_ascii_start();
        let all = |value: u8| bytes.iter().take(HEADER.len()).all(|&byte| byte == value);
        Some(match bytes {
            _ if bytes.starts_with(HEADER) => return None,
            _ if all(0) => Self::Empty,
            _ if all(0xff) => Self::Erased,
            [0, b'a', b's', b'm', _, _, layer, ..] if *layer != 0 => Self::Component,
            [0, b'a', b's', b'm', ..] => Self::Version,
            [0x7f, b'E', b'L', b'F', ..] => Self::Elf,
            [0x1f, 0x8b, ..] => Self::Gzip,
            _ if text.starts_with(b"(") || text.starts_with(b";;") => Self::Text,
            _ => Self::Unknown,
        })
    }

    /// Returns what to do about it, in a few words.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Empty | Self::Erased => "check where the bytes were read from",
            Self::Component => "build a core module instead, for `wasm32v1-none` or `wasm32-unknown-unknown`",
            Self::Version => "build it as a core module of version 1",
            Self::Text => "assemble it first, with `wat2wasm` or `wasm-tools parse`",
            Self::Gzip => "decompress it first",
            Self::Elf => "build it for the target `wasm32v1-none`",
            Self::Unknown => "pass the `.wasm` file that the compiler wrote",
            Self::Wasi => {
                "build it for `wasm32v1-none` or `wasm32-unknown-unknown`, with host functions in place of WASI"
            }
            Self::WasmBindgen => {
                "build it without wasm-bindgen, and turn off features of its dependencies that are for JavaScript (`js`)"
            }
            Self::AssemblyScript => {
                "compile it with `--use abort=` and without `seed` and `trace`, and export what `docs/ABI.md` asks for"
            }
            Self::Emscripten => {
                "build it with clang alone, `--target=wasm32-unknown-unknown -nostdlib`, as `examples/guest-c` is"
            }
            Self::Go => "write the guest in a language that compiles without a JavaScript runtime",
            _ => "build it with `aingle_wasm_guest`, or export what `docs/ABI.md` asks for",
        }
    }

    /// Returns who imports this, or `None` for what is no other host's.
    #[must_use]
    pub fn of_import(module: &str, name: &str) -> Option<Self> {
        let glue = module.starts_with("./") && module.ends_with(".js");
        match module {
            names::IMPORT_MODULE if ASSEMBLY_SCRIPT.contains(&name) => Some(Self::AssemblyScript),
            names::IMPORT_MODULE => {
                EMSCRIPTEN.iter().any(|known| name.starts_with(known)).then_some(Self::Emscripten)
            }
            _ if glue => Some(Self::WasmBindgen),
            _ => MODULES.iter().find(|(known, _)| module.starts_with(known)).map(|&(_, foreign)| foreign),
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Erased => "erased flash",
            Self::Component => "a WebAssembly component",
            Self::Version => "a WebAssembly module of another version",
            Self::Text => "WebAssembly text",
            Self::Gzip => "gzip",
            Self::Elf => "an ELF file",
            Self::Unknown => "of no known format",
            Self::Wasi => "a module for WASI",
            Self::WasmBindgen => "a module for wasm-bindgen",
            Self::AssemblyScript => "a module for AssemblyScript's runtime",
            Self::Emscripten => "a module for Emscripten's runtime",
            Self::Go => "a module for Go's runtime",
            Self::Plain => "a module without the ABI's exports",
        })
    }
}
