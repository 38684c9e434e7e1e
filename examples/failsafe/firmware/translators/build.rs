//! The memory of the board, the object of synth, and what synth leaves to who embeds it: data, globals, and the table in the memory's beginning.

#[path = "../../../firmware/memory_layout.rs"]
mod memory_layout;

use std::env;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use wasmparser::{ConstExpr, DataKind, ElementItems, ElementKind, Operator, Parser, Payload};

fn main() {
    memory_layout::link("../stm32f100.x");
    let variable = |name: &str| {
        println!("cargo::rerun-if-env-changed={name}");
        let file = env::var(name).unwrap_or_else(|_| panic!("{name}: `cargo xtask translators` sets it"));
        println!("cargo::rerun-if-changed={file}");
        file
    };
    let (object, module) = (variable("SYNTH_OBJECT"), variable("SYNTH_MODULE"));
    println!("cargo::rustc-link-arg-bins={object}");
    let out = env::var("OUT_DIR").unwrap();
    let wasm = std::fs::read(module).unwrap();
    let text = describe(&wasm, &symbols(&object), &type_ids(&object, &out));
    std::fs::write(Path::new(&out).join("object.rs"), text).unwrap();
}

/// Returns the functions of the object, and where they are in its text.
fn symbols(object: &str) -> Vec<(String, u32)> {
    let output = Command::new("arm-none-eabi-nm").arg(object).output().expect("arm-none-eabi-nm runs");
    let text = String::from_utf8(output.stdout).unwrap();
    let symbol = |line: &str| {
        let mut words = line.split_whitespace();
        let at = u32::from_str_radix(words.next()?, 16).ok()?;
        Some((words.nth(1)?.to_owned(), at & !1))
    };
    text.lines().filter_map(symbol).collect()
}

/// Returns the types of the table's elements, as synth numbers them.
fn type_ids(object: &str, out: &str) -> Vec<u32> {
    const SECTION: &str = ".synth.table_type_ids";
    let file = format!("{out}/type_ids");
    let status = Command::new("arm-none-eabi-objcopy")
        .args(["-O", "binary", "--only-section", SECTION])
        .args(["--set-section-flags", &format!("{SECTION}=alloc,contents"), object, &file])
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    let bytes = std::fs::read(file).unwrap();
    bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

/// Returns the constants: data, globals, table with the places of its functions, and their types.
fn describe(wasm: &[u8], symbols: &[(String, u32)], type_ids: &[u32]) -> String {
    let place = |name: &str| {
        let found = symbols.iter().find(|(symbol, _)| symbol == name);
        found.unwrap_or_else(|| panic!("the object has no `{name}`")).1
    };
    let (mut data, mut globals, mut table) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::DataSection(section) => {
                for segment in section.into_iter().map(Result::unwrap) {
                    let DataKind::Active { offset_expr, .. } = segment.kind else {
                        panic!("a passive segment")
                    };
                    data.push((number(&offset_expr), segment.data.to_vec()));
                }
            }
            Payload::GlobalSection(section) => {
                globals.extend(section.into_iter().map(|global| number(&global.unwrap().init_expr)));
            }
            Payload::ElementSection(section) => {
                for element in section.into_iter().map(Result::unwrap) {
                    let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                        (element.kind, element.items)
                    else {
                        panic!("a passive element")
                    };
                    let functions =
                        functions.into_iter().map(|function| place(&format!("func_{}", function.unwrap())));
                    table.extend((number(&offset_expr)..).zip(functions));
                }
            }
            _ => {}
        }
    }
    let mut text = String::new();
    let data = data.iter().map(|(at, bytes)| format!("({at}, &{bytes:?})")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "pub const DATA: &[(usize, &[u8])] = &[{data}];");
    let _ = writeln!(text, "pub const GLOBALS: [u32; {}] = {globals:?};", globals.len());
    let _ = writeln!(text, "/// Elements, and where their functions are in the text.");
    let _ = writeln!(text, "pub const TABLE: &[(usize, u32)] = &{table:?};");
    let _ = writeln!(text, "pub const TYPE_IDS: &[u32] = &{type_ids:?};");
    let _ = writeln!(text, "/// Where the export is in the text.");
    let _ = writeln!(text, "pub const PLAY: u32 = {};", place("play"));
    text
}

/// Returns a constant.
fn number(expression: &ConstExpr<'_>) -> u32 {
    match expression.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => value.cast_unsigned(),
        other => panic!("not a number: {other:?}"),
    }
}
