//! Adds an entry point that calls an export with numbers that are known beforehand.
//!
//! An engine that only calls functions of the ABI's types then calls any function of numbers, once. What is added is not
//! charged: the fuel is that of the function itself.

use crate::error::MeterError;
use crate::features;
use crate::pass::Failure;
use aingle_wasm_module::Module;
use aingle_wasm_types::{Number, NumberType, names};
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Ieee32, Ieee64, Instruction,
    TypeSection, ValType,
};
use wasmparser::Validator;

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
    let module = Module::parsed(wasm);
    if module.has_export(names::BOUND) {
        return Err(MeterError::ReservedName { name: names::BOUND.into() });
    }
    let target = Target::find(module, name, args);
    let target = target.ok_or_else(|| MeterError::Unbound { name: name.to_owned() })?;
    let mut bound = wasm_encoder::Module::new();
    Binder { target, args }.parse_core_module(&mut bound, features::parser(), wasm)?;
    Ok(bound.finish())
}

/// The function that is called, and what the module has.
struct Target {
    function: u32,
    result: Option<NumberType>,
    types: u32,
    functions: u32,
}

impl Target {
    /// Finds the export of this name, if it takes these arguments and returns at most one number.
    fn find(module: Module<'_>, name: &str, args: &[Number]) -> Option<Self> {
        let function = module.exports().find(|export| export.name == name)?.function;
        let (params, results) = module.function_type(function)?;
        let result = match results {
            [] => None,
            [byte] => Some(NumberType::from_byte(*byte)?),
            _ => return None,
        };
        if !params.iter().copied().eq(args.iter().map(|number| number.ty().byte())) {
            return None;
        }
        let imported = module.imports().filter(|import| import.ty.is_some()).count();
        let functions = (imported + module.functions().count()) as u32;
        Some(Self { function, result, types: module.types().count() as u32, functions })
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
        match self.target.result {
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

impl Reencode for Binder<'_> {
    type Error = MeterError;

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_type_section(self, types, section)?;
        types.ty().function([ValType::I32, ValType::I32], [ValType::I64]);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.target.types);
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(names::BOUND, ExportKind::Func, self.target.functions);
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_code_section(self, code, section)?;
        code.function(&self.body());
        Ok(())
    }
}
