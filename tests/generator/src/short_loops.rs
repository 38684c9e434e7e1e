//! Loops of a few instructions, as compilers make them and the generator hardly ever does.

use crate::{bytes, locals};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{BlockType, CodeSection, Function, Instruction, MemArg, MemArgTarget, Module, ValType};
use wasmparser::{FuncType, FunctionBody, Parser, Payload};

/// The module with a short loop somewhere in each of its functions.
pub(crate) fn plant(wasm: &[u8], seed: u64) -> Vec<u8> {
    let mut planter = Planter { seed, ..Planter::default() };
    for payload in Parser::new(0).parse_all(wasm).flatten() {
        match payload {
            Payload::TypeSection(section) => {
                planter.types = section.into_iter_err_on_gc_types().flatten().collect();
            }
            Payload::FunctionSection(section) => planter.functions = section.into_iter().flatten().collect(),
            Payload::MemorySection(section) => planter.has_memory = section.count() > 0,
            _ => {}
        }
    }
    let mut module = Module::new();
    planter.parse_core_module(&mut module, Parser::new(0), wasm).expect("the generator's modules are valid");
    module.finish()
}

#[derive(Default)]
struct Planter {
    seed: u64,
    types: Vec<FuncType>,
    /// The type of each function that has a body.
    functions: Vec<u32>,
    has_memory: bool,
    next_body: usize,
}

impl Reencode for Planter {
    type Error = std::convert::Infallible;

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let random = bytes(self.seed ^ (self.next_body as u64) << 40, 8);
        let parameters = self.types[self.functions[self.next_body] as usize].params().len();
        self.next_body += 1;
        let (mut locals, count) = locals(self, &body, parameters)?;
        locals.push((1, ValType::I32));
        let mut function = Function::new(locals);
        let operators = body.get_operators_reader()?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let place = usize::from(random[0]) % operators.len();
        for (at, operator) in operators.into_iter().enumerate() {
            if at == place {
                self.short_loop(&mut function, count, &random);
            }
            function.instruction(&utils::instruction(self, operator)?);
        }
        code.function(&function);
        Ok(())
    }
}

impl Planter {
    /// Counts a local down from up to nine. One in four looks into the memory, and one writes to it, at places
    /// that may be beyond its end.
    fn short_loop(&self, function: &mut Function, count: u32, random: &[u8]) {
        let place = [
            Instruction::LocalGet(count),
            Instruction::I32Const(i32::from(random[1] % 18)),
            Instruction::I32Shl,
        ];
        let argument = MemArg { offset: 0, align: 0, target: MemArgTarget::Memory(0), ordering: None };
        let iteration: &[Instruction<'_>] = match random[2] % 4 {
            0 if self.has_memory => &[Instruction::I32Load8U(argument), Instruction::Drop],
            1 if self.has_memory => &[Instruction::LocalGet(count), Instruction::I32Store8(argument)],
            _ => &[Instruction::Drop],
        };
        let next = [
            Instruction::LocalGet(count),
            Instruction::I32Const(1),
            Instruction::I32Sub,
            Instruction::LocalTee(count),
            Instruction::BrIf(0),
            Instruction::End,
        ];
        function.instruction(&Instruction::I32Const(1 + i32::from(random[3] % 9)));
        function.instruction(&Instruction::LocalSet(count));
        function.instruction(&Instruction::Loop(BlockType::Empty));
        place.iter().chain(iteration).chain(&next).for_each(|instruction| {
            function.instruction(instruction);
        });
    }
}
