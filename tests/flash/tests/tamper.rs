//! Nothing runs that the policy forbids: changed bytes, cut blobs, other orders, other keys.

use aingle_wasm_flash_model::blobs::{self, Blob, MODULE};
use aingle_wasm_flash_model::whole_life::areas;
use aingle_wasm_flash_model::{Flash, Operation, Rules};
use aingle_wasm_manifest::{Builder, DeltaOf, Refusal};
use aingle_wasm_update::{Finished, Layout, Outcome, Slot, Started, UpdateError, Updater};

type Model = Flash<8, 512>;
type Opened<'f> = Updater<&'f mut Model>;

fn layout(flash: &Model) -> Layout {
    let ([state, a, b], _) = areas::<512>(8, 6);
    Layout::new(flash, state, a, b).unwrap()
}

fn new_device() -> Model {
    let mut flash = Model::new(areas::<512>(8, 6).1, Rules::ECC, 1);
    let layout = layout(&flash);
    Updater::provision(&mut flash, layout, blobs::device(true)).unwrap();
    flash
}

fn open(flash: &mut Model) -> Opened<'_> {
    let layout = layout(flash);
    Updater::open(flash, layout, blobs::device(true)).unwrap()
}

/// Offers bytes as a blob with such a header, and sends them if they are wanted.
fn offer(updater: &mut Opened<'_>, header: &[u8], bytes: &[u8]) -> Result<Finished, UpdateError> {
    let next = updater.begin(header, bytes.len() as u32)?;
    updater.write(next, &bytes[next as usize..])?;
    updater.finish()
}

fn install(updater: &mut Opened<'_>, blob: &Blob) -> Result<Finished, UpdateError> {
    offer(updater, &blob.bytes[..blob.header_len], &blob.bytes)
}

/// Installs a module, restarts, and confirms it.
fn confirm(flash: &mut Model, blob: &Blob) -> Result<Started, UpdateError> {
    install(&mut open(flash), blob)?;
    let mut updater = open(flash);
    let started = updater.start()?;
    updater.confirm()?;
    Ok(started)
}

fn signed(version: u32, sequence: u32) -> Blob {
    blobs::module_blob(version, sequence, Some(&blobs::module_key(0)))
}

fn refusal<T: std::fmt::Debug>(result: Result<T, UpdateError>) -> Refusal {
    match result {
        Err(UpdateError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[test]
fn no_byte_of_a_module_on_trial_can_change() {
    let mut flash = new_device();
    confirm(&mut flash, &signed(1, 10)).unwrap();
    let blob = signed(2, 20);
    install(&mut open(&mut flash), &blob).unwrap();
    let start = layout(&flash).slot(Slot::B).offset as usize;
    assert_eq!(open(&mut flash.clone()).start().unwrap().sequence, 20);
    for at in 0..blob.bytes.len() {
        for change in [1, 0x80, 0xFF] {
            let mut changed = flash.clone();
            changed.tamper()[start + at] ^= change;
            let mut updater = open(&mut changed);
            let started = updater.start().unwrap();
            assert_eq!((started.sequence, started.boots_left), (10, None), "byte {at}");
            assert_eq!(updater.report().outcome, Outcome::Damaged, "byte {at}");
        }
    }
}

#[test]
fn no_byte_of_a_confirmed_module_can_change() {
    let mut flash = new_device();
    let blob = signed(1, 10);
    confirm(&mut flash, &blob).unwrap();
    let start = layout(&flash).slot(Slot::A).offset as usize;
    for at in 0..blob.bytes.len() {
        let mut changed = flash.clone();
        changed.tamper()[start + at] ^= 1 << (at % 8);
        assert_eq!(open(&mut changed).start(), Err(UpdateError::NoModule), "byte {at}");
    }
}

#[test]
fn no_byte_of_a_module_that_a_delta_made_can_change() {
    let mut flash = new_device();
    confirm(&mut flash, &signed(1, 10)).unwrap();
    let delta = blobs::delta_blob(1, 4, 40, Some(&blobs::module_key(0)));
    let started = confirm(&mut flash, &delta).unwrap();
    let start = layout(&flash).slot(Slot::B).offset as usize;
    let stored = (started.header.len + started.module.len) as usize;
    assert_eq!(open(&mut flash.clone()).start().unwrap().sequence, 40);
    for at in 0..stored {
        let mut changed = flash.clone();
        changed.tamper()[start + at] ^= 1 << (at % 8);
        assert_eq!(open(&mut changed).start(), Err(UpdateError::NoModule), "byte {at}");
    }
}

#[test]
fn no_byte_can_change_on_the_way() {
    let blob = signed(1, 10);
    let fresh = new_device();
    for at in 0..blob.bytes.len() {
        let mut bytes = blob.bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        let mut flash = fresh.clone();
        flash.begin_trace();
        let mut updater = open(&mut flash);
        let found = refusal(offer(&mut updater, &bytes[..blob.header_len], &bytes));
        assert_eq!(updater.report().code, found.code().into(), "byte {at}");
        assert_eq!(updater.report().outcome, Outcome::Refused, "byte {at}");
        assert_eq!(updater.start(), Err(UpdateError::NoModule), "byte {at}");
        // A changed manifest costs no erase.
        let slot = layout(&flash).slot(Slot::A);
        let erased = flash.end_trace().iter().any(|operation| match operation {
            Operation::Erase { offset } => (slot.offset..slot.end()).contains(offset),
            Operation::Write { .. } => false,
        });
        assert_eq!(erased, at >= blob.header_len, "byte {at}");
    }
}

#[test]
fn a_manifest_that_changes_after_the_offer_is_noticed() {
    let blob = signed(1, 10);
    for at in 0..blob.header_len {
        let mut bytes = blob.bytes.clone();
        bytes[at] ^= 0x10;
        let mut flash = new_device();
        let mut updater = open(&mut flash);
        refusal(offer(&mut updater, &blob.bytes[..blob.header_len], &bytes));
        assert_eq!(updater.start(), Err(UpdateError::NoModule), "byte {at}");
    }
}

#[test]
fn no_truncated_blob_is_taken() {
    let blob = signed(1, 10);
    let fresh = new_device();
    for len in 0..blob.bytes.len() {
        let mut flash = fresh.clone();
        let mut updater = open(&mut flash);
        refusal(offer(&mut updater, &blob.bytes[..len.min(blob.header_len)], &blob.bytes[..len]));
        // The whole length is offered, and fewer bytes come.
        let begun = updater.begin(&blob.bytes[..blob.header_len], blob.bytes.len() as u32);
        assert_eq!(begun, Ok(0));
        let words = len - len % 8;
        updater.write(0, &blob.bytes[..words]).unwrap();
        let expected = blob.bytes.len() as u32;
        assert_eq!(updater.finish(), Err(UpdateError::Incomplete { expected, found: words as u32 }));
        assert_eq!(updater.start(), Err(UpdateError::NoModule), "{len} bytes");
    }
}

#[test]
fn a_signature_cannot_be_left_out() {
    let mut flash = new_device();
    let mut updater = open(&mut flash);
    assert_eq!(refusal(install(&mut updater, &blobs::module_blob(1, 10, None))), Refusal::Unsigned);
    // The signature is cut out, and the flag that announces it is cleared.
    let blob = signed(1, 10);
    let (header, module) = blob.bytes.split_at(blob.header_len);
    let mut header = header[..header.len() - 64].to_vec();
    header[5] = 0;
    let bytes = [&header, module].concat();
    refusal(offer(&mut updater, &header, &bytes));
    assert_eq!(updater.start(), Err(UpdateError::NoModule));
}

#[test]
fn of_two_updates_in_any_order_a_lower_sequence_is_refused() {
    for first in [5, 10, 15] {
        for second in [5, 10, 15] {
            let mut flash = new_device();
            confirm(&mut flash, &signed(1, first)).unwrap();
            let result = confirm(&mut flash, &signed(2, second));
            if second < first {
                assert_eq!(refusal(result), Refusal::Rollback { least: first, found: second });
            } else {
                assert_eq!(result.unwrap().sequence, second);
            }
            let runs = open(&mut flash).start().unwrap();
            assert_eq!((runs.sequence, runs.boots_left), (first.max(second), None));
        }
    }
}

#[test]
fn a_trial_that_was_given_up_raises_no_sequence() {
    let mut flash = new_device();
    confirm(&mut flash, &signed(1, 10)).unwrap();
    install(&mut open(&mut flash), &signed(2, 30)).unwrap();
    let mut updater = open(&mut flash);
    assert_eq!(updater.start().unwrap().sequence, 30);
    assert_eq!(install(&mut updater, &signed(3, 40)), Err(UpdateError::OnTrial));
    updater.fail(9).unwrap();
    assert_eq!(updater.state().high_water(MODULE), Some(10));
    assert_eq!(confirm(&mut flash, &signed(3, 20)).unwrap().sequence, 20);
    assert_eq!(open(&mut flash).confirm(), Err(UpdateError::NotOnTrial));
}

#[test]
fn keys_have_their_roles_and_can_be_revoked() {
    let mut flash = new_device();
    confirm(&mut flash, &signed(1, 10)).unwrap();
    let by = |number: u8| blobs::module_blob(2, 20, Some(&blobs::module_key(number)));
    assert!(matches!(refusal(install(&mut open(&mut flash), &by(1))), Refusal::UnknownKey { .. }));
    let root = blobs::module_blob(2, 20, Some(&blobs::root_key()));
    assert!(matches!(refusal(install(&mut open(&mut flash), &root)), Refusal::KeyRole { .. }));
    assert_eq!(install(&mut open(&mut flash), &blobs::key_blob(3, false)), Ok(Finished::KeysChanged));
    confirm(&mut flash, &by(1)).unwrap();
    assert_eq!(install(&mut open(&mut flash), &blobs::key_blob(4, true)), Ok(Finished::KeysChanged));
    for sequence in [3, 4] {
        let again = install(&mut open(&mut flash), &blobs::key_blob(sequence, false));
        assert!(matches!(refusal(again), Refusal::Rollback { .. }));
    }
    assert!(matches!(refusal(install(&mut open(&mut flash), &signed(3, 30))), Refusal::RevokedKey { .. }));
    assert_eq!(open(&mut flash).start().unwrap().sequence, 20);
}

#[test]
fn a_module_whose_key_was_revoked_does_not_start() {
    let mut flash = new_device();
    confirm(&mut flash, &signed(1, 10)).unwrap();
    install(&mut open(&mut flash), &blobs::key_blob(3, true)).unwrap();
    let mut updater = open(&mut flash);
    assert_eq!(updater.start(), Err(UpdateError::NoModule));
    assert_eq!(updater.report().code, 5, "{}", updater.report());
    // It can be replaced.
    let next = blobs::module_blob(2, 20, Some(&blobs::module_key(1)));
    assert_eq!(confirm(&mut flash, &next).unwrap().sequence, 20);
}

#[test]
fn a_delta_fits_one_module_and_makes_one() {
    let key = blobs::module_key(0);
    let mut flash = new_device();
    let delta = blobs::delta_blob(1, 4, 40, Some(&key));
    assert_eq!(refusal(install(&mut open(&mut flash), &delta)), Refusal::Base);
    confirm(&mut flash, &signed(2, 10)).unwrap();
    assert_eq!(refusal(install(&mut open(&mut flash), &delta)), Refusal::Base);
    confirm(&mut flash, &signed(1, 20)).unwrap();
    // The manifest names another module than the patch makes.
    let (old, new) = (blobs::module(1), blobs::module(4));
    let patch = aingle_wasm_delta::make(&old, &new).unwrap();
    let lie = DeltaOf { module_sha256: [7; 32], ..DeltaOf::between(&old, &new).unwrap() };
    let bytes = Builder::module(MODULE, 40, "main").delta(lie).build(&patch, Some(&key)).unwrap();
    let header = &bytes[..bytes.len() - patch.len()];
    let mut updater = open(&mut flash);
    assert_eq!(refusal(offer(&mut updater, header, &bytes)), Refusal::ModuleHash);
    assert_eq!(updater.report().code, Refusal::ModuleHash.code().into());
    assert_eq!(updater.start().unwrap().sequence, 20);
    // The patch is signed, and is no patch.
    let mut patch = patch;
    patch.truncate(patch.len() - 1);
    let delta = DeltaOf::between(&old, &new).unwrap();
    let bytes = Builder::module(MODULE, 40, "main").delta(delta).build(&patch, Some(&key)).unwrap();
    let header = &bytes[..bytes.len() - patch.len()];
    assert!(matches!(offer(&mut open(&mut flash), header, &bytes), Err(UpdateError::Patch { .. })));
    assert_eq!(open(&mut flash).start().unwrap().sequence, 20);
}

#[test]
fn what_does_not_fit_is_refused_before_an_erase() {
    let mut flash = new_device();
    let module = vec![1; 6 * 512];
    let bytes = Builder::module(MODULE, 1, "main").build(&module, Some(&blobs::module_key(0))).unwrap();
    let found = bytes.len() as u32;
    let header = &bytes[..bytes.len() - module.len()];
    assert_eq!(refusal(open(&mut flash).begin(header, found)), Refusal::TooLong { limit: 3072, found });
}

#[test]
fn more_modules_than_there_is_room_for_are_refused_before_an_erase() {
    let mut flash = new_device();
    let key = blobs::module_key(0);
    for id in 0..=aingle_wasm_update::MAX_MODULES as u32 {
        let bytes = Builder::module(id, 1, "main").build(b"module", Some(&key)).unwrap();
        let mut updater = open(&mut flash);
        let result = offer(&mut updater, &bytes[..bytes.len() - 6], &bytes);
        if id < aingle_wasm_update::MAX_MODULES as u32 {
            result.unwrap();
            let mut updater = open(&mut flash);
            updater.start().unwrap();
            updater.confirm().unwrap();
        } else {
            assert_eq!(result.map_err(UpdateError::code), Err(265));
        }
    }
}

#[test]
fn chunks_are_the_next_bytes_in_whole_words() {
    let mut flash = new_device();
    let mut updater = open(&mut flash);
    let blob = signed(1, 10);
    let len = blob.bytes.len() as u32;
    assert_eq!(updater.write(0, &[0; 8]), Err(UpdateError::NoTransfer));
    updater.begin(&blob.bytes[..blob.header_len], len).unwrap();
    assert_eq!(updater.write(8, &[0; 8]), Err(UpdateError::OutOfOrder { expected: 0, found: 8 }));
    assert_eq!(updater.write(0, &[0; 7]), Err(UpdateError::NotAligned { found: 7, expected: 8 }));
    let found = len + 8;
    assert_eq!(updater.write(0, &vec![0; found as usize]), Err(UpdateError::TooMuch { limit: len, found }));
    updater.abort().unwrap();
    assert_eq!(updater.finish(), Err(UpdateError::NoTransfer));
}

#[test]
fn refusals_that_come_again_and_again_wear_no_flash() {
    let mut flash = new_device();
    let unsigned = blobs::module_blob(1, 10, None);
    refusal(install(&mut open(&mut flash), &unsigned));
    flash.begin_trace();
    refusal(install(&mut open(&mut flash), &unsigned));
    assert_eq!(flash.end_trace(), []);
}
