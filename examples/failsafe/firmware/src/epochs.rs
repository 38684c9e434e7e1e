//! The link's epochs. QEMU does not model the part's flash controller, so each of the two places is a file of the debugger's machine.

use crate::raw::{read_file, write_file};
use core::ffi::CStr;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

const FILES: [&CStr; 2] = [c"epochs0", c"epochs1"];

/// Words of a place.
const WORDS: usize = 4;

static PLACES: [[AtomicU32; WORDS]; 2] = [const { [const { AtomicU32::new(0) }; WORDS] }; 2];

/// Reads both places. One without a file has zeros, which are no record.
pub fn load() {
    (0..PLACES.len()).for_each(load_place);
}

/// Returns a word, by its number in both places.
pub fn read(word: usize) -> u32 {
    place(word).map_or(0, |(_, word)| word.load(Relaxed))
}

/// Sets a word. The last one of a place writes its file, and reads it back.
pub fn write(word: usize, value: u32) {
    let Some((place, cell)) = place(word) else { return };
    cell.store(value, Relaxed);
    if word % WORDS == WORDS - 1 {
        let mut bytes = [0; 4 * WORDS];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(&PLACES[place]) {
            *bytes = word.load(Relaxed).to_le_bytes();
        }
        write_file(FILES[place], &bytes);
        load_place(place);
    }
}

fn place(word: usize) -> Option<(usize, &'static AtomicU32)> {
    let place = word / WORDS;
    Some((place, PLACES.get(place)?.get(word % WORDS)?))
}

fn load_place(place: usize) {
    let mut bytes = [0; 4 * WORDS];
    if !read_file(FILES[place], &mut bytes) {
        bytes = [0; 4 * WORDS];
    }
    for (word, bytes) in PLACES[place].iter().zip(bytes.as_chunks().0) {
        word.store(u32::from_le_bytes(*bytes), Relaxed);
    }
}
