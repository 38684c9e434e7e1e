//! One NaN for all that is not a number: the same bits on every processor.
//!
//! WebAssembly leaves open which NaN an operation gives. An engine that replaces the result of every operation makes long sums
//! wait for a comparison at each step. But nobody sees a NaN that the next operation of the same kind takes up: that one
//! gives a NaN whatever the bits were. So only what leaves such a chain is replaced, on its way to a local, a memory, another
//! function, or an operation that looks at bits.

mod effect;
mod scan;

use crate::error::MeterError;
use crate::features::parser;
use crate::parallel;
use effect::Kind;
use scan::Place;
use std::borrow::Cow;
use wasm_encoder::{CodeSection, Encode, Instruction, Module, RawSection, SectionId, ValType};
use wasmparser::{BinaryReaderError, FunctionBody, Payload};

/// The bits of the one `f32` and the one `f64`.
const NAN32: u32 = 0x7fc0_0000;
const NAN64: u64 = 0x7ff8_0000_0000_0000;

/// The module, which must be valid, with one NaN for what `add`, `sub`, `mul`, `div`, `sqrt`, `min`, `max`, `ceil`, `floor`, `trunc`,
/// `nearest`, `demote` and `promote` give, of scalars and of vectors: `7fc00000` and `7ff8000000000000`. What only moves bits gives
/// what it gave.
///
/// Put limits in before: what is added is not charged then.
///
/// # Errors
/// [`MeterError::Invalid`] when the module cannot be read.
pub fn canonical_nans(wasm: &[u8]) -> Result<Cow<'_, [u8]>, MeterError> {
    let (mut params, mut types, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for payload in parser().parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    params.push(ty?.params().len() as u32);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    types.push(ty?);
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            _ => {}
        }
    }
    let params: Vec<_> = types.iter().map(|&ty| params.get(ty as usize).copied().unwrap_or(0)).collect();
    let bodies = bodies.into_iter().zip(params).collect();
    let bodies: Result<Vec<_>, _> =
        parallel::map(bodies, |(body, params)| rewritten(&body, params)).into_iter().collect();
    let bodies = bodies?;
    if bodies.iter().all(|body| matches!(body, Cow::Borrowed(_))) {
        return Ok(wasm.into());
    }
    let mut code = CodeSection::new();
    for body in &bodies {
        code.raw(body);
    }
    let mut module = Module::new();
    for payload in parser().parse_all(wasm) {
        match payload?.as_section() {
            Some((id, _)) if id == SectionId::Code as u8 => {
                module.section(&code);
            }
            Some((id, range)) => {
                let data = wasm.get(range.start as usize..range.end as usize).unwrap_or_default();
                module.section(&RawSection { id, data });
            }
            None => {}
        }
    }
    Ok(module.finish().into())
}

/// A body; borrowed where nothing is to be replaced.
fn rewritten<'a>(body: &FunctionBody<'a>, params: u32) -> Result<Cow<'a, [u8]>, BinaryReaderError> {
    let places = scan::places(body)?;
    let bytes = body.as_bytes();
    if places.is_empty() {
        return Ok(bytes.into());
    }
    let mut written = Vec::with_capacity(bytes.len() + bytes.len() / 4);
    let locals = Locals::write(body, params, &places, &mut written)?;
    let begin = body.range().start;
    let mut from = (body.get_operators_reader()?.original_position() - begin) as usize;
    for place in &places {
        let to = (place.behind - begin) as usize;
        written.extend_from_slice(bytes.get(from..to).unwrap_or_default());
        place.kind.replace(locals.of(place.kind), &mut written);
        from = to;
    }
    written.extend_from_slice(bytes.get(from..).unwrap_or_default());
    Ok(written.into())
}

/// The locals that hold what is looked at, one of each type that is needed.
struct Locals {
    types: Vec<ValType>,
    first: u32,
}

impl Locals {
    /// Writes the declarations of a body's locals, and of these behind them.
    fn write(
        body: &FunctionBody<'_>,
        params: u32,
        places: &[Place],
        to: &mut Vec<u8>,
    ) -> Result<Self, BinaryReaderError> {
        let mut types = Vec::new();
        for place in places {
            let ty = place.kind.ty();
            if !types.contains(&ty) {
                types.push(ty);
            }
        }
        let mut reader = body.get_locals_reader()?;
        let groups = reader.get_count();
        let declared = reader.original_position();
        let mut first = params;
        for _ in 0..groups {
            first = first.saturating_add(reader.read()?.0);
        }
        let begin = body.range().start;
        let range = (declared - begin) as usize..(reader.original_position() - begin) as usize;
        (groups + types.len() as u32).encode(to);
        to.extend_from_slice(body.as_bytes().get(range).unwrap_or_default());
        for ty in &types {
            1_u32.encode(to);
            ty.encode(to);
        }
        Ok(Self { types, first })
    }

    fn of(&self, kind: Kind) -> u32 {
        let ty = kind.ty();
        self.first + self.types.iter().position(|&one| one == ty).unwrap_or(0) as u32
    }
}

impl Kind {
    fn ty(self) -> ValType {
        match self {
            Self::F32 => ValType::F32,
            Self::F64 => ValType::F64,
            Self::F32x4 | Self::F64x2 => ValType::V128,
        }
    }

    /// Replaces what is on the stack by the one NaN where it is not equal to itself.
    fn replace(self, local: u32, to: &mut Vec<u8>) {
        let both = u128::from(NAN64);
        let four = u128::from(NAN32);
        let (nan, equals, choose) = match self {
            Self::F32 => {
                let nan = Instruction::F32Const(f32::from_bits(NAN32).into());
                (nan, Instruction::F32Eq, Instruction::Select)
            }
            Self::F64 => {
                let nan = Instruction::F64Const(f64::from_bits(NAN64).into());
                (nan, Instruction::F64Eq, Instruction::Select)
            }
            Self::F32x4 => {
                let nan = (four << 96 | four << 64 | four << 32 | four).cast_signed();
                (Instruction::V128Const(nan), Instruction::F32x4Eq, Instruction::V128Bitselect)
            }
            Self::F64x2 => {
                let nan = (both << 64 | both).cast_signed();
                (Instruction::V128Const(nan), Instruction::F64x2Eq, Instruction::V128Bitselect)
            }
        };
        let again = Instruction::LocalGet(local);
        for instruction in [&Instruction::LocalTee(local), &nan, &again, &again, &equals, &choose] {
            instruction.encode(to);
        }
    }
}
