//! Every form that the macros accept.
#![cfg_attr(target_family = "wasm", no_std)]
#![deny(unsafe_code, warnings)]
#![allow(missing_docs, dead_code, clippy::too_many_arguments, clippy::needless_lifetimes)]

extern crate alloc;

use aingle_wasm_guest::{Data, HostCallError, export, host_externs};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

#[derive(Debug, PartialEq, Data)]
pub struct Summary {
    pub station: String,
    pub mean: f32,
}

#[derive(Debug, PartialEq, Data)]
pub enum BadBatch {
    Empty,
    TooLong { at_most: u8 },
}

#[derive(Debug, PartialEq, Data)]
pub struct Reading<'a> {
    pub station: &'a str,
    pub celsius: f32,
}

#[derive(Debug, PartialEq, Data)]
pub struct SensorError {
    pub id: u8,
}

// Constants of these names would capture patterns that an expansion binds; `fmod` is what `%` calls.
host_externs!(call, ptr, len, text, reply, fmod, __my_host_fn);

host_externs! {
    /// Degrees Celsius, from the host's sensor of this number.
    pub fn read_sensor(id: u8) -> Result<f32, SensorError>;

    /// Text and bytes by reference, an owned text back.
    fn label(station: &str, bytes: &[u8]) -> String;

    /// No arguments, no result.
    fn sync();

    #[notify]
    fn beat(count: u32);

    #[name = "host.rename"]
    fn rename<'a>(from: &'a str, to: Option<&'a str>) -> bool;

    #[cfg(any())]
    fn left_out(what: NoSuchType);
}

pub mod elsewhere {
    pub mod guest {
        pub use aingle_wasm_guest::*;
    }

    aingle_wasm_guest::host_externs! {
        crate = guest;
        pub fn far() -> u8;
    }

    aingle_wasm_guest::host_externs!(crate = self::guest; farther);

    #[aingle_wasm_guest::export(crate = guest)]
    pub fn by_path(x: u8) -> u8 {
        x
    }
}

/// Documentation, borrowed arguments, a result.
#[export]
pub fn summarize(station: &str, readings: &[f32], at_most: u8) -> Result<Summary, BadBatch> {
    if readings.is_empty() {
        return Err(BadBatch::Empty);
    }
    if readings.len() > usize::from(at_most) {
        return Err(BadBatch::TooLong { at_most });
    }
    let mean = readings.iter().sum::<f32>() / readings.len() as f32;
    Ok(Summary { station: station.to_string(), mean })
}

#[export]
fn nothing() {}

#[export]
fn one() -> u32 {
    1
}

#[export]
fn bytes(data: &[u8]) -> u32 {
    data.iter().copied().map(u32::from).sum()
}

#[export]
fn lent(reading: &Summary) -> f32 {
    reading.mean
}

/// What it borrows lies in the request.
#[export]
fn lent_reading(reading: &Reading<'_>) -> u32 {
    reading.station.len() as u32
}

#[export]
fn lent_word(word: &Option<&str>) -> u32 {
    word.unwrap_or_default().len() as u32
}

#[export]
fn longest_array(array: [u8; 32]) -> u8 {
    array[31]
}

#[export]
fn named<'a>(station: &'a str, other: Reading<'a>) -> (&'a str, f32) {
    (if station.is_empty() { other.station } else { station }, other.celsius)
}

#[export]
fn anonymous(reading: Reading<'_>) -> &str {
    reading.station
}

#[export]
fn longest(words: Vec<&str>) -> &str {
    words.into_iter().max_by_key(|word| word.len()).unwrap_or_default()
}

#[export]
fn bounded<'a, 'b>(first: &'a str, second: Cow<'b, str>) -> Cow<'a, str>
where
    'b: 'a,
{
    if first.is_empty() { second } else { Cow::Borrowed(first) }
}

#[export]
fn many(
    a: u8,
    b: i16,
    c: u32,
    d: i64,
    e: f64,
    f: bool,
    g: char,
    h: (u8, u8),
    i: [u8; LEN],
    mut j: Vec<u16>,
) -> u64 {
    j.push(u16::from(a));
    let sum = u64::from(c) + u64::from(h.0) + u64::from(i[0]) + j.iter().copied().map(u64::from).sum::<u64>();
    sum + u64::from(f) + u64::from(u32::from(g)) + (i64::from(b) + d) as u64 + e as u64
}

const LEN: usize = 2;

#[export]
fn rest(a: f64, b: f64) -> f64 {
    a % b
}

#[export]
fn r#type(r#fn: u8) -> u8 {
    r#fn
}

#[export(name = "an.other-name")]
#[allow(unused_parens)]
fn renamed(x: (u8)) -> u8 {
    x
}

#[export(raw)]
fn echo(input: &[u8]) -> Vec<u8> {
    input.to_vec()
}

#[export(raw, name = "cut")]
fn raw_cut<'a>(input: &'a [u8]) -> Result<&'a [u8], &'static str> {
    input.get(1..).ok_or("nothing to cut")
}

#[export]
#[deprecated = "an export may be"]
#[inline]
pub const fn constant(x: u8) -> u8 {
    x
}

macro_rules! exports {
    ($name:ident, $arg:ty, $result:ty) => {
        #[export]
        fn $name(x: $arg) -> $result {
            x.len() as $result
        }
    };
}

exports!(by_macro, &str, u32);

#[export]
fn ask(id: u8) -> Result<f32, String> {
    match read_sensor(id) {
        Ok(answer) => answer.map_err(|error| format!("sensor {}", error.id)),
        Err(error) => Err(format!("{error}")),
    }
}

#[export]
fn ask_all(word: &str) -> Result<(String, Vec<u8>, bool, u8), String> {
    let shown = |error: HostCallError| format!("{error}");
    sync().map_err(shown)?;
    beat(7).map_err(shown)?;
    let all = [call, ptr, len, text, reply, fmod, elsewhere::farther];
    let mut replies = Vec::new();
    for function in all {
        replies.extend(function.call(word.as_bytes()).map_err(shown)?);
    }
    let known = rename(word, None).map_err(shown)?;
    Ok((label(word, &[1, 2]).map_err(shown)?, replies, known, elsewhere::far().map_err(shown)?))
}
