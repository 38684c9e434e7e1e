//! The guest's state: mailbox, buffers, arena, and where in a call it is.
//!
//! One instance has one thread, and its host calls it only while nothing of it runs. A guest that calls its
//! own exports shares window and arena with the call under way; other buffers are taken out of their cells
//! while they are used, so that nobody finds one in use.

use crate::args::BadRequest;
use crate::buffer::Buffer;
use crate::call::{Call, Reply, answer};
use crate::outgoing::Outgoing;
use crate::raw;
use aingle_wasm_codec::{Guard, Style};
use aingle_wasm_types::{Packed, Version, mailbox};
use bumpalo::Bump;
use core::cell::{Cell, RefCell};

/// Large enough for most requests, small enough for a guest of a few KiB.
const FIRST_WINDOW: usize = 512;

/// Everything that a guest keeps between calls.
pub(crate) struct Runtime {
    pub(crate) mailbox: Mailbox,
    /// Where arguments lie; borrowed while a call runs.
    arena: RefCell<Option<Bump>>,
    /// Where requests lie; borrowed while one is used.
    window: RefCell<Buffer>,
    reply: Cell<Buffer>,
    /// The style of the request under way, for calls to the host meanwhile, and for a reply that is written by
    /// hand.
    pub(crate) style: Cell<Style>,
    /// Where host calls are encoded.
    pub(crate) outbox: Cell<Buffer>,
    /// Where their responses are written.
    pub(crate) room: Cell<Buffer>,
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
            arena: RefCell::new(None),
            window: RefCell::new(EMPTY),
            reply: Cell::new(EMPTY),
            style: Cell::new(Style { version: Version::V2, guard: Guard::Crc32 }),
            outbox: Cell::new(EMPTY),
            room: Cell::new(EMPTY),
        }
    }

    /// Opens the window and says what this guest can do.
    pub(crate) fn open(&self) {
        let features = mailbox::FEATURE_TRUSTED
            | mailbox::FEATURE_SUM
            | if cfg!(feature = "lz4") { mailbox::FEATURE_LZ4 } else { 0 };
        self.mailbox.set(mailbox::GUEST_FEATURES, features);
        self.allocate(FIRST_WINDOW as u32);
    }

    /// Room for a request: the window, made as large as it must be. 0 when there is no memory for it, or
    /// while the last request is being used.
    pub(crate) fn allocate(&self, len: u32) -> u32 {
        let Ok(mut window) = self.window.try_borrow_mut() else { return 0 };
        let grown = window.replace(len as usize);
        self.mailbox.publish(mailbox::WINDOW_PTR, window.room());
        if grown { self.mailbox.get(mailbox::WINDOW_PTR) } else { 0 }
    }

    /// Empties the arena, between calls.
    pub(crate) fn reset(&self) {
        let Ok(mut arena) = self.arena.try_borrow_mut() else { return };
        let arena = arena.get_or_insert_default();
        if arena.allocated_bytes() > 0 {
            empty(arena);
        }
    }

    /// Lends out the request that lies at `ptr`, if that is where room was given, and the arena: empty,
    /// unless a guest calls its own exports. Nothing where something of a call before is still borrowed.
    pub(crate) fn lend<T>(
        &self,
        ptr: u32,
        len: u32,
        run: impl FnOnce(&Bump, Option<&[u8]>) -> T,
    ) -> Option<T> {
        self.reset();
        self.style.set(Style::default());
        let (arena, window) = (self.arena.try_borrow().ok()?, self.window.try_borrow().ok()?);
        let room = window.room();
        let request = if raw::address(room) == ptr { room.get(..len as usize) } else { None };
        Some(run(arena.as_ref()?, request))
    }

    /// Writes a reply by `write`, which returns its length, and says where it lies.
    pub(crate) fn write_reply(&self, write: impl FnOnce(&mut Outgoing) -> Option<usize>) -> u64 {
        let mut reply = Outgoing::new(self.reply.take());
        let written = write(&mut reply);
        let reply = reply.into_buffer();
        let place = |len| Packed { ptr: raw::address(reply.room()), len: len as u32 };
        let packed = written.map_or(Packed::NONE, place);
        self.reply.set(reply);
        packed.to_u64()
    }

    /// One call, from the request's place to the reply's.
    pub(crate) fn serve(&self, ptr: u32, len: u32, run: Run<'_>) -> u64 {
        let lz4_threshold = self.mailbox.get(mailbox::LZ4_THRESHOLD);
        let packed = self.lend(ptr, len, |arena, request| {
            self.write_reply(|reply| answer(arena, request, &self.style, lz4_threshold, reply, run))
        });
        packed.unwrap_or(Packed::NONE.to_u64())
    }
}

/// Apart, so that an interpreter compiles it only for guests whose arguments lie there.
#[inline(never)]
fn empty(arena: &mut Bump) {
    arena.reset();
}

/// What a shim does with a call. It is not a type parameter, so that a guest holds the code around it
/// once, however many exports it has.
pub(crate) type Run<'r> = &'r dyn for<'a> Fn(&mut Call<'a>) -> Result<Reply, BadRequest>;

/// What an export's shim calls.
pub fn serve<F>(ptr: u32, len: u32, run: F) -> u64
where
    F: for<'a> Fn(&mut Call<'a>) -> Result<Reply, BadRequest>,
{
    raw::with_runtime(|runtime| runtime.serve(ptr, len, &run))
}
