//! The boot state under cuts of power.

use aingle_wasm_flash_model::boot_state::{BootState, changes};
use aingle_wasm_flash_model::campaign::{self, Count, Extent};
use aingle_wasm_flash_model::random_cuts;
use aingle_wasm_flash_model::{Flash, Rules};
use aingle_wasm_update::Area;

/// Runs the history on a flash with words of `W` bytes and two blocks of `E` bytes.
fn campaign<const W: usize, const E: usize>(steps: u32, extent: Extent) -> Count {
    let mut count = Count::default();
    for (seed, rules) in Rules::ALL.into_iter().enumerate() {
        let life = BootState::new(Area { offset: 0, len: 2 * E as u32 }, changes(steps));
        let flash = Flash::<W, E>::new(2, rules, seed as u64);
        count +=
            campaign::run(&life, &flash, extent).unwrap_or_else(|failure| panic!("{rules:?}: {failure}"));
    }
    println!("words of {W}: {count:?}");
    count
}

#[test]
fn nothing_acknowledged_is_lost_with_words_of_8_bytes() {
    let extent = Extent { first_step: 7, second_step: 31, second_every: 53, ..Extent::FULL };
    assert!(campaign::<8, 2048>(26, extent).histories() > 10_000);
}

/// Runs random histories with many cuts.
fn random<const W: usize, const E: usize>(histories: u64) -> u64 {
    let mut cuts = 0;
    for rules in Rules::ALL {
        for seed in 0..histories {
            let life = BootState::new(Area { offset: 0, len: 2 * E as u32 }, changes(40));
            let flash = Flash::<W, E>::new(2, rules, seed);
            cuts += random_cuts::run(&life, &flash, seed).unwrap_or_else(|what| panic!("{rules:?}: {what}"));
        }
    }
    println!("words of {W}: {cuts} random cuts");
    cuts
}

#[test]
fn nothing_acknowledged_is_lost_under_many_cuts_in_a_row() {
    let histories = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(200);
    assert!(random::<1, 2048>(histories) > 10 * histories);
    assert!(random::<4, 2048>(histories) > 10 * histories);
    assert!(random::<16, 4096>(histories) > 10 * histories);
}

/// A history in which claims of several steps used up the header cells of a bank, before a mount made them free.
#[test]
fn a_mount_makes_header_cells_free_again() {
    let life = BootState::new(Area { offset: 0, len: 4096 }, changes(26));
    let flash = Flash::<8, 2048>::new(2, Rules::UNSTABLE, 3);
    let result = random_cuts::run(&life, &flash, 3881);
    assert!(result.is_ok(), "{result:?}");
}

/// A history in which an interrupted erase hid how many header cells there had been, and a claim was hidden too.
#[test]
fn a_compaction_outdoes_claims_that_cannot_be_read() {
    let life = BootState::new(Area { offset: 0, len: 4096 }, changes(26));
    let flash = Flash::<8, 2048>::new(2, Rules::UNSTABLE_ONCE, 4);
    let result = random_cuts::run(&life, &flash, 6789);
    assert!(result.is_ok(), "{}", result.is_ok());
}
