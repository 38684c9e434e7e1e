//! Modules in a test program: the same source, compiled for the machine that tests run on.

use crate::emit::Source;
use crate::error::AotError;
use crate::prelude;
use crate::prepare::{Limits, Prepared, with_limits};
use std::fmt::{self, Write};
use wasmparser::ValType;

/// One module of a test program.
#[derive(Debug)]
pub struct Unit {
    /// The source of a Rust module.
    pub source: String,
    /// The exported functions: name, ordinal, types of parameters and results.
    pub functions: Vec<(String, u32, Vec<ValType>, Vec<ValType>)>,
    /// The exported globals: name, type, and the place behind the fixed part of the head, or the bits of one that is constant.
    pub globals: Vec<(String, ValType, Result<usize, u64>)>,
    /// The places of fuel and depth behind the fixed part of the head.
    pub counters: Option<(usize, usize)>,
    /// The memory, in bytes.
    pub memory: u32,
    /// The module that was emitted: with limits, if they were merged in.
    pub wasm: Vec<u8>,
}

/// Emits a module for a test program, as the Rust module `m` and `number`. `memory` is in bytes; `None` for what the module has.
///
/// # Errors
/// [`AotError`] for what is not translated.
pub fn unit(wasm: &[u8], number: usize, limits: Limits, memory: Option<u32>) -> Result<Unit, AotError> {
    let (bytes, limited) = with_limits(wasm, limits)?;
    let prepared = Prepared::new(&bytes)?;
    let module = &prepared.module;
    let memory = module.memory(memory)?;
    let mut callable: Vec<u32> = module.exports.iter().map(|(_, function)| *function).collect();
    callable.extend(module.start);
    callable.retain(|function| *function >= module.imported());
    callable.sort_unstable();
    callable.dedup();
    let ordinal = |function: u32| callable.iter().position(|one| *one == function).map(|at| at as u32);
    let text = Source { module, graph: &prepared.graph, memory, counters: prepared.counters, limited }
        .program(&callable)?;
    let mut source = format!("pub mod m{number} {{ use super::*;\n{text}");
    source.push_str(&prelude::inner(prelude::ENTER).replace("#[unsafe(no_mangle)]", ""));
    let _ = writeln!(
        source,
        "pub const UNIT: Unit = Unit {{ enter, memory: {memory}, head: M, globals: &{:?}, data: &{:?}, start: {:?} }}; }}",
        module.globals.bytes(),
        module.data_in(memory)?.iter().map(|(address, bytes)| (address, Slice(bytes))).collect::<Vec<_>>(),
        module.start.and_then(ordinal),
    );
    let functions = module.exports.iter().filter_map(|(name, function)| {
        let ty = module.function_type(*function);
        Some(((*name).to_owned(), ordinal(*function)?, ty.params().to_vec(), ty.results().to_vec()))
    });
    let globals = module.exported_globals.iter().filter_map(|(name, index)| {
        let global = module.globals.get(*index)?;
        Some(((*name).to_owned(), global.ty, global.place.ok_or(global.bits)))
    });
    let counters =
        prepared.counters.and_then(|(fuel, depth)| prepared.place(fuel).zip(prepared.place(depth)));
    let (functions, globals) = (functions.collect(), globals.collect());
    Ok(Unit { source, functions, globals, counters, memory, wasm: bytes.into_owned() })
}

/// What a test program begins with.
#[must_use]
pub fn beginning(attributes: &str) -> String {
    prelude::beginning(attributes)
}

/// Bytes, written as a reference to an array.
struct Slice<'b>(&'b [u8]);

impl fmt::Debug for Slice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "&{:?}", self.0)
    }
}
