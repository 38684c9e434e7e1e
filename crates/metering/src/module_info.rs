//! What the pass must know about a module before it rewrites a function.

use crate::bulk::Bulk;
use crate::depth::Depths;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{FuncType, ValType};

/// The size of an ordinary page, as a power of two.
pub(crate) const PAGE: u32 = 16;

/// Facts about a module.
#[derive(Default)]
pub(crate) struct ModuleInfo {
    /// The types, by index.
    pub(crate) types: Vec<FuncType>,
    /// The type of each function, imported ones first.
    pub(crate) functions: Vec<u32>,
    /// How many functions are imported.
    pub(crate) imported: u32,
    /// How many globals there are.
    pub(crate) globals: u32,
    /// How much smaller the memory's pages are than ordinary ones, as a power of two.
    pub(crate) page_shift: u32,
    /// The functions that are reached by reference.
    pub(crate) referenced: BTreeSet<u32>,
    /// The functions that are reached by name, the start function among them.
    pub(crate) exported: BTreeSet<u32>,
    /// The functions whose callers pay what their entry costs, and how much that is.
    pub(crate) prepaid: BTreeMap<u32, u64>,
    /// For each imported or prepaid function that is reached otherwise than by a `call`, the index of the
    /// thunk that pays for it.
    pub(crate) thunks: BTreeMap<u32, u32>,
    /// Whether code asks for the memory's size.
    pub(crate) asks_size: bool,
    /// The bulk operations that work in pieces.
    pub(crate) in_pieces: BTreeSet<Bulk>,
    /// The start function.
    pub(crate) start: Option<u32>,
    /// For each defined function.
    pub(crate) bodies: Vec<BodyFacts>,
    /// What each function does about depth.
    pub(crate) depths: Depths,
    /// For the type of each function that is given the depth: the type with one more parameter.
    pub(crate) given_depth: BTreeMap<u32, u32>,
}

/// Facts about a defined function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BodyFacts {
    /// What its frame takes of a stack, in units of depth.
    pub(crate) weight: u32,
    /// The functions of the module that it calls.
    pub(crate) callees: BTreeSet<u32>,
    /// Whether it calls through a table.
    pub(crate) calls_table: bool,
}

impl ModuleInfo {
    /// The type of a function.
    pub(crate) fn type_of(&self, function: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(function as usize)? as usize)
    }

    /// Whether a function is imported.
    pub(crate) fn is_imported(&self, function: u32) -> bool {
        function < self.imported
    }

    /// The function that answers with the memory's size, behind those that stand for imported ones.
    pub(crate) fn size_function(&self) -> u32 {
        (self.functions.len() + self.thunks.len()) as u32
    }

    /// Its type: one of the module's, or one behind them.
    pub(crate) fn size_type(&self) -> u32 {
        let answers = |ty: &FuncType| ty.params().is_empty() && ty.results() == [ValType::I32];
        self.types.iter().position(answers).unwrap_or(self.types.len()) as u32
    }

    /// Whether that type is not one of the module's.
    pub(crate) fn adds_size_type(&self) -> bool {
        self.asks_size && self.size_type() as usize == self.types.len()
    }

    /// The function that does a bulk operation in pieces, behind all others. `None` if none does.
    pub(crate) fn pieces_function(&self, bulk: Bulk) -> Option<u32> {
        let at = self.in_pieces.iter().position(|&it| it == bulk)?;
        Some(self.size_function() + u32::from(self.asks_size) + at as u32)
    }

    /// The type of these functions: one of the module's, or one behind all others.
    pub(crate) fn pieces_type(&self) -> u32 {
        let takes = |ty: &FuncType| ty.params() == [ValType::I32; 3] && ty.results().is_empty();
        let added = usize::from(self.adds_size_type()) + self.given_depth.len();
        self.types.iter().position(takes).unwrap_or(self.types.len() + added) as u32
    }

    /// Whether that type is not one of the module's.
    pub(crate) fn adds_pieces_type(&self) -> bool {
        !self.in_pieces.is_empty() && self.pieces_type() as usize >= self.types.len()
    }

    /// Whether a function is a host function that takes a request: `(i32, i32) -> i64`.
    pub(crate) fn takes_request(&self, function: u32) -> bool {
        self.type_of(function)
            .is_some_and(|ty| ty.params() == [ValType::I32, ValType::I32] && ty.results() == [ValType::I64])
    }

    /// What the callers of a function pay for its entry; nothing where it pays for itself.
    pub(crate) fn prepaid(&self, function: u32) -> Option<u64> {
        self.prepaid.get(&function).copied()
    }
}
