//! The guest's state: mailbox, buffers, arena, and where in a call it is.
//!
//! One instance has one thread, and its host calls it only while nothing of it runs. Everything is
//! taken out of its cell while it is used, so that a guest that calls its own exports, or a host
//! function while another is being encoded, finds an empty buffer and never one in use.

use crate::args::BadRequest;
use crate::buffer::Buffer;
use crate::call::{Call, Reply, answer};
use crate::raw;
use aingle_wasm_codec::Integrity;
use aingle_wasm_types::{Header, Packed, mailbox};
use alloc::vec::Vec;
use bumpalo::Bump;
use core::cell::Cell;

/// Large enough for most requests, small enough for a guest of a few KiB.
const FIRST_WINDOW: usize = 512;

/// Everything that a guest keeps between calls.
pub(crate) struct Runtime {
    pub(crate) mailbox: Mailbox,
    arena: Cell<Option<Bump>>,
    window: Cell<Buffer>,
    reply: Cell<Buffer>,
    /// Requests that an older host made room for while another was prepared.
    prepared: Cell<Vec<Buffer>>,
    phase: Cell<Phase>,
    /// The style of the request under way, for replies that are written by hand.
    pub(crate) style: Cell<Option<aingle_wasm_codec::Style>>,
    /// What guards the request under way, and so the calls to the host meanwhile.
    pub(crate) integrity: Cell<Integrity>,
    /// Where host calls are encoded.
    pub(crate) outbox: Cell<Buffer>,
    /// Where their responses are written.
    pub(crate) room: Cell<Buffer>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Between calls.
    Idle,
    /// The host has asked for room, and will enter.
    Prepared,
    /// A call runs.
    Entered,
}

/// The twelve words, at an address of their own.
#[repr(C)]
pub(crate) struct Mailbox([Cell<u32>; mailbox::LEN / 4]);

impl Mailbox {
    const fn new() -> Self {
        Self([const { Cell::new(0) }; mailbox::LEN / 4])
    }

    /// The word at this offset, in bytes.
    pub(crate) fn get(&self, offset: usize) -> u32 {
        self.0[offset / 4].get()
    }

    /// Changes the word at this offset, in bytes.
    pub(crate) fn set(&self, offset: usize, word: u32) {
        self.0[offset / 4].set(word);
    }

    /// Publishes room for an envelope.
    pub(crate) fn publish(&self, offset: usize, room: &[u8]) {
        self.set(offset, raw::address(room));
        self.set(offset + 4, room.len() as u32);
    }
}

impl Runtime {
    pub(crate) const fn new() -> Self {
        const EMPTY: Buffer = Buffer::EMPTY;
        Self {
            mailbox: Mailbox::new(),
            arena: Cell::new(None),
            window: Cell::new(EMPTY),
            reply: Cell::new(EMPTY),
            prepared: Cell::new(Vec::new()),
            phase: Cell::new(Phase::Idle),
            style: Cell::new(None),
            integrity: Cell::new(Integrity::Checked),
            outbox: Cell::new(EMPTY),
            room: Cell::new(EMPTY),
        }
    }

    /// Opens the window and says what this guest can do.
    pub(crate) fn open(&self) {
        let features =
            mailbox::FEATURE_TRUSTED | if cfg!(feature = "lz4") { mailbox::FEATURE_LZ4 } else { 0 };
        self.mailbox.set(mailbox::GUEST_FEATURES, features);
        self.widen(FIRST_WINDOW);
    }

    /// Makes the window at least `len` bytes long, and says where it is; 0 when there is no memory.
    fn widen(&self, len: usize) -> u32 {
        let mut window = self.window.take();
        let grown = window.replace(len);
        self.mailbox.publish(mailbox::WINDOW_PTR, window.room());
        self.window.set(window);
        if grown { self.mailbox.get(mailbox::WINDOW_PTR) } else { 0 }
    }

    /// Room for a request: the window, made as large as it must be. An older host may ask again
    /// before it enters, and gets room of its own.
    pub(crate) fn allocate(&self, len: u32) -> u32 {
        let len = len as usize;
        if self.phase.get() == Phase::Idle {
            self.begin();
            self.phase.set(Phase::Prepared);
            return self.widen(len);
        }
        let mut buffer = Buffer::default();
        if !buffer.grow(len.max(Header::LEN)) {
            return 0;
        }
        let ptr = raw::address(buffer.room());
        let mut prepared = self.prepared.take();
        prepared.push(buffer);
        self.prepared.set(prepared);
        ptr
    }

    /// Empties the arena, between calls.
    pub(crate) fn reset(&self) {
        if self.phase.get() != Phase::Entered {
            self.begin();
            self.phase.set(Phase::Idle);
        }
    }

    fn begin(&self) {
        let mut arena = self.arena.take();
        if let Some(arena) = &mut arena {
            arena.reset();
        }
        self.arena.set(arena);
        self.prepared.take();
        self.style.set(None);
        self.integrity.set(Integrity::Checked);
    }

    pub(crate) fn enter(&self) {
        if self.phase.get() == Phase::Idle {
            self.begin();
        }
        self.phase.set(Phase::Entered);
    }

    pub(crate) fn leave(&self) {
        self.phase.set(Phase::Idle);
    }

    /// Lends out the arena.
    pub(crate) fn with_arena<T>(&self, run: impl FnOnce(&Bump) -> T) -> T {
        let arena = self.arena.take().unwrap_or_default();
        let result = run(&arena);
        self.arena.set(Some(arena));
        result
    }

    /// Lends out the request that lies at `ptr`, when that is where room was given.
    pub(crate) fn with_request<T>(&self, ptr: u32, len: u32, read: impl FnOnce(Option<&[u8]>) -> T) -> T {
        let window = self.window.take();
        let prepared = self.prepared.take();
        let mut rooms = core::iter::once(&window).chain(&prepared);
        let room = rooms.find(|buffer| raw::address(buffer.room()) == ptr);
        let result = read(room.and_then(|buffer| buffer.room().get(..len as usize)));
        self.window.set(window);
        self.prepared.set(prepared);
        result
    }

    /// Writes a reply by `write`, which returns its length, and says where it lies.
    pub(crate) fn write_reply(&self, write: impl FnOnce(&mut Buffer) -> Option<usize>) -> u64 {
        let mut reply = self.reply.take();
        let written = write(&mut reply);
        let packed =
            written.map_or(Packed::NONE, |len| Packed { ptr: raw::address(reply.room()), len: len as u32 });
        self.reply.set(reply);
        packed.to_u64()
    }

    /// One call, from the request's place to the reply's.
    pub(crate) fn serve(&self, ptr: u32, len: u32, run: Run<'_>) -> u64 {
        self.enter();
        let lz4_threshold = self.mailbox.get(mailbox::LZ4_THRESHOLD);
        let packed = self.with_arena(|arena| {
            self.with_request(ptr, len, |request| {
                self.write_reply(|reply| answer(arena, request, &self.integrity, lz4_threshold, reply, run))
            })
        });
        self.leave();
        packed
    }
}

/// What a shim does with a call. It is not a type parameter, so that a guest holds the code around it
/// once, however many exports it has.
type Run<'r> = &'r dyn for<'a> Fn(&mut Call<'a>) -> Result<Reply, BadRequest>;

/// What an export's shim calls.
pub fn serve<F>(ptr: u32, len: u32, run: F) -> u64
where
    F: for<'a> Fn(&mut Call<'a>) -> Result<Reply, BadRequest>,
{
    raw::with_runtime(|runtime| runtime.serve(ptr, len, &run))
}
