//! One guest on every engine: what the tests in `tests/` share.
//!
//! A test is written once, as a function of a [`Subject`], and [`on_every_engine!`] runs it on Wasmer,
//! wasm3, spacewasm and wasmi and compares what came of it.
#![deny(unsafe_code)]

pub mod campaign;
pub mod described;
pub mod differ;
mod failure;
mod guest;
mod limited;
pub mod measured;
pub mod stops;
mod subject;
pub mod wire;
mod world;

pub use failure::Failure;
pub use guest::guest;
pub use limited::limited;
pub use subject::{Engines, FUEL, MEMORY, Subject};
pub use world::{World, broken, lookup};

/// Runs `$check(&mut subject)` on every engine, each with a fresh instance of `$wasm`, asserts that all
/// results are equal, and returns the result. Engines that differ from the default come first.
#[macro_export]
macro_rules! on_every_engine {
    ($wasm:expr, $check:expr) => {
        $crate::on_every_engine!($crate::Engines::default(), $wasm, $check)
    };
    ($engines:expr, $wasm:expr, $check:expr) => {{
        let (engines, wasm): (_, &[u8]) = ($engines, $wasm);
        let wasmer = $check(&mut engines.wasmer(wasm).expect("wasmer"));
        assert_eq!(wasmer, $check(&mut engines.wasm3(wasm).expect("wasm3")), "wasm3 differs from wasmer");
        assert_eq!(
            wasmer,
            $check(&mut engines.spacewasm(wasm).expect("spacewasm")),
            "spacewasm differs from wasmer"
        );
        assert_eq!(wasmer, $check(&mut engines.wasmi(wasm).expect("wasmi")), "wasmi differs from wasmer");
        wasmer
    }};
}
