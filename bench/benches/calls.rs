//! Every timed case, by Criterion: `cargo bench --package aingle_wasm_bench`.

use aingle_wasm_bench::{Guests, cases};
use aingle_wasm_bench_protocol::Kind;
use criterion::Criterion;
use std::time::Duration;

fn main() {
    let guests = Guests::build().expect("the guests are built by `cargo xtask bench --guests`");
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(700))
        .configure_from_args();
    for case in cases(guests) {
        let Kind::Time(mut timed) = case.kind else { continue };
        let run = |count| timed.get().and_then(|run| run(count)).expect("the case runs");
        let mut run = run;
        criterion.bench_function(&case.name, |bencher| bencher.iter_custom(&mut run));
    }
    criterion.final_summary();
}
