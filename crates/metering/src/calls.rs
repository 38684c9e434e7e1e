//! Tells a host when functions are entered and left: for a profile.

use crate::error::MeterError;
use crate::features;
use crate::pass::Failure;
use aingle_wasm_types::names::{PROFILE_ENTER, PROFILE_LEAVE, PROFILE_MODULE};
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, CustomSection, EntityType, Function, ImportSection, Instruction, Module,
    SectionId, TypeSection, ValType,
};
use wasmparser::{FunctionBody, Operator, Parser, Payload, Validator};

/// Returns the module with two more imports, [`PROFILE_ENTER`] and [`PROFILE_LEAVE`] of [`PROFILE_MODULE`], the last of all. Each
/// of the first `functions` functions, imported ones included, calls them at its beginning, with its index, and wherever it
/// returns. Functions behind these, which the limits brought, count as a part of whoever calls them.
///
/// Put limits in before: what is added is not charged then.
///
/// # Errors
/// [`MeterError::Invalid`] when the module is not valid, [`MeterError::ReservedName`] when it imports these already.
pub fn record_calls(wasm: &[u8], functions: u32) -> Result<Vec<u8>, MeterError> {
    Validator::new_with_features(features::FEATURES).validate_all(wasm)?;
    let mut recorder = Recorder { functions, ..Recorder::read(wasm)? };
    let mut module = Module::new();
    recorder.parse_core_module(&mut module, features::parser(), wasm)?;
    let recorded = module.finish();
    features::validate(&recorded)?;
    Ok(recorded)
}

#[derive(Default)]
struct Recorder {
    types: Vec<wasmparser::FuncType>,
    /// The type of each function of the module's own.
    own: Vec<u32>,
    imported: u32,
    functions: u32,
    next_body: usize,
    imports_written: bool,
    /// The type of a block with the results of a function of several, by the function's type.
    blocks: Vec<Option<u32>>,
}

type Encoded<T> = Result<T, Failure>;

impl Recorder {
    fn read(wasm: &[u8]) -> Result<Self, MeterError> {
        let mut found = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        found.types.push(ty?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        if import.module == PROFILE_MODULE {
                            return Err(MeterError::ReservedName { name: PROFILE_MODULE.into() });
                        }
                        found.imported += u32::from(matches!(import.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        found.own.push(ty?);
                    }
                }
                _ => {}
            }
        }
        let mut next = found.types.len() as u32 + 2;
        found.blocks = found
            .types
            .iter()
            .map(|ty| {
                let several = ty.results().len() > 1;
                next += u32::from(several);
                several.then(|| next - 1)
            })
            .collect();
        Ok(found)
    }

    fn add_types(&mut self, types: &mut TypeSection) -> Encoded<()> {
        types.ty().function([ValType::I32], []);
        types.ty().function([], []);
        for ty in self.types.clone().iter().filter(|ty| ty.results().len() > 1) {
            let results = ty.results().iter().map(|ty| self.val_type(*ty)).collect::<Encoded<Vec<_>>>()?;
            types.ty().function([], results);
        }
        Ok(())
    }

    fn add_imports(&mut self, imports: &mut ImportSection) {
        self.imports_written = true;
        let first = self.types.len() as u32;
        imports.import(PROFILE_MODULE, PROFILE_ENTER, EntityType::Function(first));
        imports.import(PROFILE_MODULE, PROFILE_LEAVE, EntityType::Function(first + 1));
    }

    fn enter(&self) -> Instruction<'static> {
        Instruction::Call(self.imported)
    }

    fn leave(&self) -> Instruction<'static> {
        Instruction::Call(self.imported + 1)
    }

    /// The type of a block with the results of this function.
    fn block(&mut self, own: usize) -> Encoded<BlockType> {
        let ty = self.own.get(own).copied().unwrap_or_default() as usize;
        let results = self.types.get(ty).map(|ty| ty.results().to_vec()).unwrap_or_default();
        Ok(match (&results[..], self.blocks.get(ty).copied().flatten()) {
            (_, Some(block)) => BlockType::FunctionType(block),
            ([one], _) => BlockType::Result(self.val_type(*one)?),
            _ => BlockType::Empty,
        })
    }

    /// The body as it was, in a block that every way out leads to.
    fn recorded(&mut self, body: &FunctionBody<'_>, own: usize) -> Encoded<Function> {
        let mut function = self.new_function_with_parsed_locals(body)?;
        function.instruction(&Instruction::I32Const((self.imported + own as u32).cast_signed()));
        function.instruction(&self.enter());
        function.instruction(&Instruction::Block(self.block(own)?));
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            if matches!(operator, Operator::Return) {
                function.instruction(&self.leave());
            }
            function.instruction(&self.instruction(operator)?);
        }
        // The last `end` was that of the body, and is the block's now.
        function.instruction(&self.leave()).instruction(&Instruction::End);
        Ok(function)
    }
}

impl Reencode for Recorder {
    type Error = MeterError;

    /// The new imports come before all functions of the module's own.
    fn function_index(&mut self, function: u32) -> Encoded<u32> {
        Ok(if function < self.imported { function } else { function + 2 })
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_type_section(self, types, section)?;
        self.add_types(types)
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: wasmparser::ImportSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_import_section(self, imports, section)?;
        self.add_imports(imports);
        Ok(())
    }

    /// Adds the section of imports where the module has none.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Encoded<()> {
        if before == Some(SectionId::Function) && !self.imports_written {
            let mut imports = ImportSection::new();
            self.add_imports(&mut imports);
            module.section(&imports);
        }
        Ok(())
    }

    /// The names of functions are read from the module as it was.
    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Encoded<()> {
        if section.name() != "name" {
            module.section(&CustomSection { name: section.name().into(), data: section.data().into() });
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Encoded<()> {
        let own = self.next_body;
        self.next_body += 1;
        if self.imported + own as u32 >= self.functions {
            return utils::parse_function_body(self, code, body);
        }
        let function = self.recorded(&body, own)?;
        code.function(&function);
        Ok(())
    }
}
