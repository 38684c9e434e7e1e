//! What is finished is what was offered; what is confirmed is what ran; lists of keys only grow.

use aingle_wasm_flash_model::blobs::{self, Blob, MODULE};
use aingle_wasm_manifest::{Builder, DeltaOf, Key, ParseError, Refusal, key_list_payload};
use aingle_wasm_update::{Device, Finished, Layout, Outcome, RamFlash, UpdateError, Updater};

const BLOCK: u32 = 512;
type Flash = RamFlash<8, 512, 10240>;

fn layout(flash: &Flash) -> Layout {
    Layout::in_a_row(flash, 0, 8 * BLOCK, 6 * BLOCK).unwrap()
}

fn device() -> Device {
    blobs::device(true)
}

/// A new device.
fn provisioned() -> Flash {
    let mut flash = Flash::new();
    let layout = layout(&flash);
    Updater::provision(&mut flash, layout, device()).unwrap();
    flash
}

fn open(flash: &mut Flash) -> Updater<&mut Flash> {
    let layout = layout(flash);
    Updater::open(flash, layout, device()).unwrap()
}

/// Offers a header, and sends the bytes of a blob that may have another.
fn send(updater: &mut Updater<&mut Flash>, header: &[u8], bytes: &[u8]) -> Result<Finished, UpdateError> {
    let mut next = updater.begin(header, bytes.len() as u32)? as usize;
    while next < bytes.len() {
        let end = (next + 128).min(bytes.len());
        updater.write(next as u32, &bytes[next..end])?;
        next = end;
    }
    updater.finish()
}

fn install(updater: &mut Updater<&mut Flash>, blob: &Blob) -> Result<Finished, UpdateError> {
    send(updater, &blob.bytes[..blob.header_len], &blob.bytes)
}

fn confirm(flash: &mut Flash, blob: &Blob) {
    install(&mut open(flash), blob).unwrap();
    let mut updater = open(flash);
    updater.start().unwrap();
    updater.confirm().unwrap();
}

fn signed(version: u32, sequence: u32) -> Blob {
    blobs::module_blob(version, sequence, Some(&blobs::module_key(0)))
}

/// A header of version 2, of which nobody can say yet whether it is signed by whom it should be, for a blob of this length.
fn unverified_header(total: usize) -> Vec<u8> {
    let payload = total as u32 - 19 - 4 - 64;
    let mut header = b"SMNY\x02".to_vec();
    header.extend(MODULE.to_le_bytes());
    header.extend(payload.to_le_bytes());
    header.push(0);
    header.extend(1000_u32.to_le_bytes());
    header.extend(b"\x04main");
    header.extend([0x5a; 64]);
    header
}

/// A signed delta for devices with larger slots.
fn large_delta(module_len: usize) -> Vec<u8> {
    let (old, new) = (vec![1; module_len], vec![2; module_len]);
    let patch = aingle_wasm_delta::make(&old, &new).unwrap();
    let builder = Builder::module(MODULE, 1000, "main").delta(DeltaOf::between(&old, &new).unwrap());
    builder.build(&patch, Some(&blobs::module_key(0))).unwrap()
}

#[test]
fn a_blob_behind_another_header_touches_neither_module_nor_state() {
    let mut flash = provisioned();
    confirm(&mut flash, &signed(1, 10));
    confirm(&mut flash, &signed(2, 20));
    for module_len in [3 * BLOCK, 6 * BLOCK, 7 * BLOCK, 60 * BLOCK] {
        let delta = large_delta(module_len as usize);
        let refused = send(&mut open(&mut flash), &unverified_header(delta.len()), &delta).unwrap_err();
        assert!(matches!(refused, UpdateError::OtherBlob), "{module_len}: {refused:?}");
        let mut updater = open(&mut flash);
        assert!(!updater.is_received());
        assert_eq!(updater.start().map(|started| started.sequence), Ok(20), "{module_len}");
    }
    assert_eq!(install(&mut open(&mut flash), &signed(3, 30)), Ok(Finished::OnTrial));
}

#[test]
fn what_did_not_run_since_the_restart_is_not_confirmed() {
    let mut flash = provisioned();
    confirm(&mut flash, &signed(1, 10));
    install(&mut open(&mut flash), &signed(2, 30)).unwrap();
    let boots = blobs::device(true).trial_boots;
    for _ in 1..boots {
        open(&mut flash).start().unwrap();
    }
    let mut updater = open(&mut flash);
    assert_eq!(updater.start().map(|started| started.sequence), Ok(30));
    assert_eq!(updater.start().map(|started| started.sequence), Ok(10), "given up");
    assert_eq!(updater.confirm(), Err(UpdateError::NotOnTrial));
    install(&mut updater, &signed(3, 20)).unwrap();
    assert_eq!(updater.confirm(), Err(UpdateError::NotOnTrial));
    let mut updater = open(&mut flash);
    assert_eq!(updater.start().map(|started| started.sequence), Ok(20));
    updater.confirm().unwrap();
    assert_eq!(updater.state().high_water(MODULE), Some(20));
}

fn list(manifest: u32, sequence: u32, revoked: bool) -> Vec<u8> {
    let key = |number| Key::module(blobs::module_key(number).verifying_key().to_bytes());
    let root = Key::root(blobs::root_key().verifying_key().to_bytes());
    let first = if revoked { key(0).revoked() } else { key(0) };
    let payload = key_list_payload(sequence, &[root, first, key(1)]).unwrap();
    Builder::key_list(manifest).build(&payload, Some(&blobs::root_key())).unwrap()
}

fn offer(flash: &mut Flash, list: &[u8]) -> Result<Finished, UpdateError> {
    send(&mut open(flash), list, list)
}

#[test]
fn lists_of_keys_have_the_sequence_of_their_manifest_from_1_to_the_highest() {
    let mut flash = provisioned();
    let refused = Err(UpdateError::Refused(Refusal::Rollback { least: 1, found: 0 }));
    assert_eq!(offer(&mut flash, &list(0, 0, true)), refused);
    let differ = ParseError::ListSequence { expected: 5, found: 3 };
    assert_eq!(offer(&mut flash, &list(5, 3, true)), Err(Refusal::Malformed(differ).into()));
    assert_eq!(open(&mut flash).state().control.key_list, 0);
    let last = u32::MAX;
    assert_eq!(offer(&mut flash, &list(last, last, true)), Ok(Finished::KeysChanged));
    let again = Err(UpdateError::Refused(Refusal::Rollback { least: last, found: last }));
    assert_eq!(offer(&mut flash, &list(last, last, false)), again);
    let revoked = install(&mut open(&mut flash), &signed(1, 10));
    assert!(matches!(revoked, Err(UpdateError::Refused(Refusal::RevokedKey { .. }))), "{revoked:?}");
}

#[test]
fn the_longest_module_of_a_delta_is_refused_and_nothing_overflows() {
    let mut flash = provisioned();
    confirm(&mut flash, &signed(1, 10));
    let running = signed(1, 10);
    let base = &running.bytes[running.header_len..];
    let mut between = DeltaOf::between(base, b"new").unwrap();
    between.module_len = u32::MAX;
    let delta = Builder::module(MODULE, 20, "main").target("sensor").delta(between);
    let delta = delta.build(&[0; 64], Some(&blobs::module_key(0))).unwrap();
    for header in [delta.clone(), unverified_header(delta.len())] {
        let result = send(&mut open(&mut flash), &header, &delta);
        assert!(result.is_err(), "{result:?}");
        assert_eq!(open(&mut flash).start().map(|started| started.sequence), Ok(10));
    }
}

#[test]
fn a_report_of_an_earlier_time_is_not_taken_for_one_of_the_trial() {
    let mut flash = provisioned();
    confirm(&mut flash, &signed(1, 10));
    assert_eq!(open(&mut flash).report().outcome, Outcome::Confirmed);
    install(&mut open(&mut flash), &signed(1, 10)).unwrap();
    let report = open(&mut flash).report();
    assert_eq!((report.outcome, report.module_id, report.sequence), (Outcome::None, MODULE, 10));
    assert!(report.to_string().ends_with("is on trial"), "{report}");
}
