//! A bounded run of random modules on all engines; `cargo xtask differ` runs for longer.

use aingle_wasm_tests::differ::{Random, Tally, compare, run};

/// A finding about wasm3, of `differ 10 1000`: when it is gone, so is its line in docs/ENGINES.md.
#[test]
fn wasm3_leaves_a_loop_that_no_other_engine_leaves() {
    let random = Random::kept(include_bytes!("../findings/wasm3-loops.wasm").to_vec());
    let difference = compare(&random, 1161, &mut Tally::default()).expect_err("a known difference");
    assert!(
        difference.contains("wasmer (Err(OutOfFuel)") && difference.contains("wasm3 (Ok("),
        "{difference}"
    );
}

#[test]
fn every_engine_gives_the_same_result_error_and_fuel() {
    let mut tally = Tally::default();
    let differences: Vec<String> = (0..150).filter_map(|seed| run(seed, &mut tally).err()).collect();
    println!("{tally}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(tally.modules > 50 && tally.returned > 100, "{tally}");
    assert!(tally.out_of_fuel > 10 && tally.too_deep > 0, "{tally}");
}
