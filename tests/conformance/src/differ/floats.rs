//! Random modules of floats, written for the places where an interpreter keeps them in a register: branches that carry a
//! value over other values, blocks with results, selections, calls.
//!
//! No bits of a NaN are seen: floats are stored and loaded as floats only, and a result that is not a number is the
//! canonical one.

use aingle_wasm_generator::bytes;
use wasm_encoder::{
    BlockType, CodeSection, Function, FunctionSection, Instruction as I, MemArg, MemArgTarget, MemorySection,
    MemoryType, Module, TypeSection, ValType,
};

/// The types of every function's parameters, and of its local variables behind them.
const PARAMS: [ValType; 4] = [ValType::F64, ValType::F32, ValType::I32, ValType::F64];
const LOCALS: [ValType; 6] =
    [ValType::F64, ValType::F32, ValType::I32, ValType::F64, ValType::F32, ValType::F64];
/// Where what a function returns is made canonical: the last two local variables.
const LAST: [u32; 2] = [8, 9];
const FUNCTIONS: u32 = 6;
const RESULTS: [ValType; 3] = [ValType::F64, ValType::F32, ValType::I32];
/// How deep expressions nest, and how many instructions a function has at most, some constants besides.
const DEPTH: u32 = 7;
const INSTRUCTIONS: u32 = 250;

/// The module of a seed.
pub(super) fn module(seed: u64) -> Vec<u8> {
    let mut types = TypeSection::new();
    RESULTS.iter().for_each(|result| types.ty().function(PARAMS, [*result]));
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for at in 0..FUNCTIONS {
        functions.function(at % RESULTS.len() as u32);
        let careful = !(seed / 8).is_multiple_of(4);
        code.function(&Generator::new(seed << 8 | u64::from(at), at, careful).function());
    }
    let mut memory = MemorySection::new();
    let (minimum, maximum) = (1, Some(1));
    memory.memory(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None });
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memory).section(&code);
    module.finish()
}

struct Generator {
    random: std::vec::IntoIter<u8>,
    function: Function,
    /// The type of each label, the innermost last; none where a branch carries nothing.
    labels: Vec<Option<ValType>>,
    left: u32,
    at: u32,
    /// Whether no `select` has a comparison as its condition: wasmi refuses most of the other modules.
    careful: bool,
}

impl Generator {
    fn new(seed: u64, at: u32, careful: bool) -> Self {
        let function = Function::new(LOCALS.map(|ty| (1, ty)));
        let random = bytes(seed, 16_384).into_iter();
        Self { random, function, labels: Vec::new(), left: INSTRUCTIONS, at, careful }
    }

    fn function(mut self) -> Function {
        let result = RESULTS[self.at as usize % RESULTS.len()];
        self.labels.push(None);
        for _ in 0..self.below(3) {
            self.statement(DEPTH);
        }
        self.value(result, DEPTH);
        self.canonical(result);
        self.put(I::End);
        self.function
    }

    /// A number below this one.
    fn below(&mut self, most: u32) -> u32 {
        u32::from(self.random.next().unwrap_or_default()) % most
    }

    fn put(&mut self, instruction: I<'_>) {
        self.function.instruction(&instruction);
        self.left = self.left.saturating_sub(1);
    }

    fn canonical(&mut self, ty: ValType) {
        let (local, nan, unequal) = match ty {
            ValType::F64 => (LAST[1], I::F64Const(f64::NAN.into()), I::F64Ne),
            ValType::F32 => (LAST[0], I::F32Const(f32::NAN.into()), I::F32Ne),
            _ => return,
        };
        super::module::canonical(&mut self.function, local, &nan, &unequal);
    }

    /// A local variable of a type, parameters among them.
    fn local(&mut self, ty: ValType) -> u32 {
        let of_type: &[u32] = match ty {
            ValType::F64 => &[0, 3, 4, 7],
            ValType::F32 => &[1, 5],
            _ => &[2, 6],
        };
        of_type[self.below(of_type.len() as u32) as usize]
    }

    fn float(&mut self) -> ValType {
        if self.below(3) == 0 { ValType::F32 } else { ValType::F64 }
    }

    /// Changes a variable or the memory.
    fn statement(&mut self, depth: u32) {
        let ty = self.float();
        if self.below(3) == 0 {
            self.address(ty, depth);
            self.value(ty, depth.saturating_sub(1));
            self.put(if ty == ValType::F64 { I::F64Store(AT) } else { I::F32Store(AT) });
        } else {
            self.value(ty, depth.saturating_sub(1));
            let local = self.local(ty);
            self.put(I::LocalSet(local));
        }
    }

    /// An address in the first page. Each type has one part of it, where no two values overlap: no bits of a NaN become
    /// part of another value.
    fn address(&mut self, ty: ValType, depth: u32) {
        self.value(ValType::I32, depth.min(2));
        self.put(I::I32Const(0x3ff8));
        self.put(I::I32And);
        if ty == ValType::F32 {
            self.put(I::I32Const(0x4000));
            self.put(I::I32Or);
        }
    }

    /// A value of a type.
    fn value(&mut self, ty: ValType, depth: u32) {
        if depth == 0 || self.left == 0 {
            return self.leaf(ty);
        }
        let depth = depth - 1;
        match self.below(16) {
            0 => self.leaf(ty),
            1 | 2 => self.block(ty, depth),
            3 => self.choice(ty, depth),
            4 | 5 => self.branch_if(ty, depth),
            6 => self.branch_table(ty, depth),
            7 => {
                self.value(ty, depth);
                self.value(ty, depth);
                self.value(ValType::I32, depth);
                if self.careful {
                    let local = self.local(ValType::I32);
                    self.put(I::LocalTee(local));
                }
                self.put(I::Select);
            }
            8 => {
                self.value(ty, depth);
                let local = self.local(ty);
                self.put(I::LocalTee(local));
            }
            9 => self.call(ty, depth),
            _ if ty == ValType::I32 => self.integer(depth),
            10 => {
                self.address(ty, depth);
                self.put(if ty == ValType::F64 { I::F64Load(AT) } else { I::F32Load(AT) });
            }
            11 => {
                self.value(ValType::I32, depth);
                self.put(if ty == ValType::F64 { I::F64ConvertI32S } else { I::F32ConvertI32S });
            }
            12 => self.unary(ty, depth),
            _ => self.binary(ty, depth),
        }
    }

    fn leaf(&mut self, ty: ValType) {
        let small = self.below(8) as i32 - 3;
        if self.below(2) == 0 {
            let local = self.local(ty);
            return self.put(I::LocalGet(local));
        }
        self.put(match ty {
            ValType::F64 => I::F64Const((f64::from(small) / 2.0).into()),
            ValType::F32 => I::F32Const((small as f32 / 2.0).into()),
            _ => I::I32Const(small),
        });
    }

    fn unary(&mut self, ty: ValType, depth: u32) {
        let which = self.below(5) as usize;
        if which == 4 {
            let (from, convert) = match ty {
                ValType::F64 => (ValType::F32, I::F64PromoteF32),
                _ => (ValType::F64, I::F32DemoteF64),
            };
            self.value(from, depth);
            return self.put(convert);
        }
        self.value(ty, depth);
        self.put(match ty {
            ValType::F64 => [I::F64Neg, I::F64Abs, I::F64Floor, I::F64Sqrt][which].clone(),
            _ => [I::F32Neg, I::F32Abs, I::F32Floor, I::F32Sqrt][which].clone(),
        });
    }

    fn binary(&mut self, ty: ValType, depth: u32) {
        self.value(ty, depth);
        if self.below(6) == 0 {
            self.statement(depth.min(3));
        }
        self.value(ty, depth);
        let which = self.below(6) as usize;
        self.put(match ty {
            ValType::F64 => [I::F64Add, I::F64Sub, I::F64Mul, I::F64Div, I::F64Min, I::F64Max][which].clone(),
            _ => [I::F32Add, I::F32Sub, I::F32Mul, I::F32Div, I::F32Min, I::F32Max][which].clone(),
        });
    }

    fn integer(&mut self, depth: u32) {
        match self.below(5) {
            0 => self.put(I::MemorySize(0)),
            1 => {
                self.value(ValType::I32, depth);
                self.value(ValType::I32, depth);
                self.put(I::I32Sub);
            }
            2 => {
                self.value(ValType::I32, depth);
                self.put(I::I32Eqz);
            }
            _ => {
                let ty = self.float();
                self.value(ty, depth);
                self.value(ty, depth);
                let which = self.below(3) as usize;
                self.put(match ty {
                    ValType::F64 => [I::F64Lt, I::F64Eq, I::F64Ge][which].clone(),
                    _ => [I::F32Lt, I::F32Eq, I::F32Ge][which].clone(),
                });
            }
        }
    }

    /// A block or a loop with a result; values that stay below a branch at its end now and then.
    fn block(&mut self, ty: ValType, depth: u32) {
        let is_loop = self.below(5) == 0;
        let kind = BlockType::Result(ty);
        self.put(if is_loop { I::Loop(kind) } else { I::Block(kind) });
        self.labels.push((!is_loop).then_some(ty));
        if self.below(4) == 0 {
            self.statement(depth.min(3));
        }
        let leaves = !is_loop && self.below(3) == 0;
        for _ in 0..if leaves { self.below(3) } else { 0 } {
            let below = self.float();
            self.value(below, depth.min(3));
        }
        self.value(ty, depth);
        if leaves {
            self.put(I::Br(0));
        }
        self.labels.pop();
        self.put(I::End);
    }

    fn choice(&mut self, ty: ValType, depth: u32) {
        self.value(ValType::I32, depth);
        self.put(I::If(BlockType::Result(ty)));
        self.labels.push(Some(ty));
        self.value(ty, depth);
        self.put(I::Else);
        self.value(ty, depth);
        self.labels.pop();
        self.put(I::End);
    }

    /// The labels that take a value of this type.
    fn labels_of(&self, ty: ValType) -> Vec<u32> {
        let labels = self.labels.iter().rev().zip(0..);
        labels.filter(|(label, _)| **label == Some(ty)).map(|(_, at)| at).collect()
    }

    fn branch_if(&mut self, ty: ValType, depth: u32) {
        let labels = self.labels_of(ty);
        self.value(ty, depth);
        if !labels.is_empty() {
            self.value(ValType::I32, depth);
            let label = labels[self.below(labels.len() as u32) as usize];
            self.put(I::BrIf(label));
        }
    }

    /// A block whose end is a branch through a table, out of it and perhaps further.
    fn branch_table(&mut self, ty: ValType, depth: u32) {
        self.put(I::Block(BlockType::Result(ty)));
        self.labels.push(Some(ty));
        for _ in 0..self.below(3) {
            let below = self.float();
            self.value(below, depth.min(3));
        }
        self.value(ty, depth);
        self.value(ValType::I32, depth);
        let labels = self.labels_of(ty);
        let targets: Vec<u32> =
            (0..=self.below(3)).map(|_| labels[self.below(labels.len() as u32) as usize]).collect();
        self.put(I::BrTable(targets[1..].into(), targets[0]));
        self.labels.pop();
        self.put(I::End);
    }

    /// A call of a function that was written before, so that calls end.
    fn call(&mut self, ty: ValType, depth: u32) {
        let of_type = RESULTS.iter().position(|result| *result == ty).unwrap_or_default() as u32;
        if of_type >= self.at {
            return self.leaf(ty);
        }
        for param in PARAMS {
            self.value(param, depth.min(2));
        }
        self.put(I::Call(of_type));
    }
}

const AT: MemArg = MemArg { offset: 0, align: 0, target: MemArgTarget::Memory(0), ordering: None };
