//! The guest of the benchmarks as a component.

use aingle_wasm_bench_work as work;
use bench::peer::host::reflect;

wit_bindgen::generate!({ path: "../wit" });

struct Peer;

impl Guest for Peer {
    fn echo(bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    fn sum(bytes: Vec<u8>) -> u64 {
        work::sum(&bytes)
    }

    fn adjust(sample: Sample) -> Sample {
        Sample { celsius: work::correct(sample.celsius), ..sample }
    }

    fn mean(readings: Vec<f32>) -> f32 {
        work::mean(&readings)
    }

    fn ask(times: u32) -> u32 {
        let message = [7; work::MESSAGE];
        (0..times).map(|_| reflect(&message).len() as u32).sum()
    }
}

export!(Peer);
