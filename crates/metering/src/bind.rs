//! Adds an entry point that calls an export with numbers that are known beforehand.
//!
//! An engine that only calls functions of the ABI's types then calls any function of numbers, once. What is added is not
//! charged: the fuel is that of the function itself.

use crate::error::MeterError;
use crate::features;
use aingle_wasm_types::{Number, NumberType, names};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Ieee32, Ieee64, Instruction, Module,
    TypeSection, ValType,
};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, Validator};

/// Returns the module with the export [`names::BOUND`], `(i32, i32) -> i64`, which ignores its arguments, calls the function
/// of this name with `args`, and returns the bits of its result: those of [`Number::bits`], or 0 without a result.
///
/// Put limits in before: see [`Meter`](crate::Meter).
///
/// # Errors
/// [`MeterError::Invalid`] when the module is not valid, [`MeterError::ReservedName`] when it exports the name already, and
/// [`MeterError::Unbound`] when it exports no function of this name that takes these types and returns at most one number.
pub fn bind(wasm: &[u8], name: &str, args: &[Number]) -> Result<Vec<u8>, MeterError> {
    Validator::new_with_features(features::FEATURES).validate_all(wasm)?;
    let target = Target::find(wasm, name)?.filter(|target| target.takes(args));
    let target = target.ok_or_else(|| MeterError::Unbound { name: name.to_owned() })?;
    let mut module = Module::new();
    let mut binder = Binder { target, args };
    binder.parse_core_module(&mut module, features::parser(), wasm).map_err(|error| match error {
        Error::UserError(error) => error,
        Error::ParseError(error) => error.into(),
        other => MeterError::Invalid { offset: 0, reason: other.to_string() },
    })?;
    Ok(module.finish())
}

/// The function that is called, and what the module has.
struct Target {
    function: u32,
    ty: FuncType,
    types: u32,
    functions: u32,
}

impl Target {
    fn find(wasm: &[u8], name: &str) -> Result<Option<Self>, MeterError> {
        let (mut types, mut functions, mut found) = (Vec::new(), Vec::new(), None);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        types.push(ty?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        if let wasmparser::TypeRef::Func(ty) = import?.ty {
                            functions.push(ty);
                        }
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        functions.push(ty?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.name == names::BOUND {
                            return Err(MeterError::ReservedName { name: names::BOUND.into() });
                        }
                        if export.name == name && export.kind == ExternalKind::Func {
                            found = Some(export.index);
                        }
                    }
                }
                _ => {}
            }
        }
        let counts = (types.len() as u32, functions.len() as u32);
        Ok(found.and_then(|function| {
            let ty = types.get(*functions.get(function as usize)? as usize)?.clone();
            Some(Self { function, ty, types: counts.0, functions: counts.1 })
        }))
    }

    fn takes(&self, args: &[Number]) -> bool {
        let params = self.ty.params().iter().map(|ty| number_type(*ty));
        params.eq(args.iter().map(|number| Some(number.ty())))
            && self.ty.results().len() <= 1
            && self.ty.results().iter().all(|ty| number_type(*ty).is_some())
    }
}

fn number_type(ty: wasmparser::ValType) -> Option<NumberType> {
    match ty {
        wasmparser::ValType::I32 => Some(NumberType::I32),
        wasmparser::ValType::I64 => Some(NumberType::I64),
        wasmparser::ValType::F32 => Some(NumberType::F32),
        wasmparser::ValType::F64 => Some(NumberType::F64),
        _ => None,
    }
}

struct Binder<'a> {
    target: Target,
    args: &'a [Number],
}

impl Binder<'_> {
    fn body(&self) -> Function {
        let mut body = Function::new([]);
        for arg in self.args {
            body.instruction(&match *arg {
                Number::I32(value) => Instruction::I32Const(value),
                Number::I64(value) => Instruction::I64Const(value),
                Number::F32(value) => Instruction::F32Const(Ieee32::new(value.to_bits())),
                Number::F64(value) => Instruction::F64Const(Ieee64::new(value.to_bits())),
            });
        }
        body.instruction(&Instruction::Call(self.target.function));
        match self.target.ty.results().first().copied().and_then(number_type) {
            None => body.instruction(&Instruction::I64Const(0)),
            Some(NumberType::I32) => body.instruction(&Instruction::I64ExtendI32U),
            Some(NumberType::I64) => &mut body,
            Some(NumberType::F32) => {
                body.instruction(&Instruction::I32ReinterpretF32).instruction(&Instruction::I64ExtendI32U)
            }
            Some(NumberType::F64) => body.instruction(&Instruction::I64ReinterpretF64),
        };
        body.instruction(&Instruction::End);
        body
    }
}

type Encoded<T> = Result<T, Error<MeterError>>;

impl Reencode for Binder<'_> {
    type Error = MeterError;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32, ValType::I32], [ValType::I64]);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.target.types);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(names::BOUND, ExportKind::Func, self.target.functions);
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_code_section(self, code, section)?;
        code.function(&self.body());
        Ok(())
    }
}
