//! The instructions of a function, as far as calls and nesting go.
//!
//! Only their lengths are needed for all others, which are those of WebAssembly 1.0, of sign extension, and
//! of saturating conversion.

use crate::LoadError;
use aingle_wasm_module::reader::Reader;

/// What an instruction does to the flow of control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A block begins, or an `if`.
    Block,
    /// A loop begins.
    Loop,
    /// The innermost of these, or the function, ends.
    End,
    /// A call of the function with this index.
    Call(u32),
    /// A call through the table, of a function of this type.
    CallIndirect(u32),
    /// Nothing that matters here.
    Other,
}

/// The instructions of a function, up to the first that is damaged.
#[derive(Clone, Copy)]
pub(super) struct Instructions<'m>(Reader<'m>);

impl<'m> Instructions<'m> {
    pub const fn new(reader: Reader<'m>) -> Self {
        Self(reader)
    }

    /// How many bytes wasm3 takes for the opcode of a constant: it sets as many slots apart.
    pub fn seeming_constants(&self) -> usize {
        self.0.bytes().iter().filter(|byte| (0x41..=0x44).contains(*byte)).count()
    }

    fn step(&mut self) -> Result<Step, LoadError> {
        let reader = &mut self.0;
        let offset = reader.offset();
        match reader.byte()? {
            0x00 | 0x01 | 0x05 | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 => {}
            0x02 | 0x04 => return Ok(reader.signed(33).map(|_| Step::Block)?),
            0x03 => return Ok(reader.signed(33).map(|_| Step::Loop)?),
            0x0b => return Ok(Step::End),
            0x0c | 0x0d | 0x20..=0x24 | 0x3f | 0x40 => drop(reader.u32()?),
            0x0e => (0..=reader.u32()?).try_for_each(|_| reader.u32().map(drop))?,
            0x10 => return Ok(reader.u32().map(Step::Call)?),
            0x11 => {
                let ty = reader.u32()?;
                return Ok(reader.u32().map(|_| Step::CallIndirect(ty))?);
            }
            0x28..=0x3e => drop((reader.u32()?, reader.u32()?)),
            0x41 => drop(reader.signed(32)?),
            0x42 => drop(reader.signed(64)?),
            0x43 => drop(reader.take(4)?),
            0x44 => drop(reader.take(8)?),
            0xfc if reader.u32()? < 8 => {}
            _ => return Err(LoadError::Unsupported { feature: "later instruction", offset }),
        }
        Ok(Step::Other)
    }
}

impl Iterator for Instructions<'_> {
    type Item = Result<Step, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.bytes().is_empty() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.0 = Reader::default();
        }
        Some(step)
    }
}
