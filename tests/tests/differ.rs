//! A bounded run of random modules on all engines; `cargo xtask differ` runs for longer.

use aingle_wasm_tests::differ::{Tally, run};

#[test]
fn every_engine_gives_the_same_result_error_and_fuel() {
    let mut tally = Tally::default();
    let differences: Vec<String> = (0..150).filter_map(|seed| run(seed, &mut tally).err()).collect();
    println!("{tally}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(tally.modules > 50 && tally.returned > 100, "{tally}");
    assert!(tally.out_of_fuel > 10 && tally.too_deep > 0, "{tally}");
}
