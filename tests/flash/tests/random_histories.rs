//! Random histories that shrink: each boot ends by a cut of its own, until none is left.

use aingle_wasm_flash_model::boot_state::{BootState, Change, changes};
use aingle_wasm_flash_model::whole_life::{WholeLife, areas};
use aingle_wasm_flash_model::{Cut, Erased, Flash, Rules, Torn, random_cuts};
use aingle_wasm_update::Area;
use proptest::prelude::*;
use proptest::sample::select;

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let cut = (0..60u64, 0..130usize, select(&Torn::ALL[..]), select(&Erased::ALL[..]));
    let cut = cut.prop_map(|(operation, bytes, torn, erased)| Cut { operation, bytes, torn, erased });
    prop::collection::vec(cut, 0..40)
}

/// Changes of the boot state in any order.
fn some_changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(select(changes(60)), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_boot_state_survives(
        cuts in cuts(),
        changes in some_changes(),
        rules in select(&Rules::ALL[..]),
        seed in any::<u64>(),
    ) {
        let life = BootState::new(Area { offset: 0, len: 4096 }, changes);
        let mut cuts = cuts.into_iter();
        let result = random_cuts::run_with(&life, &Flash::<8, 2048>::new(2, rules, seed), seed, || cuts.next());
        prop_assert!(result.is_ok(), "{result:?}");
    }

    #[test]
    fn the_whole_device_survives(cuts in cuts(), rules in select(&Rules::ALL[..]), seed in any::<u64>()) {
        let (areas, blocks) = areas::<512>(8, 6);
        let life = WholeLife::new(areas, false);
        let mut cuts = cuts.into_iter();
        let result = random_cuts::run_with(&life, &Flash::<8, 512>::new(blocks, rules, seed), seed, || cuts.next());
        prop_assert!(result.is_ok(), "{result:?}");
    }
}
