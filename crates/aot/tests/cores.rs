//! Images on the cores that they are for, in QEMU: every numeric instruction on edge values, traps, a host call, recursion, fuel.
//!
//! What comes of each function is compared with an interpreter on this machine.
#![allow(missing_docs)]

#[allow(dead_code)]
#[path = "common/firmware.rs"]
mod firmware;
#[path = "common/trap.rs"]
mod trap;

use aingle_wasm_aot::{Chip, Limits, Translator};
use aingle_wasm_image::Image;
use aingle_wasm_types::names::{DEPTH, FUEL};
use firmware::{ARM, Board, compile, is_installed, run};
use std::fmt::Write;
use std::process::Command;
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

/// Edge values of each type, as they are written in the memory: type, place, size, bits.
const VALUES: [(&str, u32, u32, [u64; 12]); 4] = [
    (
        "i32",
        0x100,
        4,
        [0, 1, 2, 31, 0xff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1234_5678, 0xffff_fff0],
    ),
    (
        "i64",
        0x200,
        8,
        [
            0,
            1,
            3,
            63,
            0x80,
            0xffff_ffff,
            1 << 32,
            i64::MAX as u64,
            1 << 63,
            u64::MAX,
            0x1234_5678_9abc_def0,
            u64::MAX - 1,
        ],
    ),
    (
        "f32",
        0x300,
        4,
        [
            0,
            0x8000_0000,
            0x3f80_0000,
            0xbf80_0000,
            0x3f00_0000,
            0x4020_0000,
            0xc020_0000,
            0x7f80_0000,
            0x7fc0_0000,
            1,
            0x4b00_0001,
            0x4f32_1234,
        ],
    ),
    (
        "f64",
        0x400,
        8,
        [
            0,
            1 << 63,
            0x3ff0_0000_0000_0000,
            0xbfe0_0000_0000_0000,
            0x4004_0000_0000_0000,
            0xc00c_0000_0000_0000,
            0x7ff0_0000_0000_0000,
            0x7ff8_0000_0000_0000,
            1,
            0x4330_0000_0000_0001,
            0x41ef_ffff_ffe0_0000,
            0x4005_bf0a_8b14_5769,
        ],
    ),
];

/// The instructions: type of the operands, how many, type of the result, names.
const INSTRUCTIONS: [(&str, usize, &str, &str); 21] = [
    ("i32", 2, "i32", "add sub mul and or xor shl shr_s shr_u rotl rotr"),
    ("i64", 2, "i64", "add sub mul and or xor shl shr_s shr_u rotl rotr"),
    ("i32", 2, "i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ("i64", 2, "i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ("i32", 1, "i32", "clz ctz popcnt eqz extend8_s extend16_s"),
    ("i64", 1, "i64", "clz ctz popcnt extend8_s extend16_s extend32_s"),
    ("i64", 1, "i32", "eqz"),
    ("f32", 2, "f32", "add sub mul div min max copysign"),
    ("f64", 2, "f64", "add sub mul div min max copysign"),
    ("f32", 2, "i32", "eq ne lt gt le ge"),
    ("f64", 2, "i32", "eq ne lt gt le ge"),
    ("f32", 1, "f32", "abs neg ceil floor trunc nearest sqrt"),
    ("f64", 1, "f64", "abs neg ceil floor trunc nearest sqrt"),
    ("f32", 1, "i32", "=i32.trunc_sat_f32_s =i32.trunc_sat_f32_u =i32.reinterpret_f32"),
    ("f64", 1, "i32", "=i32.trunc_sat_f64_s =i32.trunc_sat_f64_u"),
    ("f32", 1, "i64", "=i64.trunc_sat_f32_s =i64.trunc_sat_f32_u"),
    ("f64", 1, "i64", "=i64.trunc_sat_f64_s =i64.trunc_sat_f64_u =i64.reinterpret_f64"),
    ("i32", 1, "f32", "=f32.convert_i32_s =f32.convert_i32_u"),
    ("i64", 1, "f32", "=f32.convert_i64_s =f32.convert_i64_u"),
    ("i32", 1, "f64", "=f64.convert_i32_s =f64.convert_i32_u"),
    ("i64", 1, "f64", "=f64.convert_i64_s =f64.convert_i64_u"),
];

/// Functions with an end of their own: traps, divisions, a host call, recursion, other accesses.
const OTHERS: &str = r#"
    (func (export "unreachable") (param i32 i32) (result i64) (unreachable))
    (func (export "outside") (param i32 i32) (result i64) (i64.load offset=0xfffffff8 (local.get 0)))
    (func (export "table") (param i32 i32) (result i64) (call_indirect (param i32 i32) (result i64) (local.get 0) (local.get 1) (i32.const 9)))
    (func (export "type") (param i32 i32) (result i64) (drop (call_indirect (result i32) (i32.const 0))) (i64.const 1))
    (func (export "indirect") (param i32 i32) (result i64) (call_indirect (param i32 i32) (result i64) (local.get 0) (local.get 1) (i32.const 1)))
    (func (export "zero") (param i32 i32) (result i64) (i64.div_u (i64.const 7) (i64.extend_i32_u (i32.sub (local.get 1) (i32.const 5)))))
    (func (export "overflow") (param i32 i32) (result i64) (i64.extend_i32_s (i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 4)))))
    (func (export "conversion") (param i32 i32) (result i64) (i64.trunc_f64_s (f64.div (f64.convert_i32_s (i32.sub (local.get 0) (i32.const 3))) (f64.const 0))))
    (func (export "large") (param i32 i32) (result i64) (i64.extend_i32_u (i32.trunc_f32_u (f32.mul (f32.convert_i32_s (local.get 0)) (f32.const 1e10)))))
    (func $ask (export "ask") (param i32 i32) (result i64) (i64.add (call $host (local.get 0) (local.get 1)) (call $host (local.get 1) (i32.const 1))))
    (func (export "divisions") (param i32 i32) (result i64) (i64.xor (i64.xor
        (i64.div_s (i64.const -1234567890123456789) (i64.extend_i32_u (local.get 0))) (i64.rem_u (i64.const -1234567890123456789) (i64.extend_i32_u (local.get 1))))
        (i64.extend_i32_s (i32.add (i32.rem_s (i32.const -1000001) (local.get 0)) (i32.div_u (i32.const -1000001) (local.get 1))))))
    (func (export "narrow") (param i32 i32) (result i64)
        (i64.store offset=0x701 (local.get 0) (i64.const 0x8182838485868788)) (i32.store16 offset=0x703 (local.get 0) (local.get 1))
        (i64.store8 offset=0x705 (local.get 0) (i64.const 0x77))
        (i64.add (i64.add (i64.load offset=0x700 (local.get 0)) (i64.load16_s offset=0x701 (local.get 0)))
            (i64.add (i64.load32_s offset=0x703 (local.get 0)) (i64.extend_i32_s (i32.load8_s offset=0x702 (local.get 0))))))
    (func (export "bulk") (param i32 i32) (result i64)
        (memory.fill (i32.const 0x781) (i32.const 0x5a) (i32.const 33)) (memory.copy (i32.const 0x785) (i32.const 0x100) (i32.const 21))
        (memory.copy (i32.const 0x783) (i32.const 0x782) (i32.const 30)) (i64.xor (i64.load (i32.const 0x781)) (i64.load (i32.const 0x790))))
    (func (export "bulk outside") (param i32 i32) (result i64) (memory.fill (i32.const 1) (i32.const 0) (i32.const -1)) (i64.const 0))
    (func $even (param i32) (result i64) (if (result i64) (local.get 0) (then (i64.add (i64.const 3) (call $odd (i32.sub (local.get 0) (i32.const 1))))) (else (i64.const 1))))
    (func $odd (param i32) (result i64) (if (result i64) (local.get 0) (then (i64.mul (i64.const 5) (call $even (i32.sub (local.get 0) (i32.const 1))))) (else (i64.const 2))))
    (func (export "recursion") (param i32 i32) (result i64) (call $even (i32.add (local.get 0) (local.get 1))))
    (func (export "too deep") (param i32 i32) (result i64) (call $even (i32.const 1000000)))
    (export "host again" (func $host))
    (func $select (export "switch") (param i32 i32) (result i64) (local i64)
        (loop $again
            (block $c (block $b (block $a (br_table $a $b $c $b (i32.and (local.get 0) (i32.const 7))))
                (local.set 2 (i64.add (local.get 2) (i64.const 17))) (br $c))
                (local.set 2 (i64.mul (local.get 2) (i64.const 31))) (local.set 2 (i64.add (local.get 2) (i64.const 1))))
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get 0) (i32.const 40))))
        (local.get 2))"#;

/// A hash of what an instruction makes of all its operands. What is not a number is one number.
fn hashing(text: &mut String, operand: &str, operands: usize, result: &str, name: &str) {
    let of = |ty: &str| VALUES.into_iter().find(|(known, ..)| *known == ty).unwrap();
    let (_, place, size, _) = of(operand);
    let load = |local: u32| {
        format!("({operand}.load offset={place} (i32.mul (local.get {local}) (i32.const {size})))")
    };
    let instruction = name.strip_prefix('=').map_or(format!("{operand}.{name}"), str::to_owned);
    let second = if operands == 2 { load(1) } else { String::new() };
    let bits = match result {
        "i32" => "(i64.extend_i32_u (local.get $r))",
        "i64" => "(local.get $r)",
        "f32" => {
            "(i64.extend_i32_u (i32.reinterpret_f32 (select (f32.const nan) (local.get $r) (f32.ne (local.get $r) (local.get $r)))))"
        }
        _ => {
            "(i64.reinterpret_f64 (select (f64.const nan) (local.get $r) (f64.ne (local.get $r) (local.get $r))))"
        }
    };
    let count = VALUES[0].3.len();
    let _ = write!(
        text,
        "(func (export \"{instruction}\") (param i32 i32) (result i64) (local $h i64) (local $r {result})
            (local.set 0 (i32.const 0))
            (loop $outer
                (local.set 1 (i32.const 0))
                (loop $inner
                    (local.set $r ({instruction} {} {second}))
                    (local.set $h (i64.mul (i64.xor (i64.rotl (local.get $h) (i64.const 5)) {bits}) (i64.const 0x9e3779b97f4a7c15)))
                    (br_if $inner (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const {count}))))
                (br_if $outer (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const {count}))))
            (local.get $h))",
        load(0)
    );
}

fn module() -> Vec<u8> {
    let mut text = String::from(
        "(module (import \"env\" \"host\" (func $host (param i32 i32) (result i64))) (memory 1) (table 2 funcref) (elem (i32.const 0) $ask $select)",
    );
    for (_, place, size, values) in VALUES {
        let bytes: String = values
            .iter()
            .flat_map(|value| value.to_le_bytes().into_iter().take(size as usize))
            .map(|byte| format!("\\{byte:02x}"))
            .collect();
        let _ = write!(text, "(data (i32.const {place}) \"{bytes}\")");
    }
    for (operand, operands, result, names) in INSTRUCTIONS {
        names.split(' ').for_each(|name| hashing(&mut text, operand, operands, result, name));
    }
    wat::parse_str(text + OTHERS + ")").unwrap()
}

/// What became of a call: result, number of the trap, fuel that was left.
type Outcome = (u64, u32, u64);

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
            fuel.set(&mut store, Val::I64(1 << 40)).unwrap();
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

/// `cargo xtask setup` installs QEMU for ARM. Other emulators are used where they are.
fn is_there(qemu: &str) -> bool {
    qemu == ARM || Command::new(qemu).arg("--version").output().is_ok()
}

fn compare(limits: Limits, unlike: &[&str]) {
    let wasm = module();
    let limited = match limits {
        Limits::Merged => aingle_wasm_metering::Meter::default().instrument(&wasm).unwrap(),
        _ => wasm.clone(),
    };
    let mut cores = 0;
    for board in &BOARDS {
        if !is_there(board.qemu) || !is_installed(board) {
            println!(
                "{} ({}): left out, its target or {} is not installed",
                board.name, board.chip, board.qemu
            );
            continue;
        }
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
        cores += 1;
    }
    assert!(cores >= 4);
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
