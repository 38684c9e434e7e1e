//! The guest's state: control block, buffers, arena, and where in a call it is.
//!
//! One instance has one thread, and its host calls it only while nothing of it runs: an entry point that is called from
//! within a call finds the call state taken, and has no reply. Buffers for host calls are taken out of their cells while
//! they are used, so that nobody finds one in use.

use crate::arena::Arena;
use crate::buffer::Buffer;
use crate::outgoing::Outgoing;
use crate::raw::Place;
use aingle_wasm_codec::{Checksum, Format};
use aingle_wasm_types::{Version, control_block};
use core::cell::{Cell, RefCell};

/// Large enough for most requests, small enough for a guest of a few KiB.
const FIRST_REQUEST_BUFFER: usize = 512;

/// Everything that a guest keeps between calls.
pub(crate) struct Runtime {
    pub(crate) control_block: ControlBlock,
    /// Borrowed while a call runs.
    call_state: RefCell<CallState>,
    /// The format of the request under way, for calls to the host meanwhile, and for a reply that is written by
    /// hand.
    pub(crate) format: Cell<Format>,
    /// The size of the last allocation that failed, in bytes; 0 before. Only the panic handler reads it.
    #[cfg_attr(not(target_os = "none"), allow(dead_code))]
    pub(crate) failed: Cell<u32>,
    /// Where host calls are encoded.
    pub(crate) outbox: Cell<Buffer>,
    /// Where their responses are written.
    pub(crate) response_buffer: Cell<Buffer>,
}

/// What a call works on.
pub(crate) struct CallState {
    /// The request buffer.
    pub(crate) request_buffer: Buffer,
    /// Memory of borrowed arguments.
    pub(crate) arena: Arena,
    pub(crate) reply: Outgoing,
}

/// The twelve words, at an address of their own.
#[repr(C)]
pub(crate) struct ControlBlock([Cell<u32>; control_block::LEN / 4]);

impl ControlBlock {
    const fn new() -> Self {
        Self([const { Cell::new(0) }; control_block::LEN / 4])
    }

    /// The word at this offset, in bytes.
    pub(crate) fn get(&self, offset: usize) -> u32 {
        self.0[offset / 4].get()
    }

    /// Changes the word at this offset, in bytes.
    pub(crate) fn set(&self, offset: usize, word: u32) {
        self.0[offset / 4].set(word);
    }

    /// Publishes where something is.
    pub(crate) fn publish(&self, offset: usize, Place { ptr, len }: Place) {
        self.set(offset, ptr);
        self.set(offset + 4, len);
    }
}

impl Runtime {
    pub(crate) const fn new() -> Self {
        const EMPTY: Buffer = Buffer::EMPTY;
        Self {
            control_block: ControlBlock::new(),
            call_state: RefCell::new(CallState {
                request_buffer: EMPTY,
                arena: Arena::new(),
                reply: Outgoing::new(EMPTY),
            }),
            format: Cell::new(Format { version: Version::V2, checksum: Checksum::Crc32 }),
            failed: Cell::new(0),
            outbox: Cell::new(EMPTY),
            response_buffer: Cell::new(EMPTY),
        }
    }

    /// Publishes the request buffer and the guest's features, and returns the address of the control block.
    pub(crate) fn open(&self) -> u32 {
        let features = control_block::FEATURE_TRUSTED
            | control_block::FEATURE_SUM
            | if cfg!(feature = "lz4") { control_block::FEATURE_LZ4 } else { 0 };
        self.control_block.set(control_block::GUEST_FEATURES, features);
        self.allocate(FIRST_REQUEST_BUFFER as u32);
        (&raw const self.control_block).expose_provenance() as u32
    }

    /// Room for a request: the request buffer, made as large as it must be. 0 when there is no memory for it, or
    /// while the last request is being used.
    pub(crate) fn allocate(&self, len: u32) -> u32 {
        let allocated = self.with_call_state(|CallState { request_buffer, .. }| {
            let grown = request_buffer.replace(len as usize);
            self.control_block.publish(control_block::REQUEST_PTR, request_buffer.for_host());
            if grown { self.control_block.get(control_block::REQUEST_PTR) } else { 0 }
        });
        allocated.unwrap_or(0)
    }

    /// Empties the arena, between calls.
    pub(crate) fn reset(&self) {
        self.with_call_state(|state| state.arena.empty());
    }

    /// Runs `run` with the call state, unless a call has it.
    pub(crate) fn with_call_state<T>(&self, run: impl FnOnce(&mut CallState) -> T) -> Option<T> {
        Some(run(&mut *self.call_state.try_borrow_mut().ok()?))
    }
}
