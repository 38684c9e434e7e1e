//! The weather guest on the engines that this firmware was built with.

use crate::console::Console;
use crate::stopwatch::Stopwatch;
use crate::{board, raw};
use aingle_wasm_host_embedded::{Backend, EngineInstance, Error};
use weather_scenario::{Clock, Embedded, Failure, run};

/// Runs the scenario on every engine in turn.
///
/// # Errors
/// When an engine refuses the module, or a call fails.
pub fn run_all(wasm: &[u8], stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Failure<Error>> {
    #[cfg(feature = "wasm3")]
    run_on(wasm3(), wasm, stopwatch, console)?;
    #[cfg(feature = "spacewasm")]
    run_on(spacewasm(), wasm, stopwatch, console)?;
    Ok(())
}

impl Clock for Stopwatch {
    fn start(&mut self) {
        Stopwatch::start(self);
    }

    fn stop(&mut self) -> Option<u64> {
        Stopwatch::stop(self).map(u64::from)
    }
}

/// Says how much memory was used at most, also when that was too little.
pub fn report_memory(console: &mut Console) {
    console.line(format_args!("memory heap {}", raw::heap_peak()));
    console.line(format_args!("memory stack {}", raw::stack_peak()));
}

#[cfg(feature = "wasm3")]
fn wasm3() -> impl Backend {
    use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
    let config = Wasm3Config {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK,
        native_stack: board::NATIVE_STACK,
        ..Default::default()
    };
    Wasm3::new(config)
}

#[cfg(feature = "spacewasm")]
fn spacewasm() -> impl Backend {
    use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
    Spacewasm::new(SpacewasmConfig {
        memory_limit: board::GUEST_MEMORY,
        stack_size: board::ENGINE_STACK as usize,
        engine_fuel: Some(10_000_000),
        ..Default::default()
    })
}

fn run_on<B: Backend>(
    backend: B,
    wasm: &[u8],
    stopwatch: &mut Stopwatch,
    console: &mut Console,
) -> Result<(), Failure<Error>> {
    console.line(format_args!("engine {}", B::CAPABILITIES.name));
    let mut weather = Embedded::load(backend, wasm).map_err(Failure::Call)?;
    let report = run(&mut weather, stopwatch)?;
    console.line(format_args!("{report}"));
    console.line(format_args!("memory guest {}", weather.runtime().engine_mut().memory().len()));
    Ok(())
}
