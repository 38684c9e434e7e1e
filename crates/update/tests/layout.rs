//! Misuse of flash, layouts and sources is a typed error.

use aingle_wasm_update::{
    Area, FlashSource, Layout, LayoutError, ModuleSource, Part, RamFlash, RamFlashError, SourceError,
    StateArea,
};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind};

type Flash = RamFlash<8, 4096, 40960>;

fn area(offset: u32, len: u32) -> Area {
    Area { offset, len }
}

fn layout(state: Area, a: Area, b: Area) -> Result<Layout, LayoutError> {
    Layout::new(&Flash::new(), state, a, b)
}

#[test]
fn parts_may_come_in_any_order() {
    let (state, a, b) = (area(16384, 8192), area(24576, 16384), area(0, 16384));
    assert!(layout(state, a, b).is_ok());
}

#[test]
fn parts_in_a_row_are_where_they_would_be_by_hand() {
    let flash = RamFlash::<8, 4096, 40960>::new();
    let by_hand = layout(area(0, 8192), area(8192, 16384), area(24576, 16384));
    assert_eq!(Layout::in_a_row(&flash, 0, 8192, 16384), by_hand);
    let beyond = LayoutError::OutOfBounds { part: Part::SlotB, found: 45056, limit: 40960 };
    assert_eq!(Layout::in_a_row(&flash, 4096, 8192, 16384), Err(beyond));
    assert!(Layout::in_a_row(&flash, 0, 8192, 0xFFFF_F000).is_err());
}

#[test]
fn each_misfit_is_named() {
    let (state, a, b) = (area(0, 8192), area(8192, 16384), area(24576, 16384));
    let expected = 4096;
    let cases = [
        (layout(area(4, 8192), a, b), LayoutError::NotAligned { part: Part::State, found: 4, expected }),
        (
            layout(area(0, 4096), a, b),
            LayoutError::NotAligned { part: Part::State, found: 4096, expected: 8192 },
        ),
        (layout(area(0, 0), a, b), LayoutError::TooSmall { part: Part::State, found: 0, expected: 4000 }),
        (
            layout(state, area(8192, 100), b),
            LayoutError::NotAligned { part: Part::SlotA, found: 8292, expected },
        ),
        (layout(state, area(8192, 0), b), LayoutError::TooSmall { part: Part::SlotA, found: 0, expected }),
        (
            layout(state, a, area(24576, 20480)),
            LayoutError::OutOfBounds { part: Part::SlotB, found: 45056, limit: 40960 },
        ),
        (
            layout(state, a, area(0xFFFF_F000, 8192)),
            LayoutError::OutOfBounds { part: Part::SlotB, found: u32::MAX, limit: 40960 },
        ),
        (
            layout(state, a, area(20480, 8192)),
            LayoutError::Overlap { first: Part::SlotA, second: Part::SlotB },
        ),
        (
            layout(state, area(4096, 8192), b),
            LayoutError::Overlap { first: Part::State, second: Part::SlotA },
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, Err(expected), "{expected}");
    }
}

#[test]
fn words_are_powers_of_two_up_to_32_bytes() {
    fn state<const W: usize>() -> Result<StateArea, LayoutError> {
        StateArea::new(&RamFlash::<W, 8192, 16384>::new(), area(0, 16384))
    }
    assert!(state::<1>().is_ok() && state::<32>().is_ok());
    assert_eq!(state::<64>(), Err(LayoutError::WriteSize { found: 64, limit: 32 }));
    assert_eq!(state::<12>(), Err(LayoutError::WriteSize { found: 12, limit: 32 }));
}

#[test]
fn a_flash_in_memory_has_one_way_bits() {
    let mut flash = Flash::new();
    flash.write(8, &[0xF0; 8]).unwrap();
    assert_eq!(flash.write(0, &[0xFF; 16]), Err(RamFlashError::NotErased { offset: 8 }));
    flash.write(8, &[0x30; 8]).unwrap();
    assert_eq!(flash.write(4, &[0; 8]), Err(RamFlashError::Range(NorFlashErrorKind::NotAligned)));
    assert_eq!(flash.erase(0, 40960 + 4096), Err(RamFlashError::Range(NorFlashErrorKind::OutOfBounds)));
    flash.erase(0, 4096).unwrap();
    assert_eq!(flash.bytes()[8], 0xFF);
}

#[test]
fn sources_have_checked_bounds() {
    let mut flash = Flash::new();
    flash.write(4096, b"a module").unwrap();
    let mapped = flash.bytes()[4096..4104].to_vec();
    let mut sources: [&mut dyn ModuleSource; 2] =
        [&mut FlashSource::new(&mut flash, area(4096, 8)), &mut mapped.as_slice()];
    for source in &mut sources {
        let mut bytes = [0; 6];
        assert_eq!((source.len(), source.is_empty()), (8, false));
        source.read(2, &mut bytes).unwrap();
        assert_eq!(&bytes, b"module");
        assert_eq!(source.read(3, &mut bytes), Err(SourceError::OutOfBounds { end: 9, limit: 8 }));
        let end = u64::from(u32::MAX) + 6;
        assert_eq!(source.read(u32::MAX, &mut bytes), Err(SourceError::OutOfBounds { end, limit: 8 }));
    }
    assert_eq!(sources.map(|source| source.mapped().is_some()), [false, true]);
}
