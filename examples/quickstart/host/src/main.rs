use aingle_wasm_host::prelude::*;
use drift_types::{BadBatch, SensorError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wasm = std::fs::read("drift.wasm")?;
    let engine = WasmEngine::new(EngineConfig { metering_limit: 1_000_000_000, ..Default::default() })?;
    let module = engine.compile_cached(b"drift", &wasm)?;
    let mut instance = WasmInstance::new(&engine, &module)?;
    let read = |_: &mut (), id: u8| if id == 3 { Ok(21.5_f32) } else { Err(SensorError { id }) };
    instance.register("read_sensor", read)?;

    // Typed: compared with what the module says of itself, here and not at the hundredth call.
    let drift = instance.func::<(u8, &[f32]), Result<f32, BadBatch>>("drift")?;
    println!("{:?}", drift.call(&mut instance, (3, &[20.0, 21.0]))?);

    // Or bytes in, bytes out: sensor 3 and one reading, 20.0, as postcard has them.
    println!("{:?}", instance.call_raw("drift", &[3, 1, 0, 0, 0xa0, 0x41])?);
    Ok(())
}
