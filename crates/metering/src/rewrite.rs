//! Rewrites a module section by section.

use crate::bulk;
use crate::depth::Depth;
use crate::emit::{self, Frame};
use crate::error::MeterError;
use crate::module_info::{ModuleInfo, PAGE};
use crate::parallel;
use crate::pass::{Failure, Pass};
use crate::price::PriceList;
use crate::{features, scan};
use aingle_wasm_types::metering::Carried;
use aingle_wasm_types::names::{DEPTH, FUEL, LIMITS_SECTION, START};
use std::borrow::Cow;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, ExportKind, ExportSection, FuncType, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, Module, SectionId, TypeSection, ValType,
};
use wasmparser::{BinaryReader, ExternalKind, FunctionBody};

/// The module with limits in it.
pub(crate) fn module(
    wasm: &[u8],
    info: &ModuleInfo,
    prices: &PriceList,
    carried: Carried,
    interruptible: bool,
) -> Result<Vec<u8>, MeterError> {
    let mut module = Module::new();
    let mut rewriter = Rewriter { pass: Pass { info, prices, interruptible } };
    let wasm = without_start_section(wasm)?;
    rewriter.parse_core_module(&mut module, features::parser(), &wasm)?;
    module.section(&CustomSection { name: LIMITS_SECTION.into(), data: (&carried.to_bytes()[..]).into() });
    Ok(module.finish())
}

/// The module without its start section: the start function is exported, and runs when a host has set
/// its budget.
fn without_start_section(wasm: &[u8]) -> Result<Cow<'_, [u8]>, MeterError> {
    let mut reader = BinaryReader::new(wasm, 0);
    reader.read_bytes(8)?;
    while !reader.eof() {
        let before = reader.original_position() as usize;
        let id = reader.read_u8()?;
        let len = reader.read_var_u32()? as usize;
        reader.read_bytes(len)?;
        if id == SectionId::Start as u8 {
            let behind = reader.original_position() as usize;
            return Ok([&wasm[..before], &wasm[behind..]].concat().into());
        }
    }
    Ok(wasm.into())
}

/// A pass over the module's sections.
struct Rewriter<'m> {
    pass: Pass<'m>,
}

impl<'m> Rewriter<'m> {
    fn info(&self) -> &'m ModuleInfo {
        self.pass.info
    }

    fn add_globals(&self, globals: &mut GlobalSection) {
        let ty = |val_type| GlobalType { val_type, mutable: true, shared: false };
        // Nothing is left before a host has set them: without one the guest stops at once.
        globals.global(ty(ValType::I64), &ConstExpr::i64_const(0));
        globals.global(ty(ValType::I32), &ConstExpr::i32_const(0));
    }

    fn add_exports(&self, exports: &mut ExportSection) {
        exports.export(FUEL, ExportKind::Global, self.pass.fuel_global());
        exports.export(DEPTH, ExportKind::Global, self.pass.depth_global());
        if let Some(start) = self.info().start {
            exports.export(START, ExportKind::Func, self.pass.outside(start));
        }
    }

    fn add_functions(&self, functions: &mut FunctionSection) {
        for &function in self.info().thunks.keys() {
            functions.function(self.info().functions[function as usize]);
        }
        if self.info().asks_size {
            functions.function(self.info().size_type());
        }
        for _ in &self.info().in_pieces {
            functions.function(self.info().pieces_type());
        }
    }

    /// The functions that stand for others.
    fn add_code(&mut self, code: &mut CodeSection) -> Result<(), Failure> {
        let info = self.info();
        for (&function, &thunk) in &info.thunks {
            let params = info.type_of(function).map_or(0, |ty| ty.params().len() as u32);
            if let Some(units) = info.prepaid(function) {
                code.function(&self.paying(function, params, units));
                continue;
            }
            let body = passing_on(function, params).into_raw_body();
            let reader = BinaryReader::new(&body, 0);
            let depth = info.depths.get(thunk);
            code.function(&limited(self.pass, &FunctionBody::new(reader), function, depth)?);
        }
        if info.asks_size {
            code.function(&size_function());
        }
        for bulk in &info.in_pieces {
            code.function(&bulk.function(PAGE - info.page_shift, self.pass.fuel_global()));
        }
        Ok(())
    }

    /// Pays what the entry of a function costs, which then checks it, and calls it.
    fn paying(&self, function: u32, params: u32, units: u64) -> Function {
        let mut paying = Function::new([]);
        paying.instruction(&Instruction::GlobalGet(self.pass.fuel_global()));
        paying.instruction(&Instruction::I64Const(units.cast_signed()));
        paying.instruction(&Instruction::I64Sub);
        paying.instruction(&Instruction::GlobalSet(self.pass.fuel_global()));
        let depth =
            self.info().is_given_depth(function).then(|| Instruction::GlobalGet(self.pass.depth_global()));
        pass_on(paying, function, params, depth)
    }
}

/// A function with limits.
fn limited(
    mut pass: Pass<'_>,
    body: &FunctionBody<'_>,
    index: u32,
    depth: Depth,
) -> Result<Function, Failure> {
    let info = pass.info;
    let scan = scan::scan(body, info, pass.prices).map_err(Error::ParseError)?;
    let ty = info.type_of(index).ok_or(Error::InvalidCodeSectionSize)?;
    let mut declared = Vec::new();
    let params = ty.params().len() as u32;
    let mut locals = params;
    for pair in body.get_locals_reader()? {
        let (count, ty) = pair?;
        locals += count;
        declared.push((count, pass.val_type(ty)?));
    }
    let prepaid = info.prepaid(index).unwrap_or(0);
    let given_depth = info.is_given_depth(index).then_some(params);
    let frame = Frame { locals, declared, depth, given_depth, prepaid };
    emit::emit(frame, scan, pass)
}

/// A function that passes its parameters on to another one.
fn passing_on(function: u32, params: u32) -> Function {
    pass_on(Function::new([]), function, params, None)
}

fn pass_on(mut from: Function, function: u32, params: u32, more: Option<Instruction<'_>>) -> Function {
    for param in 0..params {
        from.instruction(&Instruction::LocalGet(param));
    }
    more.iter().for_each(|more| {
        from.instruction(more);
    });
    from.instruction(&Instruction::Call(function)).instruction(&Instruction::End);
    from
}

/// Answers with the memory's size. wasm3 loses a value that waits in its register when it meets the
/// instruction, but not when it calls.
fn size_function() -> Function {
    let mut function = Function::new([]);
    function.instruction(&Instruction::MemorySize(0)).instruction(&Instruction::End);
    function
}

/// The order in which sections stand.
fn rank(section: SectionId) -> u8 {
    match section {
        SectionId::Custom => 0,
        SectionId::Type => 1,
        SectionId::Import => 2,
        SectionId::Function => 3,
        SectionId::Table => 4,
        SectionId::Memory => 5,
        SectionId::Tag => 6,
        SectionId::Global => 7,
        SectionId::Export => 8,
        SectionId::Start => 9,
        SectionId::Element => 10,
        SectionId::DataCount => 11,
        SectionId::Code => 12,
        SectionId::Data => 13,
    }
}

impl Reencode for Rewriter<'_> {
    type Error = MeterError;

    /// Adds the sections that the module has not, each where it belongs.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Failure> {
        let [after, before] = [after.map_or(0, rank), before.map_or(u8::MAX, rank)];
        let missing = |section| after < rank(section) && rank(section) < before;
        let thunks = !self.info().thunks.is_empty();
        if missing(SectionId::Function) && thunks {
            let mut functions = FunctionSection::new();
            self.add_functions(&mut functions);
            module.section(&functions);
        }
        if missing(SectionId::Global) {
            let mut globals = GlobalSection::new();
            self.add_globals(&mut globals);
            module.section(&globals);
        }
        if missing(SectionId::Export) {
            let mut exports = ExportSection::new();
            self.add_exports(&mut exports);
            module.section(&exports);
        }
        if missing(SectionId::Code) && thunks {
            let mut code = CodeSection::new();
            self.add_code(&mut code)?;
            module.section(&code);
        }
        Ok(())
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_type_section(self, types, section)?;
        if self.info().adds_size_type() {
            types.ty().function([], [ValType::I32]);
        }
        for &ty in self.info().given_depth.keys() {
            let ty = self.info().types[ty as usize].clone();
            let mut ty = self.func_type(ty)?;
            ty = FuncType::new(ty.params().iter().copied().chain([ValType::I32]), ty.results().to_vec());
            types.ty().func_type(&ty);
        }
        if self.info().adds_pieces_type() {
            types.ty().function(bulk::PARAMS, []);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Failure> {
        for (ty, index) in section.into_iter().zip(self.info().imported..) {
            let ty = ty?;
            let deeper = self.info().given_depth.get(&ty).filter(|_| self.info().is_given_depth(index));
            functions.function(deeper.copied().unwrap_or(ty));
        }
        self.add_functions(functions);
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: wasmparser::GlobalSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_global_section(self, globals, section)?;
        self.add_globals(globals);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_export_section(self, exports, section)?;
        self.add_exports(exports);
        Ok(())
    }

    /// Only exports name functions in this way.
    fn external_index(&mut self, kind: ExternalKind, index: u32) -> Result<u32, Failure> {
        Ok(if kind == ExternalKind::Func { self.pass.outside(index) } else { index })
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Failure> {
        let pass = self.pass;
        let bodies: Vec<_> = section.into_iter().zip(pass.info.imported..).collect();
        for written in
            parallel::map(bodies, |(body, index)| limited(pass, &body?, index, pass.info.depths.get(index)))
        {
            code.function(&written?);
        }
        self.add_code(code)
    }

    fn instruction<'a>(&mut self, operator: wasmparser::Operator<'a>) -> Result<Instruction<'a>, Failure> {
        self.pass.instruction(operator)
    }

    fn element_items<'a>(
        &mut self,
        items: wasmparser::ElementItems<'a>,
    ) -> Result<wasm_encoder::Elements<'a>, Failure> {
        let wasmparser::ElementItems::Functions(functions) = items else {
            return utils::element_items(self, items);
        };
        let mut referenced = Vec::new();
        for function in functions {
            referenced.push(self.pass.outside(function?));
        }
        Ok(wasm_encoder::Elements::Functions(referenced.into()))
    }

    /// Indices stay as they are, and with them every custom section.
    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Failure> {
        module.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        Ok(())
    }
}
