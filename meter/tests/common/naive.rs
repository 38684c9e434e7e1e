//! The oracle: a pass so simple that it can be seen to be right. It charges before each instruction.

use aingle_wasm_meter::PriceList;
use aingle_wasm_types::names::FUEL;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType,
    Instruction, Module, SectionId, ValType,
};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

/// The module, charging before each instruction. It has globals and exports, and no imports.
pub fn naive(wasm: &[u8], prices: PriceList) -> Vec<u8> {
    let mut facts = Facts { prices, globals: 0, functions: Vec::new(), types: Vec::new(), next: 0 };
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.expect("valid") {
            Payload::GlobalSection(section) => facts.globals = section.count(),
            Payload::FunctionSection(section) => facts.functions = section.into_iter().flatten().collect(),
            Payload::TypeSection(section) => {
                facts.types =
                    section.into_iter_err_on_gc_types().flatten().map(|ty| ty.params().len()).collect();
            }
            _ => {}
        }
    }
    let mut module = Module::new();
    facts.parse_core_module(&mut module, Parser::new(0), wasm).expect("it can be rewritten");
    module.finish()
}

struct Facts {
    prices: PriceList,
    globals: u32,
    functions: Vec<u32>,
    types: Vec<usize>,
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

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut size = self.types[self.functions[self.next] as usize] as u32;
        self.next += 1;
        let mut locals = Vec::new();
        for pair in body.get_locals_reader()? {
            let (count, ty) = pair?;
            size += count;
            locals.push((count, self.val_type(ty)?));
        }
        locals.push((1, ValType::I32));
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
                let units = [
                    Instruction::LocalGet(size),
                    Instruction::I64ExtendI32U,
                    Instruction::I64Const(i64::from(sized.shift)),
                    Instruction::I64ShrU,
                    Instruction::I64Const(i64::from(sized.units)),
                    Instruction::I64Mul,
                ];
                self.charge(&mut function, &units);
            }
            function.instruction(&self.instruction(operator)?);
            if is_loop {
                self.fixed(&mut function, price.fixed);
            }
        }
        code.function(&function);
        Ok(())
    }
}
