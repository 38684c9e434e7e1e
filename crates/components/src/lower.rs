//! Bytes of arguments as values of Wasmtime.

use crate::room::{MAX_VALUES, NAME, VALUE};
use crate::shape::Shape;
use aingle_wasm_codec::value::take;
use aingle_wasm_codec::{Cause, ValueError};
use aingle_wasm_values::Integer;
use serde::Deserialize;
use wasmtime::component::Val;

type Result<T> = std::result::Result<T, ValueError>;

/// Returns what the names in a value of this type take, without those in its parts.
fn names(shape: &Shape) -> usize {
    let kept = |name: &String| NAME + name.len();
    match shape {
        Shape::Record(fields) => fields.iter().map(|(name, _)| kept(name)).sum(),
        Shape::Variant(cases) => cases.iter().map(|(name, _)| kept(name)).max().unwrap_or(0),
        Shape::Enum(names) => names.iter().map(kept).max().unwrap_or(0),
        Shape::Flags(names) => names.iter().map(kept).sum(),
        _ => 0,
    }
}

/// Reads arguments that are all of `bytes`.
pub fn arguments(shapes: &[Shape], bytes: &[u8]) -> Result<Vec<Val>> {
    let mut bytes = Bytes { rest: bytes, room: MAX_VALUES };
    let args = shapes.iter().map(|shape| bytes.value(shape)).collect::<Result<_>>()?;
    match bytes.rest.len() {
        0 => Ok(args),
        found => Err(ValueError::TrailingBytes { found }),
    }
}

/// The bytes that are not read yet. Every value takes one at least, so that there are no more values than bytes.
struct Bytes<'b> {
    rest: &'b [u8],
    /// What the values may still take on the host.
    room: usize,
}

impl<'b> Bytes<'b> {
    fn take<T: Deserialize<'b>>(&mut self) -> Result<T> {
        let (value, rest) = take(self.rest)?;
        self.rest = rest;
        Ok(value)
    }

    /// Counts values, with the names that are copied into them.
    fn count(&mut self, values: usize, names: usize) -> Result<()> {
        let room = self.room.checked_sub(values.saturating_mul(VALUE).saturating_add(names));
        self.room = room.ok_or(ValueError::DecodedTooLarge { limit: MAX_VALUES as u32 })?;
        Ok(())
    }

    fn value(&mut self, shape: &Shape) -> Result<Val> {
        self.count(1, names(shape))?;
        Ok(match shape {
            Shape::Bool => Val::Bool(self.take()?),
            Shape::Integer(integer) => self.integer(*integer)?,
            Shape::F32 => Val::Float32(self.take()?),
            Shape::F64 => Val::Float64(self.take()?),
            Shape::Char => Val::Char(self.take()?),
            Shape::Text => Val::String(self.take()?),
            Shape::Bytes => {
                let bytes: &[u8] = self.take()?;
                self.count(bytes.len(), 0)?;
                Val::List(bytes.iter().map(|byte| Val::U8(*byte)).collect())
            }
            Shape::List(item) => {
                let count: u64 = self.take()?;
                Val::List((0..count).map(|_| self.value(item)).collect::<Result<_>>()?)
            }
            Shape::Record(fields) => {
                let fields = fields.iter().map(|(name, shape)| Ok((name.clone(), self.value(shape)?)));
                Val::Record(fields.collect::<Result<_>>()?)
            }
            Shape::Tuple(items) => {
                Val::Tuple(items.iter().map(|item| self.value(item)).collect::<Result<_>>()?)
            }
            Shape::Variant(cases) => {
                let (name, shape) = self.case(cases)?;
                Val::Variant(name.clone(), self.boxed(shape.as_ref())?)
            }
            Shape::Enum(names) => Val::Enum(self.case(names)?.clone()),
            Shape::Option(some) => {
                let is_some: bool = self.take()?;
                Val::Option(self.boxed(is_some.then_some(&**some))?)
            }
            Shape::Result(ok, err) => {
                let is_err: bool = self.take()?;
                let value = self.boxed(if is_err { err } else { ok }.as_deref())?;
                Val::Result(if is_err { Err(value) } else { Ok(value) })
            }
            Shape::Flags(names) => {
                let mut set = Vec::new();
                for name in names {
                    if self.take()? {
                        set.push(name.clone());
                    }
                }
                Val::Flags(set)
            }
        })
    }

    fn boxed(&mut self, shape: Option<&Shape>) -> Result<Option<Box<Val>>> {
        shape.map(|shape| self.value(shape).map(Box::new)).transpose()
    }

    fn case<'c, C>(&mut self, cases: &'c [C]) -> Result<&'c C> {
        let index: u32 = self.take()?;
        cases.get(index as usize).ok_or(ValueError::Malformed(Cause::Mark))
    }

    fn integer(&mut self, integer: Integer) -> Result<Val> {
        Ok(match integer {
            Integer::I8 => Val::S8(self.take()?),
            Integer::I16 => Val::S16(self.take()?),
            Integer::I32 => Val::S32(self.take()?),
            Integer::I64 | Integer::I128 => Val::S64(self.take()?),
            Integer::U8 => Val::U8(self.take()?),
            Integer::U16 => Val::U16(self.take()?),
            Integer::U32 => Val::U32(self.take()?),
            Integer::U64 | Integer::U128 => Val::U64(self.take()?),
        })
    }
}
