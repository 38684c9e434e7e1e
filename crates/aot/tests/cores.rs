//! Images on the cores that they are for, in QEMU: every numeric instruction on edge values, traps, a host call, recursion, fuel.
//!
//! What comes of each function is compared with an interpreter on this machine.
#![allow(missing_docs)]

#[allow(dead_code)]
#[path = "common/firmware.rs"]
mod firmware;
#[path = "cores/module.rs"]
mod module;
#[path = "common/trap.rs"]
mod trap;

use aingle_wasm_aot::{Chip, Limits, Translator};
use aingle_wasm_image::Image;
use aingle_wasm_types::names::{DEPTH, FUEL};
use firmware::{ARM, Board, compile, is_installed, run};
use module::module;
use wasmi::{Linker, Store, Val};

const BOARDS: [Board; 8] = [
    Board { chip: "thumbv6m", qemu: ARM, name: "microbit", flash: 0, ram: RAM, stack: RAM + 0x4000 },
    Board { chip: "thumbv7m", qemu: ARM, name: "mps2-an385", flash: 0, ram: RAM, stack: RAM + 0x4000 },
    Board {
        chip: "thumbv7m",
        qemu: ARM,
        name: "stm32vldiscovery",
        flash: 0x0800_0000,
        ram: RAM,
        stack: RAM + 0x2000,
    },
    Board { chip: "thumbv7em-hf", qemu: ARM, name: "mps2-an386", flash: 0, ram: RAM, stack: RAM + 0x4000 },
    Board {
        chip: "riscv32imac",
        qemu: "qemu-system-riscv32",
        name: "virt",
        flash: 0x8000_0000,
        ram: 0x8010_0000,
        stack: 0x8010_8000,
    },
    Board { chip: "thumbv7em", qemu: ARM, name: "mps2-an386", flash: 0, ram: RAM, stack: RAM + 0x4000 },
    Board {
        chip: "thumbv8m.main",
        qemu: ARM,
        name: "mps2-an505",
        flash: 0x1000_0000,
        ram: 0x3800_0000,
        stack: 0x3800_8000,
    },
    Board {
        chip: "riscv32imc",
        qemu: "qemu-system-riscv32",
        name: "virt",
        flash: 0x8000_0000,
        ram: 0x8010_0000,
        stack: 0x8010_8000,
    },
];
const RAM: u32 = 0x2000_0000;

/// What became of a call: result, number of the trap, fuel that was left.
type Outcome = (u64, u32, u64);

/// The fuel of each call, as the firmware sets it: two slices.
const BUDGET: i64 = 1 << 23;

/// What an interpreter makes of the functions, in the order of their indexes.
fn interpreted(wasm: &[u8], limits: bool) -> Vec<(String, Outcome)> {
    let engine = wasmi::Engine::default();
    let module = wasmi::Module::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let host = |ptr: u32, len: u32| u64::from(ptr ^ len);
    linker.func_wrap("env", "host", host).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let exports = wasmparser::Parser::new(0).parse_all(wasm).flatten().find_map(|payload| match payload {
        wasmparser::Payload::ExportSection(section) => Some(section),
        _ => None,
    });
    let functions = exports.into_iter().flatten().flatten();
    let functions = functions
        .filter(|export| export.kind == wasmparser::ExternalKind::Func && !export.name.starts_with("__"));
    let mut names: Vec<(u32, String)> =
        functions.map(|export| (export.index, export.name.to_owned())).collect();
    names.sort_unstable();
    let mut call = |name: String| {
        if limits {
            let global = |name| instance.get_global(&store, name).unwrap();
            let (fuel, depth) = (global(FUEL), global(DEPTH));
            fuel.set(&mut store, Val::I64(BUDGET)).unwrap();
            depth.set(&mut store, Val::I32(16)).unwrap();
        }
        let function = instance.get_typed_func::<(u32, u32), u64>(&store, &name).unwrap();
        let (result, trap) = match function.call(&mut store, (3, 5)) {
            Ok(result) => (result, 0),
            Err(error) => (0, trap::number(error.as_trap_code())),
        };
        let left = instance.get_global(&store, FUEL).map(|fuel| fuel.get(&store));
        let fuel = left.and_then(|fuel| fuel.i64()).unwrap_or(0).cast_unsigned();
        (name, (result, trap, fuel))
    };
    names.into_iter().map(|(_, name)| call(name)).collect()
}

fn compare(limits: Limits, unlike: &[&str]) {
    let wasm = module(limits);
    let limited = match limits {
        Limits::Merged => aingle_wasm_metering::Meter::default().instrument(&wasm).unwrap(),
        _ => wasm.clone(),
    };
    for board in &BOARDS {
        assert!(is_installed(board), "`cargo xtask setup` installs the target of {}", board.chip);
        let folder = tempfile::tempdir().unwrap();
        let chip = Chip::named(board.chip).unwrap();
        let translator = Translator::new(chip).unwrap().memory(4096).limits(limits);
        let translation = translator.translate(&wasm).unwrap();
        let image = Image::parse(&translation.image).unwrap();
        let wanted = interpreted(&limited, limits == Limits::Merged);
        assert_eq!(image.exports().count(), wanted.len());
        let text = run(board, &compile(board, &translation.image, folder.path(), &[]));
        let found: Vec<Outcome> = text.lines().map(outcome).collect();
        let used = text.lines().map(stack).max().unwrap_or(0);
        // The limit on the depth, or what the firmware allows. The firmware's own call takes some words, too.
        let stack = image.stack();
        let bound = if limits == Limits::Merged { stack.fixed + 16 * stack.per_depth } else { 3000 };
        assert!(used <= bound + OWN_STACK, "{}: {used} bytes of stack, {stack:?}", board.name);
        assert_eq!(found.len(), wanted.len(), "{}:\n{text}", board.name);
        for (found, (name, wanted)) in
            found.iter().zip(&wanted).filter(|(_, (name, _))| !unlike.contains(&&name[..]))
        {
            assert_eq!(found, wanted, "{name} on {}", board.name);
        }
        println!(
            "{} ({}): {} functions agree, image {} bytes, {used} bytes of stack of {bound}",
            board.name,
            chip.name,
            found.len(),
            translation.image.len()
        );
    }
}

/// What the firmware takes between where it measures and the entry of the code, at most.
const OWN_STACK: u32 = 96;

/// The stack that a call used.
fn stack(line: &str) -> u32 {
    line.rsplit(' ').next().and_then(|field| u32::from_str_radix(field, 16).ok()).unwrap_or(u32::MAX)
}

fn outcome(line: &str) -> Outcome {
    let fields: Vec<u64> =
        line.split(' ').map(|field| u64::from_str_radix(field, 16).unwrap_or(u64::MAX)).collect();
    assert_eq!(fields.len(), 5, "{line}");
    (fields[1], fields[2] as u32, fields[3])
}

#[test]
#[ignore = "half a minute: step `native images` of `cargo xtask test`"]
fn images_agree_with_an_interpreter_on_every_core() {
    compare(Limits::AsIs, &[]);
}

#[test]
fn images_with_limits_agree_with_an_interpreter_on_every_core() {
    compare(Limits::Merged, &[]);
}
