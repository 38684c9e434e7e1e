//! The section `name`: names of functions, and of their parameters and variables, for people.
//!
//! A module need not have it, and nothing checks it: what is damaged ends the names that are found.

use crate::module::Module;
use crate::reader::{ReadError, Reader};

/// The custom section.
const SECTION: &str = "name";
/// Parts of it, by their ids.
const FUNCTIONS: u8 = 1;
const LOCALS: u8 = 2;

impl<'m> Module<'m> {
    /// Returns the name of each function that the section `name` has one for, with the function's index.
    pub fn function_names(&self) -> impl Iterator<Item = (u32, &'m str)> + use<'m> {
        Names::new(self.part_of_names(FUNCTIONS))
    }

    /// Returns the names of a function's parameters and local variables, each with its index among them, of which the
    /// parameters are the first. It takes a pass over the section.
    pub fn local_names(&self, function: u32) -> impl Iterator<Item = (u32, &'m str)> + use<'m> {
        Names::new(self.part_of_names(LOCALS).and_then(|part| locals(part, function).ok().flatten()))
    }

    fn part_of_names(&self, wanted: u8) -> Option<Reader<'m>> {
        let mut section = Reader::new(self.custom_sections(SECTION).next()?);
        loop {
            let id = section.byte().ok()?;
            let len = section.u32().ok()?;
            let part = section.part(len as usize).ok()?;
            if id == wanted {
                return Some(part);
            }
        }
    }
}

/// The names of one function's locals.
fn locals(mut part: Reader<'_>, function: u32) -> Result<Option<Reader<'_>>, ReadError> {
    for _ in 0..part.u32()? {
        let index = part.u32()?;
        if index == function {
            return Ok(Some(part));
        }
        for _ in 0..part.u32()? {
            part.u32()?;
            part.name()?;
        }
    }
    Ok(None)
}

/// A map from indices to names.
struct Names<'m> {
    reader: Reader<'m>,
    left: u32,
}

impl<'m> Names<'m> {
    fn new(map: Option<Reader<'m>>) -> Self {
        let mut reader = map.unwrap_or_default();
        let left = reader.u32().unwrap_or(0);
        Self { reader, left }
    }
}

impl<'m> Iterator for Names<'m> {
    type Item = (u32, &'m str);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let index = self.reader.u32().ok()?;
        Some((index, self.reader.name().ok()?))
    }
}
