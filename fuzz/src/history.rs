//! The life of a device whose power is cut again and again.

use aingle_wasm_flash_model::whole_life::{WholeLife, areas};
use aingle_wasm_flash_model::{Cut, Erased, Flash, Rules, Torn, random_cuts};

/// Operations of one boot within which a cut lies, and bytes of a write.
const OPERATIONS: u64 = 64;
const BYTES: usize = 256;

/// Most cuts of one history.
const CUTS: usize = 40;

/// Four bytes are a cut, and the first byte decides what the flash does with it. The device receives, tries, reverts and
/// refuses modules, takes a delta and new keys, and has to end as if no power had been cut.
pub fn update_history(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let mut cuts = rest.as_chunks().0.iter().take(CUTS).map(cut);
    let (areas, blocks) = areas::<512>(8, 6);
    let rules = Rules::ALL[usize::from(*first) % Rules::ALL.len()];
    let (life, seed) = (WholeLife::new(areas, false), u64::from(*first));
    let flash = Flash::<8, 512>::new(blocks, rules, seed);
    if let Err(failure) = random_cuts::run_with(&life, &flash, seed, || cuts.next()) {
        panic!("{failure:?}");
    }
}

fn cut(bytes: &[u8; 4]) -> Cut {
    let [operation, len, torn, erased] = *bytes;
    Cut {
        operation: u64::from(operation) % OPERATIONS,
        bytes: usize::from(len) % BYTES,
        torn: Torn::ALL[usize::from(torn) % Torn::ALL.len()],
        erased: Erased::ALL[usize::from(erased) % Erased::ALL.len()],
    }
}
