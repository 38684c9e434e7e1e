#![no_std]

use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::{Error, Runtime};
use drift_types::{BadBatch, SensorError};

pub struct Sensors;
impl Sensors {
    fn read(&mut self, id: u8) -> Result<f32, SensorError> {
        if id == 3 { Ok(21.5) } else { Err(SensorError { id }) }
    }
}

pub fn drift_now(module: &[u8], readings: &[f32]) -> Result<Result<f32, BadBatch>, Error> {
    // In bytes. The guest gets less than a page; its calls stop before they take more stack than this.
    let (memory_limit, stack_size, native_stack) = (8 * 1024, 4 * 1024, 48 * 1024);
    let config = Wasm3Config { memory_limit, stack_size, native_stack, ..Default::default() };
    let mut runtime = Runtime::with_state(Wasm3::new(config), module, Sensors)?; // validated here
    runtime.register("read_sensor", |sensors: &mut Sensors, id: u8| sensors.read(id))?;
    let drift = runtime.func::<(u8, &[f32]), Result<f32, BadBatch>>("drift")?;
    drift.call(&mut runtime, (3, readings))
}
