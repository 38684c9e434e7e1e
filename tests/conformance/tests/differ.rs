//! A bounded run of random modules on all engines; `cargo xtask differ` runs for longer.

use aingle_wasm_tests::differ::{ENGINES, Random, Tally, compare, run};

/// A finding about wasm3 0.4.7, of `differ 10 1000`, made smaller.
#[test]
fn every_engine_takes_the_branch_that_wasm3_miscompiled() {
    let wasm = wat::parse_str(include_str!("../findings/wasm3-branch.wat")).expect("well-formed");
    let mut tally = Tally::default();
    compare(&Random::kept(wasm, 1161), 1161, &mut tally).expect("the others agree");
    assert_eq!(tally.engines.map(|engine| engine.modules), [1; 4], "{tally}");
    assert_eq!(tally.out_of_fuel, 3, "{tally}");
}

#[test]
fn every_engine_gives_the_same_result_error_and_fuel() {
    let mut tally = Tally::default();
    let differences: Vec<String> = (0..120).filter_map(|seed| run(seed, &mut tally).err()).collect();
    println!("{tally}");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(tally.modules > 50 && tally.returned > 100, "{tally}");
    assert!(tally.out_of_fuel > 10 && tally.too_deep > 0, "{tally}");
    for (name, engine) in ENGINES.iter().zip(tally.engines) {
        assert!(engine.modules > 50 && engine.calls > 500, "{name}: {tally}");
        assert!(engine.refused * 5 < engine.modules, "{name} refuses what it can run: {tally}");
    }
    // What they have not, they refuse.
    let [wasmer, wasmi, wasm3, spacewasm] = tally.engines.map(|engine| engine.beyond);
    assert!(wasmer == 0 && wasmi == 0 && wasm3 > 5 && spacewasm > wasm3, "{tally}");
}
