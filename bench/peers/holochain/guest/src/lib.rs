//! The guest of the benchmarks for Holochain's wasmer.

use aingle_wasm_bench_work::{self as work, Sample};
use holochain_wasmer_guest::*;
use serde_bytes::ByteBuf;

host_externs!(reflect:1);

#[unsafe(no_mangle)]
pub extern "C" fn echo(ptr: usize, len: usize) -> DoubleUSize {
    host_args::<ByteBuf>(ptr, len).map_or_else(|error| error, return_ptr)
}

#[unsafe(no_mangle)]
pub extern "C" fn sum(ptr: usize, len: usize) -> DoubleUSize {
    host_args::<ByteBuf>(ptr, len).map_or_else(|error| error, |bytes| return_ptr(work::sum(&bytes)))
}

#[unsafe(no_mangle)]
pub extern "C" fn adjust(ptr: usize, len: usize) -> DoubleUSize {
    let adjust = |sample: Sample| return_ptr(sample.corrected());
    host_args(ptr, len).map_or_else(|error| error, adjust)
}

#[unsafe(no_mangle)]
pub extern "C" fn mean(ptr: usize, len: usize) -> DoubleUSize {
    host_args::<Vec<f32>>(ptr, len).map_or_else(|error| error, |readings| return_ptr(work::mean(&readings)))
}

#[unsafe(no_mangle)]
pub extern "C" fn ask(ptr: usize, len: usize) -> DoubleUSize {
    let times: u32 = match host_args(ptr, len) {
        Ok(times) => times,
        Err(error) => return error,
    };
    let mut answered = 0;
    for _ in 0..times {
        let message = ByteBuf::from([7; work::MESSAGE]);
        let reply: ByteBuf = try_ptr!(host_call(__hc__reflect_1, message), "the host failed");
        answered += reply.len() as u32;
    }
    return_ptr(answered)
}
