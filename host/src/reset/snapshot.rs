//! An instance as it was, to be put back.

use super::pages::{PAGE, Pagemap};
use crate::raw::{OwnStore, SavedGlobals};
use std::ops::ControlFlow;

/// Compared as a whole, which takes a fraction of what a look at each byte does.
const ZEROS: [u8; PAGE] = [0; PAGE];
/// Number of pages that an instance keeps without having written to them since it was last put back. If there are more,
/// all of its pages are given back to the system.
const UNUSED: usize = 64;

/// An instance as it was when it had just started.
pub(crate) struct Snapshot {
    globals: SavedGlobals,
    /// The length of its memory, in bytes.
    len: usize,
    /// The first page, and all others that held something, by their numbers, in order.
    pages: Vec<(usize, Box<[u8; PAGE]>)>,
    /// Number of other pages that an idle instance may keep.
    spare: usize,
}

impl Snapshot {
    /// Takes a snapshot of an instance. `None` where this system does not tell what is touched later, and if the instance
    /// and its snapshot take more than `idle_memory` bytes.
    pub(crate) fn of(store: &mut OwnStore, idle_memory: u64) -> Option<Self> {
        Self::through(Pagemap::of_this_process()?, store, idle_memory)
    }

    fn through(pagemap: &Pagemap, store: &mut OwnStore, idle_memory: u64) -> Option<Self> {
        let most = usize::try_from(idle_memory).unwrap_or(usize::MAX) / PAGE;
        let globals = store.save_globals();
        store.touch_memory();
        let memory = store.memory();
        let mut pages = Vec::new();
        let told = pagemap.each(memory, |number, page| {
            if number > 0 && *page == ZEROS {
                return ControlFlow::Continue(());
            }
            // Each is there twice: in the guest's memory and here.
            if 2 * (pages.len() + 1) > most {
                return ControlFlow::Break(());
            }
            pages.push((number, Box::new(*page)));
            ControlFlow::Continue(())
        })?;
        let sees = memory.is_empty() || pages.first().is_some_and(|(number, _)| *number == 0);
        let spare = most.saturating_sub(2 * pages.len());
        (told.is_continue() && sees).then_some(Self { globals, len: memory.len(), pages, spare })
    }

    /// Puts everything back. Returns whether it could; if not, the instance is not to be used again.
    pub(crate) fn restore(&self, store: &mut OwnStore) -> bool {
        Pagemap::of_this_process().is_some_and(|pagemap| self.restore_through(pagemap, store))
    }

    fn restore_through(&self, pagemap: &Pagemap, store: &mut OwnStore) -> bool {
        if store.memory().len() != self.len || !store.put_back_globals(&self.globals) {
            return false;
        }
        match self.put_pages_back(pagemap, store.memory()) {
            Some(ControlFlow::Continue(all_seen)) => all_seen,
            Some(ControlFlow::Break(())) => store.give_memory_back() && self.write_pages(store.memory()),
            None => false,
        }
    }

    /// Puts pages back one by one. Breaks off if there are more than an idle instance may keep. Else returns whether every
    /// page of the snapshot was seen; one that was not shows that the system does not tell all of them.
    fn put_pages_back(&self, pagemap: &Pagemap, memory: &mut [u8]) -> Option<ControlFlow<(), bool>> {
        let mut kept = self.pages.iter().peekable();
        let (mut spare, mut unused) = (self.spare, UNUSED);
        let told = pagemap.each(memory, |number, page| {
            if let Some((_, kept)) = kept.next_if(|(kept, _)| *kept == number) {
                page.copy_from_slice(&kept[..]);
                return ControlFlow::Continue(());
            }
            // Zeros are not written where there are zeros: a page that was only read has no memory of its own.
            let zeros = *page == ZEROS;
            if spare == 0 || zeros && unused == 0 {
                return ControlFlow::Break(());
            }
            spare -= 1;
            if zeros {
                unused -= 1;
            } else {
                page.fill(0);
            }
            ControlFlow::Continue(())
        })?;
        Some(match told {
            ControlFlow::Continue(()) => ControlFlow::Continue(kept.next().is_none()),
            ControlFlow::Break(()) => ControlFlow::Break(()),
        })
    }

    /// Writes the pages of the snapshot into a memory of zeros.
    fn write_pages(&self, memory: &mut [u8]) -> bool {
        let (memory, _) = memory.as_chunks_mut::<PAGE>();
        self.pages.iter().all(|(number, kept)| {
            memory.get_mut(*number).map(|page| page.copy_from_slice(&kept[..])).is_some()
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs::File;
    use wasmer::Store;

    fn store(text: &str) -> OwnStore {
        store_of(text, 1)
    }

    /// A store with a guest's memory of so many pages that begins with this text.
    fn store_of(text: &str, pages: u32) -> OwnStore {
        let wasm = format!(r#"(module (memory (export "memory") {pages}) (data (i32.const 0) "{text}"))"#);
        let engine = wasmer::Engine::default();
        let module = wasmer::Module::new(&engine, wat::parse_str(wasm).unwrap()).unwrap();
        let mut store = OwnStore::new(Store::new(engine));
        let instance = wasmer::Instance::new(&mut store.get_mut(), &module, &wasmer::Imports::new()).unwrap();
        store.find_memory(&instance).unwrap();
        store
    }

    /// What tells nothing: not by words, and not by runs.
    fn blind() -> [Pagemap; 2] {
        [false, true].map(|runs| Pagemap::unproven(File::open("/dev/zero").unwrap(), runs))
    }

    /// The pagemap of this process, by words and, where the system has them, by runs.
    fn seeing() -> Vec<Pagemap> {
        let file = || File::open("/proc/self/pagemap").unwrap();
        let by_runs = Pagemap::proven(file()).expect("a system with a pagemap");
        vec![Pagemap::unproven(file(), false), by_runs]
    }

    fn ours() -> &'static Pagemap {
        Pagemap::of_this_process().expect("a system with a pagemap")
    }

    #[test]
    fn no_snapshot_is_taken_where_the_pagemap_reads_as_zeros() {
        for text in ["", "text"] {
            for blind in blind() {
                assert!(Snapshot::through(&blind, &mut store(text), u64::MAX).is_none());
            }
            assert!(Snapshot::through(ours(), &mut store(text), u64::MAX).is_some());
        }
    }

    #[test]
    fn nothing_is_put_back_where_the_pagemap_reads_as_zeros_later() {
        for text in ["", "text"] {
            let mut store = store(text);
            let snapshot = Snapshot::through(ours(), &mut store, u64::MAX).unwrap();
            store.memory()[50_000] = 7;
            for blind in blind() {
                assert!(!snapshot.restore_through(&blind, &mut store));
            }
            assert!(snapshot.restore_through(ours(), &mut store));
            assert_eq!((store.memory()[50_000], &store.memory()[..text.len()]), (0, text.as_bytes()));
        }
    }

    /// More runs of pages than are asked for at once, with gaps of one page and more, up to the last page.
    #[test]
    fn scattered_pages_are_put_back_by_words_and_by_runs() {
        for pagemap in seeing() {
            let mut store = store_of("text", 40);
            let snapshot = Snapshot::through(&pagemap, &mut store, u64::MAX).unwrap();
            let pages = store.memory().len() / PAGE;
            // The sparsest first: a page that was touched stays so.
            for step in [pages - 1, 7, 3, 2, 1] {
                store.memory().iter_mut().skip(PAGE - 1).step_by(step * PAGE).for_each(|byte| *byte = 9);
                assert!(snapshot.restore_through(&pagemap, &mut store));
                let memory = store.memory();
                assert!(memory.starts_with(b"text") && memory[4..].iter().all(|byte| *byte == 0), "{step}");
            }
        }
    }

    #[test]
    fn a_snapshot_is_put_back_into_its_own_store_only() {
        let (mut one, mut two) = (store("one"), store("two"));
        let snapshot = Snapshot::through(ours(), &mut one, u64::MAX).unwrap();
        assert!(!snapshot.restore_through(ours(), &mut two));
        assert_eq!(&two.memory()[..3], b"two");
        assert!(snapshot.restore_through(ours(), &mut one));
    }

    #[test]
    fn what_is_more_than_an_idle_instance_may_hold_is_given_back() {
        for idle_pages in [2, 3, 8, 16, 17, 18] {
            let mut store = store("text");
            let snapshot = Snapshot::through(ours(), &mut store, idle_pages * PAGE as u64).unwrap();
            for _ in 0..3 {
                store.memory().iter_mut().skip(1).step_by(PAGE).for_each(|byte| *byte = 9);
                assert!(snapshot.restore_through(ours(), &mut store));
                let memory = store.memory();
                assert!(memory.starts_with(b"text") && memory[4..].iter().all(|byte| *byte == 0));
            }
        }
        assert!(Snapshot::through(ours(), &mut store("text"), PAGE as u64).is_none());
    }
}
