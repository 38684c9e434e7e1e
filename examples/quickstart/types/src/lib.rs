#![no_std]

use aingle_wasm_guest::prelude::*;

#[derive(Debug, Data)]
pub struct SensorError {
    pub id: u8,
}

#[derive(Debug, Data)]
pub enum BadBatch {
    Empty,
    Sensor(SensorError),
    NoHost,
}
