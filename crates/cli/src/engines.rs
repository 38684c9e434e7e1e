//! Which engines run a module.
//!
//! The engines themselves are not asked: they would make a large program of a small one. Their features and limits are
//! those of `docs/ENGINES.md`, and a test compares them with it.

use aingle_wasm_module::Foreign;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// Engine of this SDK, with what it takes of one module.
pub struct Engine {
    /// Its name.
    pub name: &'static str,
    /// Whether it runs on devices.
    pub embedded: bool,
    features: WasmFeatures,
    /// The numbers of the table in `docs/ENGINES.md`, in its order, if it has any.
    pub limits: Option<[u32; 10]>,
}

/// What is counted, in the order of the table in `docs/ENGINES.md`.
pub const COUNTED: [&str; 10] = [
    "types",
    "parameters of a type",
    "imports",
    "functions, without imports",
    "globals",
    "exports",
    "segments of elements; of data",
    "bytes of a function's body",
    "local variables of a function",
    "groups of them, as declared",
];

const PORTABLE: WasmFeatures = WasmFeatures::WASM1.union(WasmFeatures::MUTABLE_GLOBAL);
const COMMON: [u32; 10] = [10_000, 1_000, 10_000, 65_535, 65_535, 10_000, 10_000, 4 << 20, 30_000, 30_000];

/// The engines.
pub const ENGINES: [Engine; 4] = [
    Engine {
        name: "wasm3",
        embedded: true,
        features: PORTABLE.union(WasmFeatures::SIGN_EXTENSION).union(WasmFeatures::SATURATING_FLOAT_TO_INT),
        limits: Some(COMMON),
    },
    Engine {
        name: "spacewasm",
        embedded: true,
        features: PORTABLE,
        limits: Some([10_000, 255, 1_000, 65_535, 65_535, 1_000, 10_000, 4 << 20, 16_000, 1_000]),
    },
    Engine { name: "wasmi", embedded: true, features: PORTABLE, limits: Some(COMMON) },
    Engine {
        name: "server",
        embedded: false,
        features: WasmFeatures::WASM2.union(WasmFeatures::EXTENDED_CONST),
        limits: None,
    },
];

impl Engine {
    /// Returns where a module uses what the engine has not, in bytes; `None` if it is valid on it.
    #[cfg(feature = "run")]
    #[must_use]
    pub fn foreign_feature(&self, wasm: &[u8]) -> Option<u64> {
        Validator::new_with_features(self.features).validate_all(wasm).err().map(|error| error.offset())
    }

    /// Returns why the engine does not run a module, or `None` if it does.
    #[must_use]
    pub fn refuses(&self, wasm: &[u8]) -> Option<String> {
        if let Some(foreign @ (Foreign::Component | Foreign::Wasi)) = Foreign::of(wasm) {
            return Some(format!("it is {foreign}"));
        }
        if let Err(error) = Validator::new_with_features(self.features).validate_all(wasm) {
            return Some(format!("{} (at byte {})", error.message(), error.offset()));
        }
        let (limits, counts) = (self.limits?, count(wasm)?);
        let over = (0..COUNTED.len()).find(|at| counts[*at] > limits[*at])?;
        Some(format!("{}: {}, limit {}", COUNTED[over], counts[over], limits[over]))
    }
}

/// Counts what is limited, of a module that is valid.
fn count(wasm: &[u8]) -> Option<[u32; 10]> {
    let mut counts = [0; 10];
    let mut most = |at: usize, count: u32| counts[at] = counts[at].max(count);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::TypeSection(types) => {
                most(0, types.count());
                for ty in types.into_iter_err_on_gc_types() {
                    most(1, u32::try_from(ty.ok()?.params().len()).ok()?);
                }
            }
            Payload::ImportSection(imports) => most(2, imports.count()),
            Payload::FunctionSection(functions) => most(3, functions.count()),
            Payload::GlobalSection(globals) => most(4, globals.count()),
            Payload::ExportSection(exports) => most(5, exports.count()),
            Payload::ElementSection(segments) => most(6, segments.count()),
            Payload::DataSection(segments) => most(6, segments.count()),
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                most(7, u32::try_from(range.end - range.start).ok()?);
                let groups = body.get_locals_reader().ok()?;
                most(9, groups.get_count());
                let locals: u64 = groups.into_iter().filter_map(Result::ok).map(|(n, _)| u64::from(n)).sum();
                most(8, u32::try_from(locals).unwrap_or(u32::MAX));
            }
            _ => {}
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_page() {
        let page = include_str!("../../../docs/ENGINES.md");
        for (at, what) in COUNTED.iter().enumerate() {
            let row = page.lines().find_map(|line| line.strip_prefix(&format!("| {what} | "))).expect(what);
            let cells: Vec<u32> =
                row.trim_end_matches(" |").split(" | ").map(|cell| cell.parse().expect(cell)).collect();
            let ours: Vec<u32> =
                ENGINES.iter().filter_map(|engine| engine.limits).map(|all| all[at]).collect();
            assert_eq!(cells, ours, "{what}");
        }
    }

    #[test]
    fn an_engine_refuses_features_and_counts_that_it_does_not_take() {
        let refuses = |text: &str| {
            let wasm = wat::parse_str(text).unwrap();
            ENGINES.each_ref().map(|engine| engine.refuses(&wasm).is_some())
        };
        assert_eq!(refuses("(module)"), [false; 4]);
        let extends = "(module (func (drop (i32.extend8_s (i32.const 1)))))";
        assert_eq!(refuses(extends), [false, true, true, false]);
        assert_eq!(
            refuses("(module (func (result i32 i32) i32.const 1 i32.const 2))"),
            [true, true, true, false]
        );
        let params = format!("(module (func (param {})))", "i32 ".repeat(256));
        assert_eq!(refuses(&params), [false, true, false, false]);
        assert_eq!(refuses("(module (func (result v128) v128.const i64x2 1 2))")[..3], [true; 3]);
        let memory64 = "(module (memory i64 1))";
        assert_eq!(refuses(memory64), [true; 4]);
        let locals = format!("(module (func {}))", "(local i32)(local i64)".repeat(501));
        assert_eq!(refuses(&locals), [false, true, false, false]);
    }
}
