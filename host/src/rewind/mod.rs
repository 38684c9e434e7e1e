//! Instances made fresh again: what calls have changed is put back, instead of making another instance.
//!
//! An instance's state is its memory, its globals, its tables, and which passive segments it has dropped. Memory is put
//! back by pages: the system knows which pages of a mapping were ever touched, and those are few. Globals are put
//! back all of them. A module that can change a table or drop a segment is not rewound at all, nor is an instance
//! whose memory has grown, nor any where the system does not tell the touched pages.

mod constant;
mod pages;

pub(crate) use constant::only_memory_and_globals;

use crate::raw::OwnStore;
use pages::{PAGE, Touched};

/// An instance as it was when it had just started.
pub(crate) struct Snapshot {
    globals: Vec<u128>,
    /// The length of its memory, in bytes.
    len: usize,
    /// The pages that were not all zeros, by their numbers, in order.
    pages: Vec<(usize, Box<[u8; PAGE]>)>,
    touched: Touched,
}

impl Snapshot {
    /// Takes an instance down, where this system can tell what is touched later.
    pub(crate) fn of(store: &mut OwnStore) -> Option<Self> {
        let globals = store.globals();
        let memory = store.memory();
        let mut touched = Touched::open()?;
        let mut pages = Vec::new();
        touched.each(memory, |number, page| pages.push((number, Box::new(*page))))?;
        Some(Self { globals, len: memory.len(), pages, touched })
    }

    /// Puts everything back. Says whether it could; if not, the instance is not to be used again.
    pub(crate) fn restore(&mut self, store: &mut OwnStore) -> bool {
        let Self { globals, len, pages, touched } = self;
        if store.memory().len() != *len {
            return false;
        }
        store.set_globals(globals);
        let mut pages = pages.iter().peekable();
        let restored = touched.each(store.memory(), |number, page| {
            // Every page of the snapshot is touched still, and both are in order.
            match pages.next_if(|(kept, _)| *kept == number) {
                Some((_, kept)) => page.copy_from_slice(&kept[..]),
                None => zero(page),
            }
        });
        restored.is_some() && pages.next().is_none()
    }
}

/// Writes zeros, unless they are there: a page that was only read has no memory of its own.
fn zero(page: &mut [u8; PAGE]) {
    // Compared as a whole, which takes a fraction of what a look at each byte does.
    const ZEROS: [u8; PAGE] = [0; PAGE];
    if *page != ZEROS {
        page.fill(0);
    }
}
