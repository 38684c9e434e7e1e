//! What the pass must know about a module before it rewrites a function.

use crate::MeterError;
use crate::record::{DEPTH, FUEL, SECTION};
use std::collections::BTreeMap;
use wasmparser::{
    ConstExpr, ElementItems, ElementSectionReader, FuncType, FuncValidator, FunctionBody,
    ImportSectionReader, MemoryType, Operator, Parser, Payload, TypeRef, TypeSectionReader, ValType,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// The features that are handled: WebAssembly 2.0, small pages and extended constants. Others are
/// refused by the validator, by name.
const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.union(WasmFeatures::CUSTOM_PAGE_SIZES).union(WasmFeatures::EXTENDED_CONST);
/// The size of an ordinary page, as a power of two.
const PAGE: u32 = 16;
/// The bytes of an interpreter's stack that one unit of depth stands for.
const UNIT_BYTES: u64 = 256;
/// What a frame costs an interpreter beside its slots, in bytes.
const FRAME_BYTES: u64 = 32;
/// The slots that a level of loops stands for: some interpreters recurse for it.
const LOOP_SLOTS: u64 = 16;
/// Some interpreters keep a function's constants in its frame, up to this many.
const MAX_CONSTANT_SLOTS: u64 = 128;

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
    /// For each imported function that is reached by reference, the index of the function that
    /// stands for it and charges for the call.
    pub(crate) stand_ins: BTreeMap<u32, u32>,
    /// For each defined function.
    pub(crate) bodies: Vec<BodyFacts>,
}

/// Facts about a defined function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BodyFacts {
    /// The frame's share of the depth limit.
    pub(crate) weight: u32,
    /// Whether it calls nothing: its frame then counts as part of its caller's, if it is an
    /// ordinary one.
    pub(crate) leaf: bool,
}

impl BodyFacts {
    /// Whether the function takes part in the count of depth.
    pub(crate) fn counts_depth(self) -> bool {
        !self.leaf || self.weight > 1
    }
}

impl Survey {
    /// Validates a module and gathers its facts.
    pub(crate) fn of(wasm: &[u8]) -> Result<Self, MeterError> {
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
        survey.number_stand_ins();
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

    /// What is known of a function's body; of one that is added, that it passes a call on.
    pub(crate) fn body_of(&self, function: u32) -> BodyFacts {
        let body = function.checked_sub(self.imported).and_then(|index| self.bodies.get(index as usize));
        body.copied().unwrap_or(BodyFacts { weight: 1, leaf: false })
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
                    marks.name(export?.name);
                }
            }
            Payload::ElementSection(section) => self.element_section(section.clone())?,
            Payload::CustomSection(section) => marks.section |= section.name() == SECTION,
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
            if import.name == FUEL || import.name == DEPTH {
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
        if self.is_imported(function) {
            self.stand_ins.insert(function, 0);
        }
    }

    fn number_stand_ins(&mut self) {
        for (stand_in, index) in self.stand_ins.values_mut().zip(self.functions.len()..) {
            *stand_in = index as u32;
        }
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
        while !operators.eof() {
            let offset = operators.original_position();
            let operator = operators.read()?;
            validator.op(offset, &operator)?;
            shape.look_at(&operator, validator);
            if let Operator::RefFunc { function_index } = operator {
                self.reference(function_index);
            }
        }
        operators.finish()?;
        let results = self.type_of(validator.index()).map_or(0, |ty| ty.results().len());
        Ok(shape.facts(u64::from(validator.len_locals()) + results as u64))
    }
}

/// The measure of a frame, and whether it calls.
#[derive(Default)]
struct Shape {
    height: u64,
    constants: u64,
    loops: u64,
    calls: bool,
}

impl Shape {
    fn look_at<T>(&mut self, operator: &Operator<'_>, validator: &FuncValidator<T>)
    where
        T: wasmparser::WasmModuleResources,
    {
        self.height = self.height.max(u64::from(validator.operand_stack_height()));
        match operator {
            Operator::Call { .. } | Operator::CallIndirect { .. } => self.calls = true,
            Operator::Loop { .. } => self.loops += 1,
            Operator::I32Const { .. } | Operator::I64Const { .. } => self.constants += 1,
            Operator::F32Const { .. } | Operator::F64Const { .. } => self.constants += 1,
            Operator::V128Const { .. } => self.constants += 2,
            _ => {}
        }
    }

    fn facts(&self, locals_and_results: u64) -> BodyFacts {
        let slots = locals_and_results
            + self.height
            + self.constants.min(MAX_CONSTANT_SLOTS)
            + LOOP_SLOTS * self.loops.min(8);
        let weight = (FRAME_BYTES + 8 * slots).div_ceil(UNIT_BYTES);
        BodyFacts { weight: u32::try_from(weight).unwrap_or(u32::MAX >> 2), leaf: !self.calls }
    }
}

/// The traces of limits that a module must not bring along.
#[derive(Default)]
struct Marks {
    fuel: bool,
    depth: bool,
    section: bool,
}

impl Marks {
    fn name(&mut self, name: &str) {
        self.fuel |= name == FUEL;
        self.depth |= name == DEPTH;
    }

    fn judge(&self) -> Result<(), MeterError> {
        match (self.fuel, self.depth, self.section) {
            (false, false, false) => Ok(()),
            (true, true, true) => Err(MeterError::AlreadyMetered),
            (false, false, true) => Err(MeterError::ForgedSection),
            (true, ..) => Err(MeterError::ReservedName { name: FUEL.to_owned() }),
            (_, true, _) => Err(MeterError::ReservedName { name: DEPTH.to_owned() }),
        }
    }
}
