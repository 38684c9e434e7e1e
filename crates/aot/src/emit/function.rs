//! One function: its signature, its variables, and the ways out of it.

use super::count::Counting;
use super::cover::{Covers, covers};
use super::operands::Operands;
use super::plan::Plan;
use crate::error::AotError;
use crate::text::{constant, rust_type};
use std::collections::BTreeSet;
use std::fmt::Write;
use wasmparser::{BlockType, FuncType, FunctionBody, Operator, ValType};

/// How deep blocks may nest. The compiler of the emitted source recurses for them.
const MAX_NESTING: usize = 400;

/// A function while it is emitted.
pub struct Emitter<'p, 'm> {
    pub(super) plan: &'p Plan<'m>,
    pub(super) index: u32,
    pub(super) offset: u64,
    pub(super) operands: Operands,
    pub(super) blocks: Vec<Block>,
    /// How many blocks were opened in code that is never reached.
    pub(super) dead: Option<usize>,
    pub(super) text: String,
    /// The types of parameters and variables.
    pub(super) locals: Vec<ValType>,
    /// What it does with the counters.
    pub(super) counting: Counting,
    /// The number of the instruction.
    pub(super) at: usize,
    pub(super) labels: usize,
    /// Whether the native stack was checked on every way to here, or need not be.
    pub(super) stack_checked: bool,
    /// The places of loops before which it is checked.
    nesting_loops: BTreeSet<u64>,
    /// What loads are checked for.
    pub(super) covers: Covers,
}

/// A block that is open.
pub(super) struct Block {
    pub(super) label: usize,
    pub(super) kind: Kind,
    pub(super) height: usize,
    pub(super) params: Vec<ValType>,
    pub(super) results: Vec<ValType>,
    /// Whether the native stack was checked when it was opened.
    pub(super) stack_checked: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Block,
    Loop,
    If,
    Else,
}

/// Emits a function.
///
/// # Errors
/// [`AotError::Unsupported`] with the function and the place.
pub fn function(plan: &Plan<'_>, index: u32, body: &FunctionBody<'_>) -> Result<String, AotError> {
    let ty = plan.module.function_type(index);
    let operators = body.get_operators_reader()?.into_iter_with_offsets();
    let (operators, offsets): (Vec<_>, Vec<_>) =
        operators.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let mut emitter = Emitter {
        plan,
        index,
        offset: body.range().start,
        operands: Operands::default(),
        blocks: Vec::new(),
        dead: None,
        text: String::new(),
        locals: ty.params().to_vec(),
        counting: plan.counting(&operators),
        at: 0,
        labels: 0,
        stack_checked: !plan.checks_stack(index),
        nesting_loops: BTreeSet::new(),
        covers: covers(body)?,
    };
    if plan.checks_stack(index) {
        emitter.nesting_loops = plan.nesting_loops(body)?;
    }
    emitter.numbers(ty.params())?;
    emitter.numbers(ty.results())?;
    for local in body.get_locals_reader()? {
        let (count, ty) = local?;
        emitter.numbers(&[ty])?;
        emitter.locals.extend((0..count).map(|_| ty));
    }
    emitter.blocks.push(Block {
        label: 0,
        kind: Kind::Block,
        height: 0,
        params: Vec::new(),
        results: ty.results().to_vec(),
        stack_checked: false,
    });
    while let Some(operator) = operators.get(emitter.at) {
        emitter.offset = offsets[emitter.at];
        emitter.at += match emitter.counting.at(emitter.at) {
            Some(found) => {
                emitter.count(found);
                found.len
            }
            None => {
                emitter.operator(operator)?;
                1
            }
        };
    }
    Ok(emitter.finish(ty))
}

/// The parameters and the result of a function in Rust.
pub fn rust_signature(ty: &FuncType) -> String {
    let params: String =
        ty.params().iter().enumerate().map(|(at, ty)| format!(", mut l{at}: {}", rust_type(*ty))).collect();
    format!("(i: I{params}){}", rust_result(ty.results()))
}

fn rust_result(results: &[ValType]) -> String {
    match results {
        [] => String::new(),
        [one] => format!(" -> {}", rust_type(*one)),
        many => format!(" -> ({})", many.iter().map(|ty| rust_type(*ty)).collect::<Vec<_>>().join(", ")),
    }
}

impl Emitter<'_, '_> {
    /// Adds text.
    pub(super) fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn unsupported<T>(&self, feature: &'static str) -> Result<T, AotError> {
        Err(AotError::Unsupported { feature, function: Some(self.index), offset: self.offset })
    }

    /// Checks that values are numbers.
    pub(super) fn numbers(&self, types: &[ValType]) -> Result<(), AotError> {
        let number = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64);
        if types.iter().all(number) { Ok(()) } else { self.unsupported("a reference or a vector") }
    }

    pub(super) fn block_types(&self, ty: BlockType) -> Result<(Vec<ValType>, Vec<ValType>), AotError> {
        let (params, results) = match ty {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(ty) => (Vec::new(), vec![ty]),
            BlockType::FuncType(index) => {
                let ty = &self.plan.module.types[index as usize];
                (ty.params().to_vec(), ty.results().to_vec())
            }
        };
        self.numbers(&params)?;
        self.numbers(&results)?;
        if self.blocks.len() >= MAX_NESTING {
            return self.unsupported("blocks nested more than 400 deep");
        }
        Ok((params, results))
    }

    /// Checks the native stack if this instruction needs it, and no check was made on the way to it.
    fn check_stack(&mut self, operator: &Operator<'_>) {
        if !self.stack_checked && (self.plan.nests(operator) || self.nesting_loops.contains(&self.offset)) {
            self.put("check_stack(i.sub(BASE), trap);");
            self.stack_checked = true;
        }
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), AotError> {
        if self.dead.is_some() {
            return self.skip(operator);
        }
        self.check_stack(operator);
        if self.control(operator)? || self.variable(operator)? || self.numeric(operator)? {
            return Ok(());
        }
        match operator {
            Operator::TableGet { .. }
            | Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableSize { .. } => self.unsupported("a table that changes"),
            Operator::RefNull { .. } | Operator::RefIsNull | Operator::RefFunc { .. } => {
                self.unsupported("a reference")
            }
            Operator::MemoryInit { .. } | Operator::DataDrop { .. } | Operator::ElemDrop { .. } => {
                self.unsupported("a passive segment")
            }
            _ => self.unsupported("this instruction"),
        }
    }

    /// Puts signature, variables and ways out around the body.
    fn finish(mut self, ty: &FuncType) -> String {
        let index = self.index;
        // A function that never returns has not named its results.
        let results = self.operands.names_from(0, ty.results());
        let mut text = String::new();
        let _ = writeln!(text, "unsafe fn f{index}{} {{ unsafe {{", rust_signature(ty));
        for (at, local) in self.locals.iter().enumerate().skip(ty.params().len()) {
            let _ = write!(text, "let mut l{at} = {};", constant(*local, 0));
        }
        text.push_str(&self.operands.declarations());
        // Two functions that are alike would become one, and their frames could not be told apart.
        let _ =
            write!(text, "core::arch::asm!(\"/* {index} */\", options(nomem, nostack, preserves_flags));");
        let result = if results.len() == 1 { results[0].clone() } else { format!("({})", results.join(",")) };
        let _ = write!(text, "'oob: {{ let code: usize = 'trap: {{ 'b0: {{\n{}}}\n", self.text);
        let _ = write!(
            text,
            "return {result}; }};\ntrap(i.sub(BASE), code); }}\ntrap(i.sub(BASE), OUT_OF_BOUNDS) }} }}\n"
        );
        text
    }
}
