//! The code of an image, and the block of memory that it works on.

use crate::{Counters, Host, Watch};
use aingle_wasm_image::{Image, ImageError, TrapCode, head};
use alloc::alloc::{Layout, alloc_zeroed, dealloc};
use alloc::boxed::Box;
use core::mem::transmute;
use core::ptr::{self, NonNull};

/// A native image whose code may be run.
#[derive(Debug, Clone, Copy)]
pub struct NativeImage<'i> {
    image: Image<'i>,
}

impl<'i> NativeImage<'i> {
    /// Takes bytes as an image. The header is checked; the code is not, because it cannot be.
    ///
    /// # Safety
    /// If the bytes are accepted, they are what `aingle_wasm_aot` made for a processor whose instructions this one has, unchanged. A
    /// verified signature of somebody who made them so, over the whole of the bytes, says that. They stay as they are while the image
    /// or an instance of it lives, and the processor can execute them where they are. On a processor that runs no images
    /// ([`NativeConfig::target_of_build`](super::NativeConfig::target_of_build) is `None`), nothing is asked: no code runs.
    ///
    /// # Errors
    /// [`ImageError`] if the header, a table or a length is not what it has to be.
    pub unsafe fn new_unchecked(bytes: &'i [u8]) -> Result<Self, ImageError> {
        Image::parse(bytes).map(|image| Self { image })
    }

    /// Takes bytes as an image that somebody has signed whom the firmware trusts.
    #[cfg(feature = "ota")]
    pub(super) fn trusted(bytes: &'i [u8], _: TrustedSigners) -> Result<Self, ImageError> {
        // SAFETY: `NativeImage::signed` has verified the signature over these bytes, and whoever made the `TrustedSigners` said what it
        // stands for. The bytes are borrowed, so they stay as they are.
        unsafe { Self::new_unchecked(bytes) }
    }

    /// Returns the bytes, which [`Runtime::new`](crate::Runtime::new) is given.
    #[must_use]
    pub fn bytes(&self) -> &'i [u8] {
        self.image.bytes()
    }

    /// Returns what the header says.
    #[must_use]
    pub fn image(&self) -> &Image<'i> {
        &self.image
    }

    /// The image in another borrow of the same bytes.
    pub(super) fn borrowed<'m>(&self, bytes: &'m [u8]) -> Option<Image<'m>> {
        if !ptr::eq(bytes, self.image.bytes()) {
            return None;
        }
        Image::parse(bytes).ok()
    }
}

/// The firmware's word about the keys of its policy, which only an unsafe function gives.
///
/// An image is machine code, and a signature says who made it, not what it does.
#[cfg(feature = "ota")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedSigners(());

#[cfg(feature = "ota")]
impl TrustedSigners {
    /// Says that the signers are trusted.
    ///
    /// # Safety
    /// Whoever has a private half of a key of the policies that manifests are checked with signs only native images that
    /// `aingle_wasm_aot` made, for any processors: the engine refuses those for others than
    /// [`NativeConfig::target`](super::NativeConfig::target), which says no more than this processor has. It can execute the memory
    /// that images are in.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(())
    }
}

/// What the code is entered by.
type Entry = unsafe extern "C" fn(*mut u8, u32, u32, u32) -> u64;

/// An instance: the block of head and memory, and the host that answers it.
pub(super) struct Block<'m, S> {
    block: NonNull<u8>,
    layout: Layout,
    entry: Entry,
    memory: usize,
    head: usize,
    counters: Option<(usize, usize)>,
    /// The native stack below a call at which functions that check the stack stop. `None` if none does.
    checked_stack: Option<usize>,
    host: NonNull<Watched<S>>,
    image: core::marker::PhantomData<&'m [u8]>,
}

/// The host functions and who may stop them, where the code finds them.
struct Watched<S> {
    host: Host<S>,
    watch: Watch,
    memory: usize,
    head: usize,
}

impl<'m, S> Block<'m, S> {
    /// Makes an instance, whose memory has the image's data. `None` if there is not enough memory.
    pub fn new(image: Image<'m>, host: Host<S>, native_stack: u32) -> Option<Self> {
        let (head, memory) = (image.head() as usize, image.memory() as usize);
        let layout = Layout::from_size_align(head.checked_add(memory)?, head::ALIGN).ok()?;
        // SAFETY: the head has at least its fixed part.
        let block = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let watched = Watched { host, watch: Watch::default(), memory, head };
        let host = NonNull::from(Box::leak(Box::new(watched)));
        let thumb = usize::from(image.target().core.is_thumb());
        let code = image.code().as_ptr().wrapping_add(image.entry() as usize + thumb);
        // SAFETY: whoever made the `NativeImage` said that this is code, of this type.
        let entry = unsafe { transmute::<*const u8, Entry>(code) };
        let counters = image.counters().map(|places| (places.fuel.into(), places.depth.into()));
        let stack = image.stack();
        let checks = counters.is_none() && stack.per_depth > 0;
        let checked_stack = checks.then_some(native_stack.saturating_sub(stack.fixed) as usize);
        let image_of = core::marker::PhantomData;
        let made =
            Self { block, layout, entry, memory, head, counters, checked_stack, host, image: image_of };
        made.fill(&image);
        Some(made)
    }

    /// Writes the head, and the data into the memory.
    fn fill(&self, image: &Image<'_>) {
        let block = self.block.as_ptr();
        // SAFETY: the places are in the fixed part, which is aligned, and this has the only pointer to the block. On a processor
        // whose pointers are larger than the places nothing runs.
        unsafe {
            block.add(head::HOST).cast::<u32>().write(call_host::<S> as *const () as usize as u32);
            block.add(head::CONTEXT).cast::<u32>().write(self.host.as_ptr().expose_provenance() as u32);
            let globals = image.globals();
            block.add(head::FIXED).copy_from_nonoverlapping(globals.as_ptr(), globals.len());
            for data in image.data() {
                let place = block.add(self.head + data.address as usize);
                place.copy_from_nonoverlapping(data.bytes.as_ptr(), data.bytes.len());
            }
        }
    }

    /// Calls a function by its number. The error is the trap's word.
    #[inline]
    pub fn call(&mut self, ordinal: u32, a: u32, b: u32) -> Result<u64, u32> {
        let block = self.block.as_ptr();
        // SAFETY: the places are in the fixed part. The code gets its own block, and no borrow of the memory or of the host lives
        // while it runs, because this has `&mut self`. It calls `call_host` with the same block.
        unsafe {
            block.add(head::TRAP).cast::<u32>().write(0);
            if let Some(stack) = self.checked_stack {
                let here = 0_u8;
                let limit = (&raw const here).addr().saturating_sub(stack);
                block.add(head::STACK_LIMIT).cast::<u32>().write(limit as u32);
            }
            let result = (self.entry)(block, ordinal, a, b);
            match block.add(head::TRAP).cast::<u32>().read() {
                0 => Ok(result),
                trap => Err(trap),
            }
        }
    }

    pub fn memory(&mut self) -> &mut [u8] {
        // SAFETY: the memory is behind the head, and the code does not run while this is borrowed.
        unsafe { memory(self.block.as_ptr(), self.head, self.memory) }
    }

    pub fn host(&self) -> &Host<S> {
        // SAFETY: the host lives as long as the block. It is changed through `&mut self` and by calls, which have it.
        unsafe { &self.host.as_ref().host }
    }

    pub fn host_mut(&mut self) -> &mut Host<S> {
        // SAFETY: as in `host`.
        unsafe { &mut self.host.as_mut().host }
    }

    pub fn watch(&self) -> &Watch {
        // SAFETY: as in `host`.
        unsafe { &self.host.as_ref().watch }
    }

    pub fn watch_mut(&mut self) -> &mut Watch {
        // SAFETY: as in `host`.
        unsafe { &mut self.host.as_mut().watch }
    }

    pub fn counters(&self) -> Counters {
        let Some((fuel, depth)) = self.counters else { return Counters { fuel: 0, depth: 0 } };
        // SAFETY: the image's places are in the head and aligned.
        unsafe {
            let block = self.block.as_ptr();
            Counters {
                fuel: block.add(fuel).cast::<i64>().read(),
                depth: block.add(depth).cast::<i32>().read(),
            }
        }
    }

    pub fn set_counters(&mut self, counters: Counters) {
        let Some((fuel, depth)) = self.counters else { return };
        // SAFETY: as in `counters`.
        unsafe {
            self.block.as_ptr().add(fuel).cast::<i64>().write(counters.fuel);
            self.block.as_ptr().add(depth).cast::<i32>().write(counters.depth);
        }
    }
}

impl<S> Drop for Block<'_, S> {
    fn drop(&mut self) {
        // SAFETY: both were made in `new`, and nobody else frees them.
        unsafe {
            drop(Box::from_raw(self.host.as_ptr()));
            dealloc(self.block.as_ptr(), self.layout);
        }
    }
}

/// The guest's memory.
///
/// # Safety
/// The block has a head of this length, and this much memory behind it. Nobody else uses the memory while the slice lives.
unsafe fn memory<'b>(block: *mut u8, head: usize, len: usize) -> &'b mut [u8] {
    // SAFETY: the caller says so.
    unsafe { core::slice::from_raw_parts_mut(block.add(head), len) }
}

/// What the code calls for an import. A panic of the host function ends the process, because it cannot pass through the code.
///
/// # Safety
/// The code calls it with its own block, while the instance that has it is borrowed for a call.
unsafe extern "C" fn call_host<S>(block: *mut u8, import: u32, ptr: u32, len: u32) -> u64 {
    // SAFETY: the context was written by `fill`. The call that led here has the instance, so that nothing else uses the host or the
    // memory until this returns.
    unsafe {
        let context = block.add(head::CONTEXT).cast::<u32>().read() as usize;
        let watched = &mut *ptr::with_exposed_provenance_mut::<Watched<S>>(context);
        let answer = watched.host.dispatch(memory(block, watched.head, watched.memory), import, ptr, len);
        if watched.watch.stopped().is_some() {
            block.add(head::TRAP).cast::<u32>().write(TrapCode::Stopped as u32);
        }
        answer
    }
}
