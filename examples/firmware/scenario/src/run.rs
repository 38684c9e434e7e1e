//! The calls, in their order.

use crate::data::days;
use crate::report::{Report, Tally};
use crate::station::Station;
use aingle_wasm_codec::ValueError;
use core::fmt;
use weather_types::{BadBatch, Summary};

/// A clock that measures one call at a time.
pub trait Clock {
    /// The call begins.
    fn start(&mut self);

    /// The call is over: how many ticks it took, unless they were more than the clock can tell.
    fn stop(&mut self) -> Option<u64>;
}

/// The weather guest on some engine.
pub trait Node {
    /// Why a call failed.
    type Error;

    /// Calls the typed export.
    ///
    /// # Errors
    /// When the call itself failed; what the guest refuses comes back inside.
    fn summarize(&mut self, station: &str, celsius: &[f32])
    -> Result<Result<Summary, BadBatch>, Self::Error>;

    /// Calls the typed export that calls two host functions, one typed and one on bytes.
    ///
    /// # Errors
    /// As [`Node::summarize`].
    fn correct(&mut self, sensor: u8, celsius: &[f32]) -> Result<Result<u32, BadBatch>, Self::Error>;

    /// Calls the export on bytes.
    ///
    /// # Errors
    /// When the call failed.
    fn echo(&mut self, bytes: &[u8]) -> Result<impl AsRef<[u8]>, Self::Error>;

    /// The state of the host functions.
    fn station(&self) -> &Station;
}

/// Why the scenario ended early.
#[derive(Debug)]
pub enum Failure<E> {
    /// A call failed.
    Call(E),
    /// A result cannot be written as it travels.
    Value(ValueError),
}

impl<E> From<ValueError> for Failure<E> {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Value(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Failure<E> {}

/// Gives the guest a year of weather, a day at a time, and some batches that it must refuse.
///
/// # Errors
/// The first call that failed.
pub fn run<N: Node>(node: &mut N, clock: &mut impl Clock) -> Result<Report, Failure<N::Error>> {
    let (mut summarize, mut correct, mut echo) = (Tally::default(), Tally::default(), Tally::default());
    for (day, celsius) in days().enumerate() {
        let summary = timed(clock, || node.summarize("Seattle", &celsius));
        summarize.add_value(&summary.0.map_err(Failure::Call)?, summary.1)?;
        // One sensor of four is not there, which the host function tells the guest as a value.
        let sensor = day as u8 % (Station::SENSORS + 1);
        let corrected = timed(clock, || node.correct(sensor, &celsius));
        correct.add_value(&corrected.0.map_err(Failure::Call)?, corrected.1)?;
        let bytes = PAYLOAD.map(|byte| byte ^ day as u8);
        let (reply, ticks) = timed(clock, || node.echo(&bytes));
        echo.add(reply.map_err(Failure::Call)?.as_ref(), ticks);
    }
    for refused in [&[] as &[f32], &[1.0, f32::NAN], &[f32::INFINITY]] {
        let summary = node.summarize("Nowhere", refused).map_err(Failure::Call)?;
        summarize.add_value(&summary, None)?;
    }
    echo.add(node.echo(&[]).map_err(Failure::Call)?.as_ref(), None);
    Ok(Report { summarize, correct, echo, archive: node.station().archived().clone() })
}

/// 64 bytes.
const PAYLOAD: [u8; 64] = *b"The quick brown fox jumps over the lazy dog, 0123456789 +-*/ ()!";

fn timed<T>(clock: &mut impl Clock, call: impl FnOnce() -> T) -> (T, Option<u64>) {
    clock.start();
    let result = call();
    (result, clock.stop())
}
