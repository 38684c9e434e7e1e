//! A guest that does everything that a guest can do, and much that it should not.
//!
//! The tests run it on every engine. What it does is also plain Rust, so that the tests know what to
//! expect: they call the same functions natively.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod hostile;
mod raw;

use aingle_wasm_codec::{Checksum, Envelope};
use aingle_wasm_guest::prelude::*;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

host_externs! {
    /// The sum of both, or the host's refusal.
    fn host_add(a: u32, b: u32) -> Result<u32, Overflow>;
    /// As many bytes as asked for.
    fn host_bytes(len: u32) -> Vec<u8>;
    /// Always fails, without an error of its own type.
    fn host_broken() -> u32;
    /// Counts, and answers nothing.
    #[notify]
    fn host_count(by: u32);
    /// Fails, with nobody to tell.
    #[notify]
    fn host_lost(what: &str);
}

host_externs!(host_mirror);

/// What the host refused to add.
#[derive(Debug, Clone, Copy, PartialEq, Data)]
pub struct Overflow {
    /// One number.
    pub a: u32,
    /// The other.
    pub b: u32,
}

/// A value with a bit of everything that postcard carries.
#[derive(Debug, Clone, PartialEq, Data)]
pub struct Everything {
    /// Signed and unsigned, of all widths.
    pub numbers: (i8, u16, i32, u64, i128),
    /// Floats keep their bits.
    pub floats: [f64; 2],
    /// Text.
    pub text: String,
    /// Bytes.
    pub bytes: Vec<u8>,
    /// Something or nothing.
    pub maybe: Option<bool>,
    /// One of several.
    pub choice: Choice,
}

/// One of several.
#[derive(Debug, Clone, PartialEq, Data)]
pub enum Choice {
    /// Nothing more.
    Unit,
    /// One value.
    One(char),
    /// Several, with names.
    Named {
        /// A number.
        x: i64,
    },
}

/// The bytes, as they are.
#[export(raw)]
pub fn echo(bytes: &[u8]) -> &[u8] {
    bytes
}

/// The value, as it is.
#[export]
pub fn mirror(value: Everything) -> Everything {
    value
}

/// No arguments, no result.
#[export]
pub fn nothing() {}

/// A sum that refuses to wrap.
#[export]
pub fn add(a: i32, b: i32) -> Result<i32, String> {
    a.checked_add(b).ok_or_else(|| String::from("the sum does not fit"))
}

/// More arguments than anybody should have.
#[export]
#[allow(clippy::too_many_arguments)]
pub fn many(a: u8, b: i16, c: u32, d: i64, e: f32, f: f64, g: bool, h: char, i: &str, j: &[u16]) -> String {
    alloc::format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j:?}")
}

/// Arguments borrowed in every way that there is.
#[export]
pub fn borrowed(text: &str, bytes: &[u8], words: &[String], whole: &Choice) -> (u32, u32, u32, bool) {
    (
        text.len() as u32,
        bytes.iter().map(|&byte| u32::from(byte)).sum(),
        words.len() as u32,
        *whole == Choice::Unit,
    )
}

/// An exported name of its own.
#[export(name = "renamed")]
pub fn a_long_name_that_nobody_wants_to_type() -> u8 {
    7
}

/// So many bytes.
#[export]
pub fn bytes(len: u32) -> Vec<u8> {
    vec![0xa5; len as usize]
}

/// An error of raw bytes, of any size.
#[export(raw)]
pub fn refuse(bytes: &[u8]) -> Result<(), Vec<u8>> {
    Err(bytes.to_vec())
}

/// Asks the host for a sum.
#[export]
pub fn ask(a: u32, b: u32) -> Result<u32, Option<Overflow>> {
    host_add(a, b).map_err(|_| None)?.map_err(Some)
}

/// Asks the host for bytes, in pieces of `len`, and counts what came.
#[export]
pub fn fetch(times: u32, len: u32) -> u64 {
    let mut sum = 0;
    for _ in 0..times {
        host_count(1).ok();
        sum += host_bytes(len).map_or(0, |bytes| bytes.len() as u64);
    }
    sum
}

/// Sends bytes to the host and returns what comes back.
#[export(raw)]
pub fn relay(bytes: &[u8]) -> Result<Vec<u8>, String> {
    host_call(host_mirror, bytes).map_err(|error| alloc::format!("{error}"))
}

/// What the host says when it fails.
#[export]
pub fn broken() -> String {
    host_broken().map_or_else(|error| alloc::format!("{error}"), |_| String::from("it answered"))
}

/// Notifies a host function that fails.
#[export]
pub fn lose(what: &str) {
    host_lost(what).ok();
}

/// Writes a line to the host's log.
#[export]
pub fn say(level: u8, line: &str) {
    let levels = [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace];
    log(levels[level as usize % levels.len()], format_args!("{line}"));
}

/// How many pages the memory has.
#[export]
pub fn pages() -> u32 {
    #[cfg(target_arch = "wasm32")]
    return core::arch::wasm32::memory_grow::<0>(0) as u32;
    #[cfg(not(target_arch = "wasm32"))]
    0
}

/// What an envelope carries, or why it is refused: a byte that says which checksum it must have at least, and the envelope.
#[export(raw)]
pub fn open_envelope(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (weakest, envelope) = bytes.split_first().ok_or("nothing")?;
    let weakest = [Checksum::None, Checksum::Sum, Checksum::Crc32]
        .get(usize::from(*weakest))
        .ok_or("no such checksum")?;
    let opened = Envelope::decode(envelope, *weakest);
    opened.map(|envelope| envelope.payload().to_vec()).map_err(|error| alloc::format!("{error}"))
}

/// 101, 102, 103: counts on from what a static constructor left.
#[export]
pub fn constructed() -> u32 {
    raw::count()
}

/// As the older README shows it.
#[no_mangle]
pub extern "C" fn my_function(ptr: u32, len: u32) -> u64 {
    match host_args(ptr, len) {
        Ok(input) if input.starts_with(b"no") => return_err(&input),
        Ok(input) => return_ok(&input),
        Err(_) => return_err(b"failed to decode input"),
    }
}

/// As [`my_function`], with what a `Vec<u8>` can do.
#[no_mangle]
pub extern "C" fn my_reverse(ptr: u32, len: u32) -> u64 {
    match host_args(ptr, len) {
        Ok(mut input) => {
            input.reverse();
            return_ok(Vec::from(input))
        }
        Err(error) => return_err(alloc::format!("{error}")),
    }
}
