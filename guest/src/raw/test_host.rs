//! A host for tests, in their own process. It reads and writes the guest's memory by address, as a host does: between
//! calls, and while an import runs.
//!
//! Addresses have 32 bits. Under Miri they always fit, elsewhere they may not: there, tests that cross do not run.

use super::Place;
use crate::call::Run;
use crate::host::HostFunction;
use crate::runtime::Runtime;
use crate::serve::serve;
use aingle_wasm_codec::{Checksum, Envelope, Format, encode};
use aingle_wasm_types::{Flags, Packed, control_block, names};
use core::cell::{Cell, RefCell};
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};
use std::thread_local;
use std::vec;
use std::vec::Vec;

thread_local! {
    /// Each test is a thread, and so an instance.
    static RUNTIME: Runtime = const { Runtime::new() };
    static HOST: Host = const { Host::new() };
}

/// What the host knows and keeps.
struct Host {
    /// The address of the control block.
    control_block: Cell<u32>,
    /// The response that did not fit.
    waiting: RefCell<Vec<u8>>,
    /// What was logged.
    lines: RefCell<Vec<Vec<u8>>>,
}

impl Host {
    const fn new() -> Self {
        let waiting = RefCell::new(Vec::new());
        Self { control_block: Cell::new(0), waiting, lines: RefCell::new(Vec::new()) }
    }
}

pub(crate) fn with_runtime<T>(run: impl FnOnce(&Runtime) -> T) -> T {
    RUNTIME.with(run)
}

/// Begins: asks the guest for its control block.
pub(crate) fn open() {
    let address = with_runtime(Runtime::open);
    HOST.with(|host| host.control_block.set(address));
}

/// Reads what the guest says that it has there.
fn read(Place { ptr, len }: Place) -> Vec<u8> {
    let from = with_exposed_provenance::<u8>(ptr as usize);
    let mut bytes = vec![0; len as usize];
    // SAFETY: the guest has bytes there, and does not run.
    unsafe { from.copy_to(bytes.as_mut_ptr(), bytes.len()) }
    bytes
}

/// Writes where the guest has room.
fn write(ptr: u32, bytes: &[u8]) {
    let to = with_exposed_provenance_mut::<u8>(ptr as usize);
    // SAFETY: the guest has room for them there, and does not run.
    unsafe { to.copy_from(bytes.as_ptr(), bytes.len()) }
}

/// A word of the control block.
fn word(offset: usize) -> u32 {
    let ptr = HOST.with(|host| host.control_block.get()) + offset as u32;
    read(Place { ptr, len: 4 }).try_into().map_or(0, u32::from_ne_bytes)
}

/// Changes a word of the control block.
pub(crate) fn set_word(offset: usize, word: u32) {
    write(HOST.with(|host| host.control_block.get()) + offset as u32, &word.to_ne_bytes());
}

/// What the guest logged.
pub(crate) fn lines() -> Vec<Vec<u8>> {
    HOST.with(|host| host.lines.take())
}

/// Writes a request where the guest has room for it, or makes room.
pub(crate) fn request(payload: &[u8], flags: Flags, format: Format) -> Place {
    let envelope = encode(payload, flags, format).unwrap();
    let len = envelope.len() as u32;
    let fits = len <= word(control_block::REQUEST_LEN);
    let ptr =
        if fits { word(control_block::REQUEST_PTR) } else { with_runtime(|runtime| runtime.allocate(len)) };
    assert_ne!(ptr, 0, "the guest has no room");
    write(ptr, &envelope);
    Place { ptr, len }
}

/// The payload of the reply that an entry point returned, and its flags.
pub(crate) fn reply(packed: u64) -> (Vec<u8>, Flags) {
    let Packed { ptr, len } = Packed::from_u64(packed);
    opened(Place { ptr, len })
}

/// Calls an entry point that does `run`, and returns the reply.
pub(crate) fn call(payload: &[u8], run: Run) -> (Vec<u8>, Flags) {
    let Place { ptr, len } = request(payload, Flags::EXPECTS_RESPONSE, SUM);
    reply(serve(ptr, len, run))
}

/// As a host and a guest of this version have it.
pub(crate) const SUM: Format = Format { version: aingle_wasm_types::Version::V2, checksum: Checksum::Sum };

fn opened(place: Place) -> (Vec<u8>, Flags) {
    let bytes = read(place);
    let envelope = Envelope::decode(&bytes, Checksum::None).unwrap();
    (envelope.payload().to_vec(), envelope.flags())
}

/// A host function that answers with its request.
pub(crate) const MIRROR: HostFunction = {
    // SAFETY: it reads the request, and writes the response buffer.
    unsafe { HostFunction::new("mirror", mirror) }
};

unsafe extern "C" fn mirror(ptr: u32, len: u32) -> u64 {
    let (payload, flags) = opened(Place { ptr, len });
    if flags.contains(Flags::EXPECTS_RESPONSE) { respond(&payload, Flags::NONE) } else { 0 }
}

/// A host function that fails, with its request.
pub(crate) const FAIL: HostFunction = {
    // SAFETY: as above.
    unsafe { HostFunction::new("fail", fail) }
};

unsafe extern "C" fn fail(ptr: u32, len: u32) -> u64 {
    respond(&opened(Place { ptr, len }).0, Flags::ERROR)
}

/// A host function that tries what no host may do: it calls the guest, and answers whether it was served.
pub(crate) const REENTER: HostFunction = {
    // SAFETY: as above.
    unsafe { HostFunction::new("reenter", reenter) }
};

unsafe extern "C" fn reenter(_: u32, _: u32) -> u64 {
    let room = with_runtime(|runtime| runtime.allocate(10_000));
    let served = serve(word(control_block::REQUEST_PTR), 12, |call| call.reply(&()));
    respond(&[u8::from(room != 0), u8::from(served != 0)], Flags::NONE)
}

/// Writes a response where the guest has room for it, or lets it wait.
fn respond(payload: &[u8], flags: Flags) -> u64 {
    let envelope = encode(payload, flags, SUM).unwrap();
    let len = envelope.len() as u32;
    let ptr = if len <= word(control_block::RESPONSE_LEN) { word(control_block::RESPONSE_PTR) } else { 0 };
    match ptr {
        0 => HOST.with(|host| host.waiting.replace(envelope)).clear(),
        ptr => write(ptr, &envelope),
    }
    Packed { ptr, len }.to_u64()
}

pub(super) unsafe fn fetch_import(ptr: u32, len: u32) -> u64 {
    let waiting = HOST.with(|host| host.waiting.take());
    if waiting.len() != len as usize {
        return 0;
    }
    write(ptr, &waiting);
    Packed { ptr, len }.to_u64()
}

pub(crate) fn log_import() -> HostFunction {
    // SAFETY: as above.
    unsafe { HostFunction::new(names::LOG, log) }
}

unsafe extern "C" fn log(ptr: u32, len: u32) -> u64 {
    let (line, _) = opened(Place { ptr, len });
    HOST.with(|host| host.lines.borrow_mut().push(line));
    0
}
