//! How a candidate speaks with `cargo xtask bench`: lines on standard input and output.
//!
//! A candidate begins with a line `case NAME UNIT` for each thing that it can do, and the line `ready`. Then it
//! answers each line `NAME COUNT` with one number, or with `error` and a reason. Where the unit is `ns`, the number
//! is how many nanoseconds the work took, done `COUNT` times over; in any other unit it is what was found, once.
//!
//! A name is the way, a slash, and the work: `extism/echo-64`. Ways are compared where the work is the same.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod peer;

pub use peer::{Peer, in_batches, peer_cases, peer_guest};

use std::error::Error;
use std::fmt::Display;
use std::io::{BufRead as _, Write as _};
use std::time::{Duration, Instant};

/// Why a case cannot be had.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Does the work so many times, and says how long that took.
pub type Timed = Box<dyn FnMut(u64) -> Result<Duration, Failure>>;

/// Finds a number.
pub type Found = Box<dyn FnMut() -> Result<u64, Failure>>;

/// One thing that a candidate can do.
pub struct Case {
    /// Its name: `way/work`.
    pub name: String,
    /// How it is done.
    pub kind: Kind,
}

/// How a case is done.
pub enum Kind {
    /// It is timed. It is made ready when it is asked for first.
    Time(Lazy<Timed>),
    /// It is a number of this unit.
    Find(&'static str, Found),
}

/// Something that is made when it is needed first.
pub struct Lazy<T> {
    make: Option<Box<dyn FnOnce() -> Result<T, Failure>>>,
    made: Option<T>,
}

impl<T> Lazy<T> {
    /// What was made, or why it cannot be. A second try after a failure fails too.
    ///
    /// # Errors
    /// What making it gave.
    pub fn get(&mut self) -> Result<&mut T, Failure> {
        if let Some(make) = self.make.take() {
            self.made = Some(make()?);
        }
        self.made.as_mut().ok_or_else(|| "it could not be made ready before".into())
    }
}

/// A timed case: `make` makes ready, and returns what is done over and over.
pub fn time<F, W>(way: &str, work: impl Display, make: F) -> Case
where
    F: FnOnce() -> Result<W, Failure> + 'static,
    W: FnMut() -> Result<(), Failure> + 'static,
{
    batches(way, work, move || {
        let mut once = make()?;
        Ok(move |count: u64| {
            let began = Instant::now();
            for _ in 0..count {
                once()?;
            }
            Ok(began.elapsed())
        })
    })
}

/// A timed case that does its work in batches of its own.
pub fn batches<F, W>(way: &str, work: impl Display, make: F) -> Case
where
    F: FnOnce() -> Result<W, Failure> + 'static,
    W: FnMut(u64) -> Result<Duration, Failure> + 'static,
{
    let make = move || Ok(Box::new(make()?) as Timed);
    let kind = Kind::Time(Lazy { make: Some(Box::new(make)), made: None });
    Case { name: format!("{way}/{work}"), kind }
}

/// A number that is found once.
pub fn find<W>(way: &str, work: impl Display, unit: &'static str, found: W) -> Case
where
    W: FnMut() -> Result<u64, Failure> + 'static,
{
    Case { name: format!("{way}/{work}"), kind: Kind::Find(unit, Box::new(found)) }
}

impl Case {
    fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Time(_) => "ns",
            Kind::Find(unit, _) => unit,
        }
    }

    fn answer(&mut self, count: u64) -> Result<u64, Failure> {
        match &mut self.kind {
            Kind::Time(timed) => Ok(timed.get()?(count)?.as_nanos() as u64),
            Kind::Find(_, found) => found(),
        }
    }
}

/// Speaks for these cases until standard input ends.
///
/// # Errors
/// When standard input or output fails, or a line of the other side is none.
pub fn serve(mut cases: Vec<Case>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for case in &cases {
        writeln!(out, "case {} {}", case.name, case.unit())?;
    }
    writeln!(out, "ready")?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        match answer(&mut cases, &line?) {
            Ok(number) => writeln!(out, "{number}")?,
            Err(error) => writeln!(out, "error {}", error.to_string().replace('\n', " "))?,
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(cases: &mut [Case], line: &str) -> Result<u64, Failure> {
    let (name, count) = line.split_once(' ').ok_or_else(|| format!("`{line}` is no name and count"))?;
    let case = cases.iter_mut().find(|case| case.name == name);
    let case = case.ok_or_else(|| format!("there is no case `{name}`"))?;
    case.answer(count.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases() -> Vec<Case> {
        let counting = || Ok(move |count: u64| Ok(Duration::from_nanos(count * 3)));
        let failing = || Err::<fn() -> Result<(), Failure>, _>("no such machine".into());
        vec![
            batches("here", "count", counting),
            time("here", "fail", failing),
            find("here", "size", "bytes", || Ok(7)),
        ]
    }

    #[test]
    fn lines_are_answered() {
        let mut cases = cases();
        assert_eq!(answer(&mut cases, "here/count 5").unwrap(), 15);
        assert_eq!(answer(&mut cases, "here/size 0").unwrap(), 7);
        assert_eq!(cases[2].unit(), "bytes");
    }

    #[test]
    fn what_cannot_be_answered_is_told() {
        let mut cases = cases();
        for line in ["here/count", "here/count x", "there/count 5"] {
            assert!(answer(&mut cases, line).is_err(), "{line}");
        }
        for _ in 0..2 {
            assert!(answer(&mut cases, "here/fail 1").is_err());
        }
    }
}
