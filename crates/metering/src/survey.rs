//! What the pass must know about a module before it rewrites a function.

use crate::depth::Depths;
use crate::shape::Shape;
use crate::{MeterError, PriceList};
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
    pub(crate) prepaid: BTreeMap<u32, u64>,
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
