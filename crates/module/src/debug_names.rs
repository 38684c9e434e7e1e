//! The section `name`: names of functions, and of their parameters and variables, for people.
//!
//! A module need not have it, and nothing checks it: what is damaged ends the names that are found.

use crate::module::Module;
use crate::reader::Reader;

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

    /// Returns the names of the parameters and local variables of all functions: the function's index, the index among its
    /// parameters and variables, of which the parameters are the first, and the name. The functions are in their order.
    pub fn local_names(&self) -> impl Iterator<Item = (u32, u32, &'m str)> + use<'m> {
        Locals::new(self.part_of_names(LOCALS))
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

/// A map from functions to the names of their locals.
struct Locals<'m> {
    function: u32,
    /// How many functions are left.
    functions: u32,
    names: Names<'m>,
}

impl<'m> Locals<'m> {
    fn new(map: Option<Reader<'m>>) -> Self {
        let Names { reader, left } = Names::new(map);
        Self { function: 0, functions: left, names: Names { reader, left: 0 } }
    }
}

impl<'m> Iterator for Locals<'m> {
    type Item = (u32, u32, &'m str);

    fn next(&mut self) -> Option<Self::Item> {
        while self.names.left == 0 {
            self.functions = self.functions.checked_sub(1)?;
            self.function = self.names.reader.u32().ok()?;
            self.names.left = self.names.reader.u32().ok()?;
        }
        let named = self.names.next();
        if named.is_none() {
            // What is damaged ends all.
            (self.functions, self.names.left) = (0, 0);
        }
        named.map(|(local, name)| (self.function, local, name))
    }
}
