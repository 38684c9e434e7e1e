//! Where a transfer goes on after a cut, in the cases that a campaign meets too rarely.

use aingle_wasm_flash_model::blobs;
use aingle_wasm_flash_model::whole_life::areas;
use aingle_wasm_flash_model::{Cut, Erased, Flash, Rules, Torn};
use aingle_wasm_update::{Finished, Layout, Updater};
use embedded_storage::nor_flash::NorFlash;

type Model = Flash<8, 512>;

fn open(flash: &mut Model) -> Updater<&mut Model> {
    let ([state, a, b], _) = areas::<512>(8, 6);
    let layout = Layout::new(flash, state, a, b).unwrap();
    Updater::open(flash, layout, blobs::device(false)).unwrap()
}

/// A write is begun in a block without a trace, and the erase of that block is cut: what was written before must not be
/// taken as whole only since a trace shows up later.
#[test]
fn blocks_are_erased_from_the_last_one_down() {
    let blob = blobs::module_blob(1, 10, None);
    let len = blob.bytes.len() as u32;
    let header = &blob.bytes[..blob.header_len];
    for seed in 0..200 {
        let mut flash = Model::new(areas::<512>(8, 6).1, Rules::UNSTABLE, seed);
        let ([state, a, b], _) = areas::<512>(8, 6);
        let layout = Layout::new(&flash, state, a, b).unwrap();
        let mut updater = Updater::provision(&mut flash, layout, blobs::device(false)).unwrap();
        assert_eq!(updater.begin(header, len), Ok(0));
        updater.write(0, &blob.bytes[..512]).unwrap();
        flash.cut_at(Some(Cut { operation: 0, bytes: 0, torn: Torn::Faint, erased: Erased::Old }));
        // The same write as the updater's.
        assert!(flash.write(a.offset + 512, &blob.bytes[512..640]).is_err());
        for operation in [1, 0] {
            flash.reboot();
            flash.cut_at(Some(Cut { operation, bytes: 0, torn: Torn::Clean, erased: Erased::Old }));
            let _ = open(&mut flash).begin(header, len);
        }
        flash.reboot();
        let mut updater = open(&mut flash);
        let next = updater.begin(header, len).unwrap();
        updater.write(next, &blob.bytes[next as usize..]).unwrap();
        assert_eq!(updater.finish(), Ok(Finished::OnTrial), "seed {seed}");
    }
}
