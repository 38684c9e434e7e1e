//! The image, and how it is called.
#![allow(unsafe_code)]

use aingle_wasm_image::{Image, head};
use core::cell::UnsafeCell;

#[repr(align(8))]
struct Flash<const LEN: usize>([u8; LEN]);

static IMAGE: Flash<{ include_bytes!(env!("COUNTS_IMAGE")).len() }> =
    Flash(*include_bytes!(env!("COUNTS_IMAGE")));

const BLOCK: usize = 1536;

/// Head and memory.
#[repr(align(16))]
struct Block(UnsafeCell<[u8; BLOCK]>);

// SAFETY: only an instance uses it, and there is one.
unsafe impl Sync for Block {}

static MEMORY: Block = Block(UnsafeCell::new([0; BLOCK]));

/// The image in its memory.
pub struct Instance {
    entry: unsafe extern "C" fn(*mut u8, u32, u32, u32) -> u64,
}

impl Instance {
    /// Prepares the memory. Call it once.
    pub fn start() -> Option<Self> {
        let image = Image::parse(&IMAGE.0).ok()?;
        let head = image.head() as usize;
        if head + image.memory() as usize > BLOCK || image.counters().is_some() {
            return None;
        }
        let block = MEMORY.0.get().cast::<u8>();
        let entry = image.code().as_ptr().wrapping_add(image.entry() as usize + 1);
        // SAFETY: the block is large enough, and nobody else uses it. The image imports nothing, and was made for this processor.
        unsafe {
            block.add(head::FIXED).copy_from_nonoverlapping(image.globals().as_ptr(), image.globals().len());
            for data in image.data() {
                let place = block.add(head + data.address as usize);
                place.copy_from_nonoverlapping(data.bytes.as_ptr(), data.bytes.len());
            }
            let entry =
                core::mem::transmute::<*const u8, unsafe extern "C" fn(*mut u8, u32, u32, u32) -> u64>(entry);
            Some(Self { entry })
        }
    }

    /// Calls the export with these arguments. Returns `u32::MAX` if it traps.
    pub fn call(&self, a: u32, b: u32) -> u32 {
        let block = MEMORY.0.get().cast::<u8>();
        // SAFETY: as in `start`. The image has one export.
        unsafe {
            let result = (self.entry)(block, 0, a, b);
            if block.add(head::TRAP).cast::<u32>().read() == 0 { result as u32 } else { u32::MAX }
        }
    }
}
