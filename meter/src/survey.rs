//! What the pass must know about a module before it rewrites a function.

use crate::depth::{Depth, Depths};
use crate::{MeterError, PriceList, scan};
use aingle_wasm_types::metering::DEPTH_BYTES;
use aingle_wasm_types::names::{DEPTH, FUEL, LIMITS_SECTION, START};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    ConstExpr, ElementItems, ElementSectionReader, ExternalKind, FuncType, FuncValidator, FunctionBody,
    ImportSectionReader, MemoryType, Operator, Parser, Payload, TypeRef, TypeSectionReader, ValType,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// The features that are handled: WebAssembly 2.0, small pages and extended constants. Others are
/// refused by the validator, by name.
const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.union(WasmFeatures::CUSTOM_PAGE_SIZES).union(WasmFeatures::EXTENDED_CONST);
/// The size of an ordinary page, as a power of two.
const PAGE: u32 = 16;
/// What a frame costs an interpreter beside the function's own slots, in bytes: the pass's locals,
/// operands and constants, and the interpreter's own.
const FRAME_BYTES: u64 = 128;
/// The bytes of a slot.
const SLOT_BYTES: u64 = 8;
/// The bytes that a loop stands for: some interpreters recurse for it until the function returns.
const LOOP_BYTES: u64 = 64;
/// Some interpreters keep a function's constants in its frame, up to this many.
const MAX_CONSTANT_SLOTS: u64 = 128;
/// So much is more than any limit, and can be taken from it without wrapping.
const MAX_WEIGHT: u32 = 1 << 30;
/// The most that a caller pays for a function's entry, which bounds what a function costs without a check.
const MOST_PREPAID: u64 = 1 << 10;
/// The most parameters that every engine takes.
const MOST_PARAMS: usize = 9;
/// So many instructions stand for a byte: compilers keep values for later which no operand holds.
const INSTRUCTIONS_PER_BYTE: u64 = 2;

/// A parser for the features that are handled.
pub(crate) fn parser() -> Parser {
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    parser
}

/// Validates a module that the pass has made.
pub(crate) fn validate(metered: &[u8]) -> Result<(), MeterError> {
    let validated = Validator::new_with_features(FEATURES).validate_all(metered);
    validated.map(|_| ()).map_err(|error| MeterError::TooLarge { reason: error.message().to_owned() })
}

/// Facts about a module.
#[derive(Default)]
pub(crate) struct Survey {
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
    prepaid: BTreeMap<u32, u64>,
    /// For each imported or prepaid function that is reached otherwise than by a `call`, the index of the
    /// function that stands for it and pays.
    pub(crate) stand_ins: BTreeMap<u32, u32>,
    /// Whether code asks for the memory's size.
    pub(crate) asks_size: bool,
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

impl Survey {
    /// Validates a module and gathers its facts.
    pub(crate) fn of(wasm: &[u8], prices: &PriceList) -> Result<Self, MeterError> {
        let mut survey = Self::default();
        let mut marks = Marks::default();
        let mut validator = Validator::new_with_features(FEATURES);
        for payload in parser().parse_all(wasm) {
            let payload = payload?;
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                let mut function = function.into_validator(Default::default());
                let facts = survey.body(&mut function, &body)?;
                survey.bodies.push(facts);
            }
            survey.payload(&payload, &mut marks)?;
        }
        marks.judge()?;
        survey.prepaid = survey.prepay(wasm, prices)?;
        survey.find_stand_ins();
        survey.depths = Depths::of(&survey);
        survey.add_types();
        Ok(survey)
    }

    /// The type of a function.
    pub(crate) fn type_of(&self, function: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(function as usize)? as usize)
    }

    /// Whether a function is imported.
    pub(crate) fn is_imported(&self, function: u32) -> bool {
        function < self.imported
    }

    /// What the callers of a function pay for its entry; nothing where it pays for itself.
    pub(crate) fn prepaid(&self, function: u32) -> Option<u64> {
        self.prepaid.get(&function).copied()
    }

    /// Whether the depth is given to a function by its callers, as its last parameter, and not in the global: a
    /// function that counts, and whose callers pay for its entry.
    pub(crate) fn is_given_depth(&self, function: u32) -> bool {
        let counts = matches!(self.depths.get(function), Depth::Counted(_));
        let has_room = self.type_of(function).is_some_and(|ty| ty.params().len() < MOST_PARAMS);
        counts && has_room && self.prepaid.contains_key(&function)
    }

    /// What a function takes that stands for another one.
    pub(crate) fn stand_in_weight(&self, function: u32) -> u32 {
        let (params, results) =
            self.type_of(function).map_or((0, 0), |ty| (ty.params().len(), ty.results().len()));
        let shape = Shape { slots: params as u64 + 1, ..Shape::default() };
        shape.facts((params + results) as u64).weight
    }

    /// The function that answers with the memory's size, behind those that stand for imported ones.
    pub(crate) fn size_function(&self) -> u32 {
        (self.functions.len() + self.stand_ins.len()) as u32
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

    /// Whether a function is a host function that takes a request: `(i32, i32) -> i64`.
    pub(crate) fn takes_request(&self, function: u32) -> bool {
        self.type_of(function)
            .is_some_and(|ty| ty.params() == [ValType::I32, ValType::I32] && ty.results() == [ValType::I64])
    }

    fn payload(&mut self, payload: &Payload<'_>, marks: &mut Marks) -> Result<(), MeterError> {
        match payload {
            Payload::TypeSection(section) => self.type_section(section.clone())?,
            Payload::ImportSection(section) => self.import_section(section.clone())?,
            Payload::FunctionSection(section) => {
                for ty in section.clone() {
                    self.functions.push(ty?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memory(&memory?);
                }
            }
            Payload::GlobalSection(section) => {
                self.globals += section.count();
                for global in section.clone() {
                    self.references(&global?.init_expr)?;
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    marks.name(export.name);
                    if export.kind == ExternalKind::Func {
                        self.exported.insert(export.index);
                    }
                }
            }
            Payload::ElementSection(section) => self.element_section(section.clone())?,
            Payload::StartSection { func, .. } => {
                self.start = Some(*func);
                self.exported.insert(*func);
            }
            Payload::CustomSection(section) => marks.section |= section.name() == LIMITS_SECTION,
            _ => {}
        }
        Ok(())
    }

    fn type_section(&mut self, section: TypeSectionReader<'_>) -> Result<(), MeterError> {
        for ty in section.into_iter_err_on_gc_types() {
            self.types.push(ty?);
        }
        Ok(())
    }

    fn import_section(&mut self, section: ImportSectionReader<'_>) -> Result<(), MeterError> {
        for import in section.into_imports() {
            let import = import?;
            if [FUEL, DEPTH, START].contains(&import.name) {
                return Err(MeterError::ReservedName { name: import.name.to_owned() });
            }
            match import.ty {
                TypeRef::Func(ty) => {
                    self.functions.push(ty);
                    self.imported += 1;
                }
                TypeRef::Global(_) => self.globals += 1,
                TypeRef::Memory(memory) => self.memory(&memory),
                _ => {}
            }
        }
        Ok(())
    }

    fn memory(&mut self, memory: &MemoryType) {
        self.page_shift = PAGE.saturating_sub(memory.page_size_log2.unwrap_or(PAGE));
    }

    fn element_section(&mut self, section: ElementSectionReader<'_>) -> Result<(), MeterError> {
        for element in section {
            match element?.items {
                ElementItems::Functions(functions) => {
                    for function in functions {
                        self.reference(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions {
                        self.references(&expression?)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn references(&mut self, expression: &ConstExpr<'_>) -> Result<(), MeterError> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.reference(function_index);
            }
        }
        Ok(())
    }

    fn reference(&mut self, function: u32) {
        self.referenced.insert(function);
    }

    /// What the entry of each function costs that is called by name, cheap, and in no table: calls through a table
    /// come to the function itself. Functions that never return are called where nobody is in a hurry.
    fn prepay(&self, wasm: &[u8], prices: &PriceList) -> Result<BTreeMap<u32, u64>, MeterError> {
        let called: BTreeSet<u32> = self.bodies.iter().flat_map(|body| &body.callees).copied().collect();
        let bodies = parser().parse_all(wasm).filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
        let mut prepaid = BTreeMap::new();
        for (body, function) in bodies.zip(self.imported..) {
            if called.contains(&function) && !self.referenced.contains(&function) {
                let charges = scan::scan(&body, self, prices)?.charges;
                if charges.entry <= MOST_PREPAID && !charges.diverges {
                    prepaid.insert(function, charges.entry);
                }
            }
        }
        Ok(prepaid)
    }

    fn find_stand_ins(&mut self) {
        let outside = self.exported.union(&self.referenced).copied();
        let outside = outside.filter(|&it| self.is_imported(it) || self.prepaid.contains_key(&it));
        self.stand_ins = outside.zip(self.functions.len() as u32..).collect();
    }

    /// Types of functions that are given the depth stand behind that of the function that answers with the size.
    fn add_types(&mut self) {
        let functions = (self.imported..self.functions.len() as u32).filter(|&it| self.is_given_depth(it));
        let types: BTreeSet<u32> = functions.map(|function| self.functions[function as usize]).collect();
        let first = self.types.len() as u32 + u32::from(self.adds_size_type());
        self.given_depth = types.into_iter().zip(first..).collect();
    }

    /// Validates a body and looks at each of its instructions.
    fn body(
        &mut self,
        validator: &mut FuncValidator<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<BodyFacts, MeterError> {
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let mut operators = wasmparser::OperatorsReader::new(reader);
        let mut shape = Shape::default();
        let mut callees = BTreeSet::new();
        let mut calls_table = false;
        while !operators.eof() {
            let offset = operators.original_position();
            let operator = operators.read()?;
            let before = validator.get_control_frame(0).map(|frame| frame.unreachable);
            shape.before(&operator, validator.operand_stack_height(), before == Some(false));
            validator.op(offset, &operator)?;
            shape.after(validator.operand_stack_height());
            match operator {
                Operator::RefFunc { function_index } => self.reference(function_index),
                Operator::MemorySize { .. } => self.asks_size = true,
                Operator::Call { function_index } if !self.is_imported(function_index) => {
                    callees.insert(function_index);
                }
                Operator::CallIndirect { .. } => calls_table = true,
                _ => {}
            }
        }
        operators.finish()?;
        let results = self.type_of(validator.index()).map_or(0, |ty| ty.results().len());
        let facts = shape.facts(u64::from(validator.len_locals()) + results as u64);
        Ok(BodyFacts { callees, calls_table, ..facts })
    }
}

/// The measure of a frame.
#[derive(Default)]
struct Shape {
    /// The most operands, and above them a slot for each call since there were none: an interpreter puts
    /// each call's result above all others.
    slots: u64,
    drift: u64,
    constants: u64,
    loops: u64,
    instructions: u64,
}

impl Shape {
    fn before(&mut self, operator: &Operator<'_>, height: u32, reachable: bool) {
        if reachable && height == 0 {
            self.drift = 0;
        }
        self.instructions += 1;
        // The pass charges where ways part, at most a constant for each way.
        self.constants += match operator {
            Operator::I32Const { .. } | Operator::I64Const { .. } => 1,
            Operator::F32Const { .. } | Operator::F64Const { .. } => 1,
            Operator::V128Const { .. } | Operator::If { .. } | Operator::BrIf { .. } => 2,
            Operator::BrTable { targets } => 1 + u64::from(targets.len()),
            _ => 0,
        };
        match operator {
            Operator::Call { .. } | Operator::CallIndirect { .. } => self.drift += 1,
            Operator::Loop { .. } => self.loops += 1,
            _ => {}
        }
    }

    fn after(&mut self, height: u32) {
        self.slots = self.slots.max(u64::from(height) + self.drift);
    }

    fn facts(&self, locals_and_results: u64) -> BodyFacts {
        let slots = locals_and_results + self.slots + self.constants.min(MAX_CONSTANT_SLOTS);
        let bytes = FRAME_BYTES
            + SLOT_BYTES * slots
            + LOOP_BYTES * self.loops
            + self.instructions / INSTRUCTIONS_PER_BYTE;
        let weight = bytes.div_ceil(u64::from(DEPTH_BYTES));
        BodyFacts {
            weight: u32::try_from(weight).unwrap_or(MAX_WEIGHT).min(MAX_WEIGHT),
            ..BodyFacts::default()
        }
    }
}

/// The traces of limits that a module must not bring along.
#[derive(Default)]
struct Marks {
    fuel: bool,
    depth: bool,
    start: bool,
    section: bool,
}

impl Marks {
    fn name(&mut self, name: &str) {
        self.fuel |= name == FUEL;
        self.depth |= name == DEPTH;
        self.start |= name == START;
    }

    fn judge(&self) -> Result<(), MeterError> {
        let reserved = |name: &str| Err(MeterError::ReservedName { name: name.to_owned() });
        match (self.fuel, self.depth, self.start, self.section) {
            (true, true, _, true) => Err(MeterError::AlreadyMetered),
            (true, ..) => reserved(FUEL),
            (_, true, ..) => reserved(DEPTH),
            (_, _, true, _) => reserved(START),
            (_, _, _, true) => Err(MeterError::ForgedSection),
            _ => Ok(()),
        }
    }
}
