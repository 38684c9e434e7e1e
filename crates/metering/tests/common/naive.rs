//! The oracle: a pass so simple that it can be seen to be right. It charges before each instruction.

use aingle_wasm_metering::{PerSize, PriceList};
use aingle_wasm_types::names::FUEL;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, Elements, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, Module, SectionId, ValType,
};
use wasmparser::ValType::{I32, I64};
use wasmparser::{
    BinaryReader, ElementItems, ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload, TypeRef,
};

/// The module, charging before each instruction. It has globals, exports and functions, and imports nothing but
/// functions. Behind its own functions stand those that pass a call on to an imported one, and are reached in its
/// place, but by `call`.
pub fn naive(wasm: &[u8], prices: PriceList) -> Vec<u8> {
    let mut facts =
        Facts { prices, globals: 0, imports: 0, functions: Vec::new(), types: Vec::new(), next: 0 };
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("valid") {
            Payload::GlobalSection(section) => facts.globals = section.count(),
            Payload::ImportSection(section) => {
                let types = section.into_imports().flatten().filter_map(|import| match import.ty {
                    TypeRef::Func(ty) => Some(ty),
                    _ => None,
                });
                facts.functions.extend(types);
                facts.imports = facts.functions.len();
            }
            Payload::FunctionSection(section) => facts.functions.extend(section.into_iter().flatten()),
            Payload::TypeSection(section) => {
                facts.types = section.into_iter_err_on_gc_types().flatten().collect()
            }
            _ => {}
        }
    }
    facts.next = facts.imports;
    let mut module = Module::new();
    facts.parse_core_module(&mut module, Parser::new(0), wasm).expect("it can be rewritten");
    module.finish()
}

struct Facts {
    prices: PriceList,
    globals: u32,
    imports: usize,
    /// The type of each function, imported ones first.
    functions: Vec<u32>,
    types: Vec<FuncType>,
    /// The function whose body comes next.
    next: usize,
}

impl Facts {
    fn add_global(&self, globals: &mut GlobalSection) {
        let ty = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        globals.global(ty, &ConstExpr::i64_const(1 << 40));
    }

    fn charge(&self, function: &mut Function, units: &[Instruction<'_>]) {
        function.instruction(&Instruction::GlobalGet(self.globals));
        units.iter().for_each(|unit| {
            function.instruction(unit);
        });
        function.instruction(&Instruction::I64Sub);
        function.instruction(&Instruction::GlobalSet(self.globals));
        function.instruction(&Instruction::GlobalGet(self.globals));
        function.instruction(&Instruction::I64Const(0));
        function.instruction(&Instruction::I64LtS);
        function.instruction(&Instruction::If(BlockType::Empty));
        function.instruction(&Instruction::Unreachable);
        function.instruction(&Instruction::End);
    }

    /// Charges by an `i32` in a local.
    fn sized(&self, function: &mut Function, size: u32, price: PerSize) {
        let units = [
            Instruction::LocalGet(size),
            Instruction::I64ExtendI32U,
            Instruction::I64Const(i64::from(price.shift)),
            Instruction::I64ShrU,
            Instruction::I64Const(i64::from(price.units)),
            Instruction::I64Mul,
        ];
        self.charge(function, &units);
    }

    fn type_of(&self, function: usize) -> &FuncType {
        let own = self.functions.len();
        &self.types[self.functions[if function < own { function } else { function - own }] as usize]
    }

    /// Whether a function is imported, and of the type of a host function of the ABI.
    fn answers(&self, function: u32) -> bool {
        let ty = self.type_of(function as usize);
        (function as usize) < self.imports && ty.params() == [I32, I32] && ty.results() == [I64]
    }

    /// The function that is reached, but by `call`.
    fn outside(&self, function: u32) -> u32 {
        let stands_in = self.functions.len() as u32 + function;
        if (function as usize) < self.imports { stands_in } else { function }
    }

    fn fixed(&self, function: &mut Function, units: u64) {
        if units > 0 {
            self.charge(function, &[Instruction::I64Const(units.cast_signed())]);
        }
    }
}

impl Reencode for Facts {
    type Error = std::convert::Infallible;

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        let early = |section| !matches!(section, SectionId::Global);
        if before == Some(SectionId::Export) && after.is_none_or(early) {
            let mut globals = GlobalSection::new();
            self.add_global(&mut globals);
            module.section(&globals);
        }
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_global_section(self, globals, section)?;
        self.add_global(globals);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(FUEL, ExportKind::Global, self.globals);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_function_section(self, functions, section)?;
        self.functions[..self.imports].iter().for_each(|ty| {
            functions.function(*ty);
        });
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_code_section(self, code, section)?;
        for import in 0..self.imports {
            let mut function = Function::new([]);
            for param in 0..self.type_of(import).params().len() as u32 {
                function.instruction(&Instruction::LocalGet(param));
            }
            function.instruction(&Instruction::Call(import as u32)).instruction(&Instruction::End);
            let body = function.into_raw_body();
            self.parse_function_body(code, FunctionBody::new(BinaryReader::new(&body, 0)))?;
        }
        Ok(())
    }

    fn external_index(&mut self, kind: ExternalKind, index: u32) -> Result<u32, Error> {
        Ok(if kind == ExternalKind::Func { self.outside(index) } else { index })
    }

    fn element_items<'a>(&mut self, items: ElementItems<'a>) -> Result<Elements<'a>, Error> {
        let ElementItems::Functions(functions) = items else { return utils::element_items(self, items) };
        let functions: Vec<u32> =
            functions.into_iter().flatten().map(|function| self.outside(function)).collect();
        Ok(Elements::Functions(functions.into()))
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error> {
        match operator {
            Operator::RefFunc { function_index } => Ok(Instruction::RefFunc(self.outside(function_index))),
            other => utils::instruction(self, other),
        }
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let parameters = self.type_of(self.next).params().len();
        self.next += 1;
        let (mut locals, size) = aingle_wasm_generator::locals(self, &body, parameters)?;
        locals.extend([(1, ValType::I32), (1, ValType::I64)]);
        let reply = size + 1;
        let mut function = Function::new(locals);
        self.fixed(&mut function, u64::from(self.prices.function));
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            let price = self.prices.of(&operator);
            let is_loop = matches!(operator, Operator::Loop { .. });
            if !is_loop && !matches!(operator, Operator::Else | Operator::End) {
                self.fixed(&mut function, price.fixed);
            }
            if let Some(sized) = price.sized {
                function.instruction(&Instruction::LocalTee(size));
                self.sized(&mut function, size, sized);
            }
            let called = match operator {
                Operator::Call { function_index } => Some(function_index),
                _ => None,
            };
            let answers = called.is_some_and(|called| self.answers(called));
            if called.is_some_and(|called| (called as usize) < self.imports) {
                self.fixed(&mut function, u64::from(self.prices.host_call));
            }
            if answers {
                function.instruction(&Instruction::LocalTee(size));
                self.sized(&mut function, size, self.prices.host_bytes);
            }
            function.instruction(&self.instruction(operator)?);
            if is_loop {
                self.fixed(&mut function, price.fixed);
            }
            if answers {
                function
                    .instruction(&Instruction::LocalTee(reply))
                    .instruction(&Instruction::LocalGet(reply));
                function.instruction(&Instruction::I32WrapI64).instruction(&Instruction::LocalSet(size));
                self.sized(&mut function, size, self.prices.host_reply);
            }
        }
        code.function(&function);
        Ok(())
    }
}
