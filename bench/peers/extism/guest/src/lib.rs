//! The guest of the benchmarks as an Extism plug-in.

use aingle_wasm_bench_work::{self as work, Sample};
use extism_pdk::*;

#[host_fn]
extern "ExtismHost" {
    fn reflect(message: Vec<u8>) -> Vec<u8>;
}

#[plugin_fn]
pub fn echo(bytes: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(bytes)
}

#[plugin_fn]
pub fn sum(bytes: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(work::sum(&bytes).to_le_bytes().to_vec())
}

#[plugin_fn]
pub fn adjust(Msgpack(sample): Msgpack<Sample>) -> FnResult<Msgpack<Sample>> {
    Ok(Msgpack(sample.corrected()))
}

#[plugin_fn]
pub fn mean(Msgpack(readings): Msgpack<Vec<f32>>) -> FnResult<Msgpack<f32>> {
    Ok(Msgpack(work::mean(&readings)))
}

#[plugin_fn]
pub fn ask(Msgpack(times): Msgpack<u32>) -> FnResult<Msgpack<u32>> {
    let mut answered = 0;
    for _ in 0..times {
        answered += unsafe { reflect(vec![7; work::MESSAGE]) }?.len() as u32;
    }
    Ok(Msgpack(answered))
}
