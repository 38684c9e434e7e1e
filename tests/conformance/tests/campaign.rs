//! A bounded part of the hostile trials; `cargo xtask campaign` runs them for longer.

use aingle_wasm_tests::campaign::{Counts, TRIALS, run};

#[test]
fn a_bounded_part_of_every_trial_holds() {
    for trial in TRIALS {
        let mut counts = Counts::default();
        run(trial, 0, &mut counts, |ran| ran < trial.bounded).expect("no promise is broken");
        println!("{}: {} cases: {counts}", trial.name, trial.bounded);
    }
}
