//! The model itself: bits, bounds, cuts, and the file.

use aingle_wasm_flash_model::{Cut, Erased, Fault, FileFlash, Flash, Operation, Rules, Torn};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind, ReadNorFlash};

type Model = Flash<4, 64>;

fn read<F: ReadNorFlash>(flash: &mut F, offset: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    flash.read(offset, &mut bytes).expect("readable");
    bytes
}

const CUT: Cut = Cut { operation: 0, bytes: 0, torn: Torn::Clean, erased: Erased::Old };

#[test]
fn writes_only_clear_bits() {
    let mut flash = Model::new(2, Rules::PLAIN, 0);
    flash.write(0, &[0x0F; 4]).unwrap();
    flash.write(0, &[0xF1; 4]).unwrap();
    assert_eq!(read(&mut flash, 0), [1, 1, 1, 1, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(flash.lost_ones(), 16);
    flash.erase(0, 64).unwrap();
    assert_eq!(read(&mut flash, 0), [0xFF; 8]);
}

#[test]
fn a_word_of_a_part_with_ecc_is_written_once() {
    let mut flash = Model::new(2, Rules::ECC, 0);
    flash.write(4, &[0xFF; 4]).unwrap();
    assert_eq!(flash.write(0, &[0; 8]), Err(Fault::WrittenTwice { offset: 0 }));
    flash.erase(0, 64).unwrap();
    flash.write(0, &[0; 8]).unwrap();
}

#[test]
fn misuse_is_an_error() {
    let mut flash = Model::new(2, Rules::PLAIN, 0);
    let misuse = |kind| Err(Fault::Misuse(kind));
    assert_eq!(flash.write(2, &[0; 4]), misuse(NorFlashErrorKind::NotAligned));
    assert_eq!(flash.write(0, &[0; 3]), misuse(NorFlashErrorKind::NotAligned));
    assert_eq!(flash.write(128, &[0; 4]), misuse(NorFlashErrorKind::OutOfBounds));
    assert_eq!(flash.erase(0, 32), misuse(NorFlashErrorKind::NotAligned));
    assert_eq!(flash.erase(64, 192), misuse(NorFlashErrorKind::OutOfBounds));
    assert_eq!(flash.read(125, &mut [0; 8]), misuse(NorFlashErrorKind::OutOfBounds));
}

#[test]
fn a_write_is_cut_after_any_byte() {
    for bytes in 0..=8 {
        let mut flash = Model::new(2, Rules::PLAIN, 0);
        flash.cut_at(Some(Cut { bytes, ..CUT }));
        assert_eq!(flash.write(0, &[0; 8]), Err(Fault::PowerOff));
        assert_eq!(flash.write(8, &[0; 4]), Err(Fault::PowerOff));
        assert_eq!(flash.read(0, &mut [0; 1]), Err(Fault::PowerOff));
        flash.reboot();
        let mut expected = [0xFF; 8];
        expected[..bytes].fill(0);
        assert_eq!(read(&mut flash, 0), expected);
    }
}

#[test]
fn a_torn_word_reads_as_one_or_the_other() {
    let torn = |torn| {
        let mut flash = Model::new(2, Rules::UNSTABLE, 5);
        flash.cut_at(Some(Cut { bytes: 1, torn, ..CUT }));
        flash.write(0, &[0; 8]).unwrap_err();
        flash.reboot();
        let mut seen: Vec<_> = (0..64).map(|_| read(&mut flash, 0)).collect();
        assert!(seen.iter().all(|bytes| bytes[0] == 0 && (torn == Torn::Page || bytes[4..] == [0xFF; 4])));
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    };
    assert_eq!(torn(Torn::Clean), 1);
    for kind in [Torn::Faint, Torn::Bits, Torn::Full, Torn::Page] {
        assert!(torn(kind) > 3, "{kind:?}");
    }
}

#[test]
fn a_cut_erase_leaves_old_erased_and_mixed_contents() {
    let contents = Erased::ALL.map(|erased| {
        let mut flash = Model::new(2, Rules::PLAIN, 0);
        flash.write(0, &[0; 64]).unwrap();
        flash.cut_at(Some(Cut { erased, ..CUT }));
        flash.erase(0, 64).unwrap_err();
        flash.reboot();
        flash.bytes()[..64].to_vec()
    });
    assert_eq!(contents[0], [0; 64]);
    assert_eq!(contents[1], [0xFF; 64]);
    assert_eq!(contents[2], [[0xFF; 32], [0; 32]].concat());
    assert_eq!(contents[3], [[0; 32], [0xFF; 32]].concat());
    assert_eq!(contents[4], [0x55; 64]);
    let ones: u32 = contents[5].iter().map(|byte| byte.count_ones()).sum();
    assert!((200..312).contains(&ones), "{ones}");
}

#[test]
fn every_byte_and_every_kind_of_tear_is_listed() {
    let cuts = Operation::Write { offset: 0, len: 8 }.cuts(3, 1);
    assert_eq!(cuts.len(), 8 * 5 + 1);
    assert!(
        (0..8).all(|at| Torn::ALL
            .iter()
            .all(|kind| cuts.iter().any(|cut| cut.bytes == at && cut.torn == *kind)))
    );
    assert_eq!(Operation::Erase { offset: 0 }.cuts(3, 1).len(), 6);
}

#[test]
fn a_file_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash");
    let mut flash = FileFlash::<4, 64>::open(&path, 2).unwrap();
    flash.write(64, &[1, 2, 3, 4]).unwrap();
    flash.write(0, &[9; 4]).unwrap();
    flash.erase(0, 64).unwrap();
    drop(flash);
    let mut flash = FileFlash::<4, 64>::open(&path, 2).unwrap();
    assert_eq!(read(&mut flash, 64), [1, 2, 3, 4, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(read(&mut flash, 0), [0xFF; 8]);
    assert!(FileFlash::<4, 64>::open(&path, 3).is_err());
}
