//! Code that runs where it was read to.
//!
//! Most of the time to load code goes to pages of memory, which the system has to find and clear. So code runs where the system keeps the pages of
//! its file. If nobody may rely on the file, there is one copy of the code, in large pages if the system has some.

use crate::compiled::Compiled;
use rustix::mm::{
    Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap, mmap_anonymous, mprotect, munmap,
};
use std::fs::File;
use std::ptr::{NonNull, null_mut};
use std::slice;
use std::sync::{Arc, OnceLock};
use wasmtime::component::Component;
use wasmtime::{Config, CustomCodeMemory, Engine, Module, Result};

/// The size of a page, in bytes: what machine code is aligned to.
const PAGE: usize = 4096;
/// The size of a large page, in bytes.
const LARGE_PAGE: usize = 2 << 20;

/// Memory for the machine code of one program.
#[derive(Default)]
pub struct CodeMemory(Option<Mapping>);

impl CodeMemory {
    /// Allocates memory for code of this length, in bytes. `None` if there is not so much.
    pub fn allocate(&mut self, len: usize) -> Option<&mut [u8]> {
        Some(self.0.insert(Mapping::new(len)?).bytes())
    }

    /// Maps the code with which a file begins, of this length in bytes. Returns whether it is mapped: a pipe cannot be, nor can code run from
    /// every file system.
    ///
    /// # Safety
    /// Code that [`CodeStore::load`](super::CodeStore::load) returns `true` for has to stay as it is: as long as the process runs, nobody changes the
    /// file, or makes it shorter. It may be renamed and deleted.
    pub unsafe fn map(&mut self, file: &File, len: usize) -> bool {
        self.0 = Mapping::of_file(file, len);
        self.0.is_some()
    }

    /// Returns the code, allocated or mapped. Empty if there is none.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        // SAFETY: inside the mapping, which is readable, and which nobody writes to as long as this is borrowed.
        self.0.as_ref().map_or(&[], |mapping| unsafe { mapping.code.as_ref() })
    }
}

/// Pages of this process, or of a file that is not changed.
struct Mapping {
    /// Where the system has put them, and how many bytes they have.
    mapped: (NonNull<u8>, usize),
    /// Where the code begins, and its length.
    code: NonNull<[u8]>,
}

// SAFETY: the pages belong to this value alone, wherever it is.
unsafe impl Send for Mapping {}
// SAFETY: a shared mapping gives out no reference to its bytes.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(len: usize) -> Option<Self> {
        let large = len >= LARGE_PAGE;
        let align = if large { LARGE_PAGE } else { PAGE };
        // Zero bytes cannot be mapped.
        let pages = len.max(1).checked_next_multiple_of(align)?;
        let whole = if large { pages.checked_add(LARGE_PAGE)? } else { pages };
        let rights = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping, wherever the system puts it, changes no memory that anybody has.
        let start =
            unsafe { mmap_anonymous(null_mut(), whole, rights, MapFlags::PRIVATE) }.ok()?.cast::<u8>();
        // SAFETY: the first boundary of a large page is less than a large page behind the start, and `whole` has one more than `pages`.
        let first = unsafe { start.add(start.addr().next_multiple_of(align) - start.addr()) };
        if large {
            // SAFETY: advice on pages of ours; without it the code is in small pages.
            let _ = unsafe { madvise(first.cast(), pages, Advice::LinuxHugepage) };
            // SAFETY: as above; without it pages are found one by one.
            let _ = unsafe { madvise(first.cast(), pages, Advice::LinuxPopulateWrite) };
        }
        let code = NonNull::slice_from_raw_parts(NonNull::new(first)?, len);
        Some(Self { mapped: (NonNull::new(start)?, whole), code })
    }

    fn of_file(file: &File, len: usize) -> Option<Self> {
        let pages = len.max(1).checked_next_multiple_of(PAGE)?;
        // A page behind the end of the file cannot be read.
        if len as u64 > file.metadata().ok()?.len() {
            return None;
        }
        let runs = ProtFlags::READ | ProtFlags::EXEC;
        // SAFETY: a new mapping, wherever the system puts it, changes no memory that anybody has.
        let start = unsafe { mmap(null_mut(), pages, runs, MapFlags::PRIVATE, file, 0) }.ok()?.cast::<u8>();
        let start = NonNull::new(start)?;
        let mapping = Self { mapped: (start, pages), code: NonNull::slice_from_raw_parts(start, len) };
        // What is not code does not run. Whether the file system has code that runs is known now.
        mapping.freeze().then_some(mapping)
    }

    fn bytes(&mut self) -> &mut [u8] {
        let (start, len) = (self.code.cast::<u8>().as_ptr(), self.code.len());
        // SAFETY: inside the mapping, which the system has cleared, and which is borrowed for as long as the slice.
        unsafe { slice::from_raw_parts_mut(start, len) }
    }

    /// Takes the right to write away. Returns whether it is gone.
    fn freeze(&self) -> bool {
        let (start, len) = self.mapped;
        // SAFETY: pages of ours, of which nobody has a reference.
        unsafe { mprotect(start.as_ptr().cast(), len, MprotectFlags::READ) }.is_ok()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        let (start, len) = self.mapped;
        // SAFETY: pages of ours. Code in them has `Owner`, which has this, until nobody can call it any more. An error would leave them
        // mapped, which harms nobody.
        let _ = unsafe { munmap(start.as_ptr().cast(), len) };
    }
}

/// The code that an engine has loaded. The engine and each module of it have this, so that the code is there as long as they are.
#[derive(Default)]
struct Owner(OnceLock<Mapping>);

impl CustomCodeMemory for Owner {
    fn required_alignment(&self) -> usize {
        PAGE
    }

    fn publish_executable(&self, start: *const u8, len: usize) -> Result<()> {
        // SAFETY: Wasmtime gives the pages of code that it is about to run and that nobody writes to any more. Processors of this kind see
        // what was written without being told.
        unsafe { mprotect(start.cast_mut().cast(), len, MprotectFlags::READ | MprotectFlags::EXEC) }?;
        Ok(())
    }

    fn unpublish_executable(&self, _: *const u8, _: usize) -> Result<()> {
        // It is unmapped next.
        Ok(())
    }
}

/// Loads code for the engines of one configuration.
pub struct Loader(Arc<Owner>);

impl Loader {
    pub fn new(config: &mut Config) -> Self {
        let owner = Arc::<Owner>::default();
        config.with_custom_code_memory(Some(Arc::clone(&owner) as Arc<dyn CustomCodeMemory>));
        Self(owner)
    }

    /// Returns what `fill` has written. `None` if it returns `false`, or the code is of another version or configuration.
    ///
    /// # Safety
    /// Where `fill` returns `true`, it has written what `serialize` of a component, or of a module, returned.
    pub unsafe fn load(
        &self,
        engine: &Engine,
        is_component: bool,
        fill: impl FnOnce(&mut CodeMemory) -> bool,
    ) -> Option<Compiled> {
        let mut memory = CodeMemory::default();
        if !fill(&mut memory) {
            return None;
        }
        let mapping = memory.0.filter(Mapping::freeze)?;
        // One loader loads once.
        self.0.0.set(mapping).ok()?;
        let code = self.0.0.get()?.code;
        let loaded: Result<Compiled> = if is_component {
            // SAFETY: the caller promises that these are bytes that `Component::serialize` returned. Nobody can write to them any more,
            // and the owner, which the component has from its engine, keeps them.
            unsafe { Component::deserialize_raw(engine, code) }
                .map(|component| Compiled::Component(Box::new(component)))
        } else {
            // SAFETY: as above, by `Module::serialize`.
            unsafe { Module::deserialize_raw(engine, code) }.map(Compiled::Core)
        };
        loaded.ok()
    }
}
