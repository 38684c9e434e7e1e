//! How soon calls end at each place, and how many there are in a second. `cargo bench -p aingle_wasm_runtime`; with
//! `-- stops` or `-- throughput` one of both.
//!
//! The time of a stop is from the moment at which the future of a call is dropped to the end of another call, which
//! waited for its only place and does nothing.

#[path = "../../tests/common/mod.rs"]
mod common;
mod stops;
mod throughput;

fn main() {
    // `cargo test` runs it, too, and wants no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let tokio = tokio.expect("a tokio runtime");
    tokio.block_on(async {
        let wanted = |part: &str| std::env::args().any(|argument| argument == part);
        if !wanted("throughput") {
            for busy in [0, 4] {
                stops::print(busy).await;
            }
        }
        if !wanted("stops") {
            throughput::print().await;
        }
    });
}
