//! How fast images are: instructions of a Cortex-M3, which repeat, beside the same source compiled with the firmware.
#![allow(missing_docs)]

#[allow(dead_code)]
#[path = "common/firmware.rs"]
mod firmware;

use aingle_wasm_aot::{Chip, Limits, Translator};
use firmware::{ARM, Board, compile, run};
use std::path::Path;
use std::process::Command;

const RAM: u32 = 0x2000_0000;
const BOARD: Board =
    Board { chip: "thumbv7m", qemu: ARM, name: "mps2-an385", flash: 0, ram: RAM, stack: RAM + 0x4_0000 };

/// Nanoseconds of a tick of the board's timer: with `-icount shift=0` as many instructions.
const TICK: u64 = 40;

/// The kernels, and at most how many times the instructions an image may take: without limits to native, with limits to without.
const KERNELS: [(&str, f64, f64); 3] =
    [("fib(20)", 1.25, 1.4), ("sieve up to 4000", 1.8, 1.3), ("SHA-256 of 1 KiB", 1.15, 1.15)];

/// The kernels as a module, as small guests are built.
fn guest(folder: &Path) -> Vec<u8> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest/raw.rs");
    let status = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .current_dir(folder)
        .args([
            "--edition",
            "2024",
            "--target",
            "wasm32v1-none",
            "--crate-type",
            "cdylib",
            "--crate-name",
            "guest",
        ])
        .args(["-C", "opt-level=2", "-C", "panic=abort", "-C", "codegen-units=1"])
        .args(["-C", "link-arg=-zstack-size=8192", "-C", "link-arg=--stack-first"])
        .arg(source)
        .status();
    assert!(status.unwrap().success());
    std::fs::read(folder.join("guest.wasm")).unwrap()
}

/// The instructions of each kernel: native, and in the image.
fn measure(limits: Limits) -> Vec<(u64, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let translator = Translator::new(Chip::named(BOARD.chip).unwrap()).unwrap().limits(limits);
    let image = translator.translate(&guest(folder.path())).unwrap().image;
    let text = run(&BOARD, &compile(&BOARD, &image, folder.path(), &["--cfg", "speed"]));
    let instructions = |field: &str| u64::from_str_radix(field, 16).unwrap() * TICK;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        (instructions(fields[1]), instructions(fields[2]))
    };
    text.lines().map(line).collect()
}

#[test]
fn kernels_in_images_beside_the_same_source_compiled_natively() {
    let (plain, limited) = (measure(Limits::AsIs), measure(Limits::Merged));
    assert_eq!((plain.len(), limited.len()), (KERNELS.len(), KERNELS.len()));
    for (((name, to_native, to_plain), (native, plain)), (_, limited)) in
        KERNELS.into_iter().zip(plain).zip(limited)
    {
        let times = |a: u64, b: u64| a as f64 / b as f64;
        let (found, with) = (times(plain, native), times(limited, plain));
        println!("{name}: native {native}, image {plain} ({found:.2}), with limits {limited} ({with:.2})");
        assert!(
            found <= to_native && with <= to_plain,
            "{name}: {found:.2} of {to_native}, {with:.2} of {to_plain}"
        );
    }
}
