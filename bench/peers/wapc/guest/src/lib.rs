//! The guest of the benchmarks for waPC.

use aingle_wasm_bench_work::{self as work, Sample};
use wapc_guest::prelude::*;

#[unsafe(no_mangle)]
pub extern "C" fn wapc_init() {
    register_function("echo", |bytes| Ok(bytes.to_vec()));
    register_function("sum", |bytes| Ok(work::sum(bytes).to_le_bytes().to_vec()));
    register_function("adjust", adjust);
    register_function("mean", mean);
    register_function("ask", ask);
}

fn adjust(bytes: &[u8]) -> CallResult {
    let sample: Sample = rmp_serde::from_slice(bytes)?;
    Ok(rmp_serde::to_vec(&sample.corrected())?)
}

fn mean(bytes: &[u8]) -> CallResult {
    let readings: Vec<f32> = rmp_serde::from_slice(bytes)?;
    Ok(rmp_serde::to_vec(&work::mean(&readings))?)
}

fn ask(bytes: &[u8]) -> CallResult {
    let times: u32 = rmp_serde::from_slice(bytes)?;
    let message = [7; work::MESSAGE];
    let mut answered = 0;
    for _ in 0..times {
        answered += host_call("bench", "host", "reflect", &message)?.len() as u32;
    }
    Ok(rmp_serde::to_vec(&answered)?)
}
