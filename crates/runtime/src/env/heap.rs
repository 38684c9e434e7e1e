//! What of a module's memory the host has given out.

use std::collections::BTreeMap;

/// A page of memory, in bytes.
const PAGE: u64 = 64 * 1024;
/// Every place is a multiple of this.
const ALIGN: u64 = 16;
/// How many places may be given out at a time, so that they do not take the host's memory.
const MAX_PLACES: usize = 64 * 1024;

/// What of a module's memory the host has given out. It is kept outside of that memory, where the module cannot change it.
#[derive(Debug, Default)]
pub(super) struct Heap {
    /// Free parts, by where they begin: their lengths in bytes. No two touch each other.
    free: BTreeMap<u64, u64>,
    /// What is given out, in the same way.
    taken: BTreeMap<u64, u64>,
}

impl Heap {
    /// How many pages so many bytes take.
    pub(super) fn pages(len: u64) -> Option<u32> {
        u32::try_from(rounded(len).div_ceil(PAGE)).ok()
    }

    /// Takes up pages that the memory has grown by.
    pub(super) fn add(&mut self, first: u32, pages: u32) {
        self.put(u64::from(first) * PAGE, u64::from(pages) * PAGE);
    }

    /// Gives out the first part that is large enough.
    pub(super) fn take(&mut self, len: u64) -> Option<u32> {
        let len = rounded(len);
        if self.taken.len() >= MAX_PLACES {
            return None;
        }
        let (begin, room) =
            self.free.iter().find(|(_, room)| **room >= len).map(|(at, room)| (*at, *room))?;
        let place = u32::try_from(begin).ok()?;
        self.free.remove(&begin);
        if room > len {
            self.free.insert(begin + len, room - len);
        }
        self.taken.insert(begin, len);
        Some(place)
    }

    /// Takes a part back. Returns whether it was given out.
    pub(super) fn free(&mut self, place: u32) -> bool {
        let Some(len) = self.taken.remove(&place.into()) else { return false };
        self.put(place.into(), len);
        true
    }

    /// Adds a free part, and joins it with those that it touches.
    fn put(&mut self, mut begin: u64, mut len: u64) {
        if let Some((before, room)) = self.free.range(..begin).next_back().map(|(at, room)| (*at, *room))
            && before + room == begin
        {
            self.free.remove(&before);
            (begin, len) = (before, room + len);
        }
        len += self.free.remove(&(begin + len)).unwrap_or(0);
        self.free.insert(begin, len);
    }
}

/// A length as it is given out.
fn rounded(len: u64) -> u64 {
    len.max(1).next_multiple_of(ALIGN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_overlap_and_join_when_they_are_free() {
        let mut heap = Heap::default();
        assert_eq!(heap.take(1), None);
        heap.add(1, 1);
        let places: Vec<u32> = (0..4).map(|_| heap.take(16 * 1024).unwrap()).collect();
        assert_eq!(places, [65_536, 81_920, 98_304, 114_688]);
        assert_eq!(heap.take(1), None);
        // In any order.
        for at in [2, 0, 3, 1] {
            assert!(heap.free(places[at]) && !heap.free(places[at]));
        }
        assert_eq!(heap.take(64 * 1024), Some(65_536));
        heap.add(2, 1);
        assert!(heap.free(65_536));
        assert_eq!(heap.take(128 * 1024), Some(65_536), "pages that touch are one part");
    }

    #[test]
    fn lengths_are_rounded_and_none_wraps() {
        let mut heap = Heap::default();
        heap.add(1, 1);
        assert_eq!((heap.take(0), heap.take(17), heap.take(1)), (Some(65_536), Some(65_552), Some(65_584)));
        assert_eq!(
            (Heap::pages(0), Heap::pages(65_537), Heap::pages(u32::MAX.into())),
            (Some(1), Some(2), Some(65_536))
        );
        assert_eq!(heap.take(u64::MAX / 2), None);
    }
}
