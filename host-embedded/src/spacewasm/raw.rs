//! What spacewasm cannot be given, or asked for, without `unsafe`.

use super::load_plan::LoadPlan;
use ::spacewasm::alloc::AllocError;
use ::spacewasm::{Engine, InnerVec, ModuleRef, Rc, WasmMemoryAllocator, WasmStream};
use alloc::alloc::Layout;
use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::slice;

/// The guest's memory, between runs.
pub(super) fn memory_bytes(engine: &mut Engine, module: ModuleRef) -> &mut [u8] {
    let cells = engine.store.get_memory(module).as_shared_cells();
    let len = cells.len();
    let first = UnsafeCell::raw_get(cells.as_ptr());
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the cells are `len` initialised bytes of one allocation, owned by the memory in the
    // engine's store, and cells may be written through a shared reference. All handles of that memory
    // are inside the engine, of which this is the only borrow, so that nobody reads, writes, grows or
    // frees it as long as the slice lives.
    unsafe { slice::from_raw_parts_mut(first, len) }
}

/// The allocator of linear memory, which stops at a limit.
pub(super) fn linear_memory(limit: u32) -> Result<Rc<dyn WasmMemoryAllocator>, AllocError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Rc::new(LinearMemory { limit })?.into_wasm_memory_allocator())
}

struct LinearMemory {
    limit: usize,
}

impl LinearMemory {
    fn check(&self, layout: Layout) -> Result<(), AllocError> {
        if layout.size() == 0 || layout.size() > self.limit {
            return Err(AllocError::OutOfMemory);
        }
        Ok(())
    }
}

impl WasmMemoryAllocator for LinearMemory {
    fn allocate(&self, layout: Layout) -> Result<NonNull<u8>, AllocError> {
        self.check(layout)?;
        // SAFETY: `check` refused a layout of no size.
        let ptr = unsafe { alloc::alloc::alloc(layout) };
        NonNull::new(ptr).ok_or(AllocError::OutOfMemory)
    }

    fn reallocate(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Result<NonNull<u8>, AllocError> {
        self.check(new)?;
        if old.align() != new.align() {
            return Err(AllocError::AllocationFailed);
        }
        // SAFETY: the engine gives back what `allocate` or this function returned for `old`; the new
        // size is not 0, and the engine made a layout of it with the same alignment. On failure the
        // old allocation stays, as the engine requires.
        let ptr = unsafe { alloc::alloc::realloc(ptr.as_ptr(), old, new.size()) };
        NonNull::new(ptr).ok_or(AllocError::OutOfMemory)
    }

    fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the engine gives back, once, what `allocate` or `reallocate` returned for this layout.
        unsafe { alloc::alloc::dealloc(ptr.as_ptr(), layout) }
    }
}

/// The module's bytes, as the plan has them, handed out piece by piece.
pub(super) struct Stream<'p> {
    pieces: slice::Iter<'p, super::load_plan::Piece<'p>>,
}

impl<'p> Stream<'p> {
    pub(super) fn new(plan: &'p LoadPlan<'_>) -> Self {
        Self { pieces: plan.pieces.iter() }
    }
}

impl WasmStream for Stream<'_> {
    fn read(&mut self) -> Result<Option<InnerVec<u8>>, u8> {
        let Some(bytes) = self.pieces.by_ref().map(|piece| &*piece.bytes).find(|bytes| !bytes.is_empty())
        else {
            return Ok(None);
        };
        // SAFETY: the bytes are initialised, and one allocation. The engine's reader keeps them no
        // longer than its own borrow of this stream, which the plan outlives, and only reads them. The
        // vector neither frees them nor grows.
        Ok(Some(unsafe { InnerVec::from_raw_parts(bytes.as_ptr().cast_mut(), bytes.len(), bytes.len()) }))
    }

    fn return_(&mut self, _: InnerVec<u8>) {}
}

#[cfg(feature = "spacewasm-alloc")]
mod symbols {
    //! The two symbols over Rust's global allocator, which is as safe for threads as that one. The
    //! engine's own macro for them is not.

    use alloc::alloc::Layout;
    use core::ptr::null_mut;

    /// The engine's number of "allocation failed". It has another for lists that are full.
    const ALLOCATION_FAILED: u32 = 0;

    #[unsafe(no_mangle)]
    unsafe extern "C" fn __spacewasm_alloc(size: usize, align: usize, error: *mut u32) -> *mut u8 {
        let ptr = match Layout::from_size_align(size, align) {
            // SAFETY: the size is not 0.
            Ok(layout) if size != 0 => unsafe { alloc::alloc::alloc(layout) },
            _ => null_mut(),
        };
        if ptr.is_null() {
            // SAFETY: the engine passes the address of a local variable.
            unsafe { error.write(ALLOCATION_FAILED) };
        }
        ptr
    }

    #[unsafe(no_mangle)]
    unsafe extern "C" fn __spacewasm_dealloc(ptr: *mut u8, size: usize, align: usize) {
        match Layout::from_size_align(size, align) {
            // SAFETY: the engine gives back, once, what the function above returned for this layout.
            Ok(layout) if size != 0 && !ptr.is_null() => unsafe { alloc::alloc::dealloc(ptr, layout) },
            _ => {}
        }
    }
}
