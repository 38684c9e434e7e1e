//! The reader of modules: `wasmparser` is the oracle for numbers, names and limits.

use aingle_wasm_module::reader::{HEADER, Items, ReadError, Reader, section, sections};
use proptest::prelude::*;
use wasmparser::{BinaryReader, WasmFeatures};

/// Where the contents of [`module`]'s section begin.
const BODY: u32 = 14;

/// A module of one section.
fn module(body: &[u8]) -> Vec<u8> {
    let len = [body.len() as u8 | 0x80, 0x80, 0x80, 0x80, 0];
    [HEADER, &[section::CODE], &len, body].concat()
}

fn body(wasm: &[u8]) -> Reader<'_> {
    let found = sections(wasm).next().unwrap().unwrap();
    assert_eq!((found.id, found.offset, found.end() as usize), (section::CODE, 8, wasm.len()));
    assert_eq!(found.bytes, &wasm[8..]);
    found.body
}

/// Both readers give the same and leave the same, or both refuse.
fn agree<T: PartialEq + std::fmt::Debug>(
    bytes: &[u8],
    ours: impl FnOnce(&mut Reader<'_>) -> Result<T, ReadError>,
    theirs: impl FnOnce(&mut BinaryReader<'_>) -> wasmparser::Result<T>,
) {
    let wasm = module(bytes);
    let (mut our, mut their) = (body(&wasm), BinaryReader::new(bytes, 0));
    let ours = ours(&mut our).ok().map(|value| (value, our.bytes().len()));
    let theirs = theirs(&mut their).ok().map(|value| (value, their.bytes_remaining()));
    assert_eq!(ours, theirs, "{bytes:02x?}");
}

fn as_wasmparser(bytes: &[u8]) {
    agree(bytes, |our| our.u32(), |their| their.read_var_u32());
    agree(bytes, |our| our.signed(32), |their| their.read_var_i32().map(i64::from));
    agree(bytes, |our| our.signed(33), |their| their.read_var_s33());
    agree(bytes, |our| our.signed(64), |their| their.read_var_i64());
    agree(bytes, |our| our.name().map(String::from), |their| their.read_string().map(String::from));
    for (flags, bits) in [0, 1, 4, 5, 8, 9].into_iter().flat_map(|flags| [(flags, 32), (flags, 64)]) {
        let memory = [&[flags], bytes].concat();
        let ours = |our: &mut Reader<'_>| match our.limits(bits)? {
            // wasmparser also looks whether such a page can be.
            limits if limits.page_log2 > Some(63) => Err(our.error()),
            limits => Ok((limits.min, limits.max, limits.page_log2)),
        };
        agree(&memory, ours, |their| {
            let without = if bits == 64 { WasmFeatures::empty() } else { WasmFeatures::MEMORY64 };
            their.set_features(WasmFeatures::all().difference(without));
            let found: wasmparser::MemoryType = their.read()?;
            Ok((found.initial, found.maximum, found.page_size_log2))
        });
    }
}

#[test]
fn numbers_at_their_bounds_are_read_as_wasmparser_reads_them() {
    for continued in 0..=10 {
        for filling in [0x80, 0xff, 0xaa] {
            for last in 0..0x80 {
                as_wasmparser(&[vec![filling; continued], vec![last, 0x55]].concat());
            }
            as_wasmparser(&vec![filling; continued]);
        }
    }
}

proptest! {
    #[test]
    fn bytes_are_read_as_wasmparser_reads_them(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        as_wasmparser(&bytes);
    }
}

#[test]
fn an_error_has_the_place() {
    let refused = |bytes: &[u8], read: fn(&mut Reader<'_>) -> Option<ReadError>| {
        let wasm = module(bytes);
        read(&mut body(&wasm)).expect("it is damaged").offset - BODY
    };
    // What is cut off: where the bytes were to begin.
    assert_eq!(refused(&[0x80, 0x80], |reader| reader.u32().err()), 2);
    assert_eq!(refused(&[9, b'a'], |reader| reader.name().err()), 1);
    assert_eq!(refused(&[7, 7, 7], |reader| reader.byte().and_then(|_| reader.take(3)).err()), 1);
    // What is none: where it begins.
    assert_eq!(
        refused(&[7, 0xff, 0xff, 0xff, 0xff, 0x1f], |reader| reader.byte().and_then(|_| reader.u32()).err()),
        1
    );
    assert_eq!(refused(&[0xff; 6], |reader| reader.signed(32).err()), 0);
    assert_eq!(refused(&[1, 0xff], |reader| reader.name().err()), 0);
}

#[test]
fn sections_end_with_the_first_that_is_cut_off() {
    let wasm = [&module(b"abc")[..], &[section::DATA, 2, b'd']].concat();
    let mut found = sections(&wasm);
    assert_eq!(found.next().unwrap().unwrap().body.bytes(), b"abc");
    assert_eq!(found.next().unwrap().err(), Some(ReadError { offset: wasm.len() as u32 - 1 }));
    assert!(found.next().is_none());
    assert!(sections(b"\0asm").next().is_none());
}

#[test]
fn items_end_with_the_first_that_is_damaged() {
    let wasm = module(&[3, 10, 0x80]);
    let mut items = Items::new(Some(body(&wasm)), Reader::u32);
    assert_eq!(items.left(), Ok(3));
    assert_eq!(items.by_ref().collect::<Vec<_>>(), [Ok(10), Err(ReadError { offset: BODY + 3 })]);
    assert_eq!((items.left(), items.next()), (Ok(0), None));
    // A section without the number of its items is damaged, and no section has none.
    let empty = module(&[]);
    let damaged = ReadError { offset: BODY };
    assert_eq!(Items::new(Some(body(&empty)), Reader::u32).collect::<Vec<_>>(), [Err(damaged)]);
    assert_eq!(Items::new(None, Reader::u32).count(), 0);
}
