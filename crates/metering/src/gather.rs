//! Gathers the facts about a module, in one pass that also validates it: its sections first, then all bodies.

use crate::bulk::Bulk;
use crate::depth::Depths;
use crate::error::MeterError;
use crate::features::{FEATURES, parser};
use crate::frame_estimate::FrameEstimate;
use crate::module_info::{BodyFacts, ModuleInfo, PAGE};
use crate::parallel;
use crate::price::PriceList;
use aingle_wasm_types::names::{DEPTH, FUEL, LIMITS_SECTION, START};
use std::collections::BTreeSet;
use wasmparser::{
    ConstExpr, ElementItems, ElementSectionReader, ExternalKind, FuncToValidate, FunctionBody,
    ImportSectionReader, MemoryType, Operator, Payload, TypeRef, TypeSectionReader, ValidPayload, Validator,
    ValidatorResources,
};

impl ModuleInfo {
    /// Validates a module and gathers its facts.
    pub(crate) fn of(wasm: &[u8], prices: &PriceList, in_pieces: bool) -> Result<Self, MeterError> {
        let mut info = Self::default();
        let mut marks = Marks::default();
        let mut validator = Validator::new_with_features(FEATURES);
        let mut bodies = Vec::new();
        for payload in parser().parse_all(wasm) {
            let payload = payload?;
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                bodies.push((function, body));
            }
            info.payload(&payload, &mut marks)?;
        }
        for seen in parallel::map(bodies, |(function, body)| info.body(function, &body)) {
            let seen = seen?;
            info.referenced.extend(seen.references);
            info.asks_size |= seen.asks_size;
            if in_pieces {
                info.in_pieces.extend(seen.bulk);
            }
            info.bodies.push(seen.facts);
        }
        marks.judge()?;
        info.prepaid = info.prepay(wasm, prices)?;
        info.find_thunks();
        info.depths = Depths::of(&info);
        info.add_types();
        Ok(info)
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
        &self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<Seen, MeterError> {
        let mut validator = function.into_validator(Default::default());
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let mut operators = wasmparser::OperatorsReader::new(reader);
        let mut estimate = FrameEstimate::default();
        let mut callees = BTreeSet::new();
        let (mut references, mut calls_table, mut asks_size) = (Vec::new(), false, false);
        let mut bulk = BTreeSet::new();
        while !operators.eof() {
            let offset = operators.original_position();
            let operator = operators.read()?;
            let before = validator.get_control_frame(0).map(|frame| frame.unreachable);
            estimate.before(&operator, validator.operand_stack_height(), before == Some(false));
            validator.op(offset, &operator)?;
            estimate.after(validator.operand_stack_height());
            match operator {
                Operator::RefFunc { function_index } => references.push(function_index),
                Operator::MemorySize { .. } => asks_size = true,
                Operator::Call { function_index } if !self.is_imported(function_index) => {
                    callees.insert(function_index);
                }
                Operator::CallIndirect { .. } => calls_table = true,
                other => bulk.extend(Bulk::of(&other)),
            }
        }
        operators.finish()?;
        let results = self.type_of(validator.index()).map_or(0, |ty| ty.results().len());
        let facts = estimate.facts(u64::from(validator.len_locals()) + results as u64);
        Ok(Seen { facts: BodyFacts { callees, calls_table, ..facts }, references, asks_size, bulk })
    }
}

/// What was seen in a body.
struct Seen {
    facts: BodyFacts,
    /// The functions that it refers to.
    references: Vec<u32>,
    /// Whether it asks for the memory's size.
    asks_size: bool,
    /// The bulk operations that it has.
    bulk: BTreeSet<Bulk>,
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
