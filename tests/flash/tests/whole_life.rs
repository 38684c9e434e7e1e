//! The whole life of a device under cuts of power.

use aingle_wasm_flash_model::campaign::{self, Count, Extent, Life};
use aingle_wasm_flash_model::whole_life::{WholeLife, areas};
use aingle_wasm_flash_model::{Flash, Rules, random_cuts};

/// Runs the history on a flash with words of `W` bytes and blocks of `E` bytes.
fn campaign<const W: usize, const E: usize>(
    rules: Rules,
    signed: bool,
    blocks: [usize; 2],
    extent: Extent,
) -> Count {
    let (areas, blocks) = areas::<E>(blocks[0], blocks[1]);
    let life = WholeLife::new(areas, signed);
    let flash = Flash::<W, E>::new(blocks, rules, 3);
    let count = campaign::run(&life, &flash, extent);
    let count = count.unwrap_or_else(|failure| panic!("words of {W}, {rules:?}: {failure}"));
    println!("words of {W}, {rules:?}: {count:?}");
    count
}

#[test]
fn the_history_ends_when_the_power_stays_on() {
    for signed in [false, true] {
        let (areas, blocks) = areas::<512>(8, 6);
        let mut life = WholeLife::new(areas, signed);
        let mut flash = Flash::<8, 512>::new(blocks, Rules::ECC, 0);
        for step in 0..Life::<8, 512>::steps(&life) {
            life.boot(&mut flash).unwrap_or_else(|stop| panic!("step {step}: {stop:?}"));
            life.step(step, &mut (), &mut flash).unwrap_or_else(|stop| panic!("step {step}: {stop:?}"));
        }
        assert_eq!(flash.lost_ones(), 0, "no write wants a one where a zero is");
    }
}

#[test]
fn a_cut_in_any_operation_leaves_the_old_module_or_the_new_one() {
    let mut histories = 0;
    for (rules, step) in Rules::ALL.into_iter().zip([149, 151, 157, 163]) {
        let extent = Extent { first_step: 47, second_step: 127, second_every: step, ..Extent::FULL };
        histories += campaign::<8, 512>(rules, false, [8, 6], extent).histories();
    }
    assert!(histories > 10_000, "{histories}");
}

#[test]
fn many_cuts_in_a_row_leave_the_old_module_or_the_new_one() {
    let histories = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(20);
    let (areas, blocks) = areas::<2048>(2, 2);
    let life = WholeLife::new(areas, false);
    let mut cuts = 0;
    for rules in Rules::ALL {
        for seed in 0..histories {
            let flash = Flash::<4, 2048>::new(blocks, rules, seed);
            cuts += random_cuts::run(&life, &flash, seed).unwrap_or_else(|what| panic!("{rules:?}: {what}"));
        }
    }
    println!("{cuts} random cuts");
    assert!(cuts > 20 * histories, "{cuts}");
}
