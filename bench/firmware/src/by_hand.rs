//! The guest without the SDK: the request into its window, the call, the reply out of it.

use crate::console::Console;
use crate::counting::instructions_each;
use crate::done;
use crate::engine::{GUEST, backend};
use crate::stopwatch::Stopwatch;
use aingle_wasm_bench_work::MESSAGE;
use aingle_wasm_host_core::Signature;
use aingle_wasm_host_embedded::{Backend, EngineInstance, Error, Host, HostFunctions};

pub fn run(stopwatch: &mut Stopwatch, console: &mut Console) -> Result<(), Error> {
    let mut engine = backend(None, &GUEST.0).load(&GUEST.0, Host::new((), HostFunctions::new()))?;
    engine.start()?;
    let window = engine.find("window", Signature::Address)?;
    let window = engine.call(&window, 0, 0).map_err(Error::Trap)? as u32;
    let echo = engine.find("echo_window", Signature::Entry)?;
    let (message, mut reply) = ([7; MESSAGE], [0; MESSAGE]);
    let instructions = instructions_each(stopwatch, 100, || {
        engine.refuel();
        engine.memory()[window as usize..][..MESSAGE].copy_from_slice(&message);
        let packed = done(engine.call(&echo, window, MESSAGE as u32));
        reply.copy_from_slice(&engine.memory()[(packed >> 32) as usize..][..MESSAGE]);
    });
    assert!(reply == message);
    console.line(format_args!("figure echo {instructions}"));
    Ok(())
}
