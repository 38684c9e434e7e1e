//! Growth of memories that was refused.

use crate::config::{MAX_PAGES, PAGE};
use aingle_wasm_host_core::RefusedGrowth;
use std::cell::Cell;
use std::ptr::NonNull;
use wasmer::sys::vm::{LinearMemory, VMMemory, VMMemoryDefinition};
use wasmer::{MemoryError, MemoryStyle, MemoryType, Pages};

thread_local! {
    /// Of the guest that runs on this thread: its last growth, if that was refused.
    static REFUSED: Cell<Option<RefusedGrowth>> = const { Cell::new(None) };
}

/// Runs something in a guest. Returns the last growth of a memory in that time, if it was refused.
pub(crate) fn refused_while<R>(run: impl FnOnce() -> R) -> (R, Option<RefusedGrowth>) {
    /// A host function may run another guest on this thread.
    struct Outer(Option<RefusedGrowth>);
    impl Drop for Outer {
        fn drop(&mut self) {
            REFUSED.set(self.0);
        }
    }
    let _outer = Outer(REFUSED.take());
    let result = run();
    (result, REFUSED.get())
}

/// Memory that tells when it may not grow.
#[derive(Debug)]
struct Telling(VMMemory);

/// Returns a memory that tells when it may not grow.
pub(super) fn telling(memory: VMMemory) -> VMMemory {
    VMMemory(Box::new(Telling(memory)))
}

impl LinearMemory for Telling {
    fn ty(&self) -> MemoryType {
        self.0.ty()
    }

    fn size(&self) -> Pages {
        self.0.size()
    }

    fn style(&self) -> MemoryStyle {
        self.0.style()
    }

    fn grow(&mut self, delta: Pages) -> Result<Pages, MemoryError> {
        let grown = self.0.grow(delta);
        REFUSED.set(grown.is_err().then(|| RefusedGrowth {
            limit: PAGE * u64::from(self.ty().maximum.map_or(MAX_PAGES, |pages| pages.0)),
            asked: PAGE * (u64::from(self.size().0) + u64::from(delta.0)),
        }));
        grown
    }

    fn grow_at_least(&mut self, min_size: u64) -> Result<(), MemoryError> {
        self.0.grow_at_least(min_size)
    }

    fn reset(&mut self) -> Result<(), MemoryError> {
        self.0.reset()
    }

    fn vmmemory(&self) -> NonNull<VMMemoryDefinition> {
        self.0.vmmemory()
    }

    fn try_clone(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        LinearMemory::try_clone(&self.0)
    }

    fn copy(&self) -> Result<Box<dyn LinearMemory + Send + Sync + 'static>, MemoryError> {
        LinearMemory::copy(&self.0)
    }
}
