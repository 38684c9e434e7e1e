//! Finds what is to be replaced in a function.

use super::effect::{Effect, Gives, Kind, of};
use wasmparser::{BinaryReaderError, FunctionBody};

/// A result that somebody may see.
pub(super) struct Place {
    /// Where the next instruction begins.
    pub(super) behind: u64,
    pub(super) kind: Kind,
}

/// The results that somebody may see, in order.
///
/// What is known of the operands is a part of the stack: its top, as far as instructions were followed. Where one is met that
/// is not followed, nothing is known any more, and what was there counts as seen.
pub(super) fn places(body: &FunctionBody<'_>) -> Result<Vec<Place>, BinaryReaderError> {
    let mut reader = body.get_operators_reader()?;
    let mut made: Vec<(Place, bool)> = Vec::new();
    // Which of the results that were made an operand is, if it is one.
    let mut operands: Vec<Option<usize>> = Vec::new();
    while !reader.eof() {
        let Some(Effect { pops, takes, gives }) = of(&reader.read()?) else {
            operands.clear();
            continue;
        };
        for _ in 0..pops {
            let made = operands.pop().flatten().and_then(|at| made.get_mut(at));
            if let Some((place, seen)) = made
                && takes == Some(place.kind)
            {
                *seen = false;
            }
        }
        match gives {
            Gives::Nothing => {}
            Gives::Other => operands.push(None),
            Gives::Made(kind) => {
                operands.push(Some(made.len()));
                made.push((Place { behind: reader.original_position(), kind }, true));
            }
        }
    }
    Ok(made.into_iter().filter(|(_, seen)| *seen).map(|(place, _)| place).collect())
}
