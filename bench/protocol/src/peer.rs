//! What every peer does, and the cases that it has for it.

use crate::{Case, Failure, batches, time};
use aingle_wasm_bench_work::{HOST_CALLS, MESSAGE, SIZES, correct, mean, payload, readings, sum};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// One instance of a peer's guest.
pub trait Peer: Sized + 'static {
    /// Has the bytes echoed.
    ///
    /// # Errors
    /// When the call failed.
    fn echo(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Failure>;

    /// Has the bytes summed up.
    ///
    /// # Errors
    /// When the call failed.
    fn sum(&mut self, bytes: &[u8]) -> Result<u64, Failure>;

    /// Has a sample of so many degrees corrected.
    ///
    /// # Errors
    /// When the call failed.
    fn adjust(&mut self, celsius: f32) -> Result<f32, Failure>;

    /// Has the mean taken.
    ///
    /// # Errors
    /// When the call failed.
    fn mean(&mut self, readings: &[f32]) -> Result<f32, Failure>;

    /// Has the guest call its host so many times, and returns how many bytes the host answered with.
    ///
    /// # Errors
    /// When the call failed.
    fn ask(&mut self, times: u32) -> Result<u32, Failure>;
}

/// The peer's guest, in the folder that the first argument names.
///
/// # Errors
/// When there is no argument, or no guest.
pub fn peer_guest() -> Result<Vec<u8>, Failure> {
    let folder = std::env::args_os().nth(1).ok_or("the argument is the folder of the guest")?;
    Ok(std::fs::read(Path::new(&folder).join("peer_guest.wasm"))?)
}

/// All cases of a peer, of which `make` makes instances. Each is tried once before it is timed.
pub fn peer_cases<P: Peer>(way: &'static str, make: fn() -> Result<P, Failure>) -> Vec<Case> {
    let mut cases: Vec<_> = SIZES.iter().flat_map(|(size, len)| on_bytes(way, size, *len, make)).collect();
    cases.push(time(way, "struct", move || {
        let mut peer = make()?;
        expect("a corrected sample", peer.adjust(21.5)?, correct(21.5))?;
        Ok(move || peer.adjust(21.5).map(|celsius| _ = black_box(celsius)))
    }));
    cases.push(time(way, "readings", move || {
        let (mut peer, readings) = (make()?, readings());
        expect("a mean", peer.mean(&readings)?, mean(&readings))?;
        Ok(move || peer.mean(&readings).map(|mean| _ = black_box(mean)))
    }));
    cases.push(host_calls(way, make));
    cases
}

fn on_bytes<P: Peer>(way: &str, size: &str, len: usize, make: fn() -> Result<P, Failure>) -> [Case; 2] {
    let echo = time(way, format!("echo-{size}"), move || {
        let (mut peer, bytes) = (make()?, payload(len).collect::<Vec<_>>());
        if peer.echo(&bytes)? != bytes {
            return Err("an echo of other bytes".into());
        }
        Ok(move || peer.echo(&bytes).map(|reply| drop(black_box(reply))))
    });
    let summed = time(way, format!("sum-{size}"), move || {
        let (mut peer, bytes) = (make()?, payload(len).collect::<Vec<_>>());
        expect("a sum", peer.sum(&bytes)?, sum(&bytes))?;
        Ok(move || peer.sum(&bytes).map(|sum| _ = black_box(sum)))
    });
    [echo, summed]
}

fn host_calls<P: Peer>(way: &str, make: fn() -> Result<P, Failure>) -> Case {
    batches(way, "host-call", move || {
        let mut peer = make()?;
        expect("answers of the host", peer.ask(2)?, 2 * MESSAGE as u32)?;
        Ok(move |count| {
            let began = Instant::now();
            in_batches(count).try_for_each(|times| peer.ask(times).map(drop))?;
            Ok(began.elapsed())
        })
    })
}

/// A count of host calls, by the calls that they are made in.
pub fn in_batches(count: u64) -> impl Iterator<Item = u32> {
    let whole = u64::from(HOST_CALLS);
    let rest = (count % whole) as u32;
    (0..count / whole).map(|_| HOST_CALLS).chain((rest != 0).then_some(rest))
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failure> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}, not {expected:?}").into()) }
}
