//! A thermostat. Versions differ by feature, and some of them do not work.
#![cfg_attr(any(target_family = "wasm", target_os = "none"), no_std)]

use aingle_wasm_guest::prelude::*;

/// The version, which the firmware asks for before it confirms a module.
#[export]
fn version() -> u32 {
    if cfg!(feature = "traps") {
        panic!("this version does not work");
    }
    if cfg!(feature = "hangs") {
        loop {
            core::hint::black_box(());
        }
    }
    if cfg!(feature = "v3") {
        3
    } else if cfg!(feature = "v2") {
        2
    } else {
        1
    }
}

/// Whether to heat, at this temperature in degrees Celsius. `None` if that is no temperature.
#[export]
fn heat(celsius: f32, heats: bool) -> Option<bool> {
    if !celsius.is_finite() {
        log(Level::Warn, "the sensor is not connected");
        return None;
    }
    let set_point = if cfg!(any(feature = "v2", feature = "v3")) { 20.5 } else { 21.0 };
    // Version 3 does not switch at every little change.
    let below = if cfg!(feature = "v3") && !heats { 0.5 } else { 0.0 };
    Some(celsius < set_point - below)
}
