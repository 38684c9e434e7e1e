//! The static bound, by the address space that an instance takes. In a program of its own, because all
//! tests of one share their address space.
#![cfg(target_os = "linux")]

mod common;

use aingle_wasm_host::prelude::*;
use common::*;

/// The address space of this process, in bytes.
fn address_space() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn a02_static_memory_bound_decides_what_is_reserved() {
    const GIB: i64 = 1 << 30;
    for (static_memory_bound, memory_limit, reserved) in [
        (0x4000, 0x4000 << 16, true),
        (0x3fff, 0x4000 << 16, false),
        (0x10, 0x10 << 16, true),
        (0, 0x10 << 16, false),
    ] {
        let config = EngineConfig { static_memory_bound, memory_limit, ..Default::default() };
        let mut instance = instance(&engine_with(config));
        let before = address_space();
        instance.start().unwrap();
        let grown = address_space().cast_signed() - before.cast_signed();
        assert_eq!(grown > 7 * GIB, reserved, "{grown} bytes with a bound of {static_memory_bound:#x}");
        assert_eq!(instance.call_raw("echo", &[3; 100_000]).unwrap(), [3; 100_000]);
    }
}
