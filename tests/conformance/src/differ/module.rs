//! A random module, made into a guest of the ABI.

use super::floats;
use aingle_wasm_generator::{self as random, Config};
use aingle_wasm_types::{Header, control_block, names};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, MemArg, MemArgTarget,
    MemorySection, MemoryType, Module, SectionId, TypeSection, ValType,
};
use wasmparser::{FuncType, FunctionBody, Parser, Payload, TypeRef};

/// Where the guest's words lie: in its second page, while random code mostly works in the first.
const CONTROL_BLOCK: i32 = 0x1_0000;
const REQUEST_BUFFER: i32 = 0x1_0104;
const REQUEST_BUFFER_LEN: i32 = 0x400;
const RESPONSE_BUFFER: i32 = 0x1_0804;
const RESPONSE_BUFFER_LEN: i32 = 0x400;
const REPLY: i32 = 0x1_1004;
/// The first word of a reply in trusted memory: magic, version, flags.
const REPLY_WORD: i32 = 0x1002_4149;
/// What the names of entry points begin with.
const ENTRY: &str = "call_";
/// As many arguments as the request buffer has room for.
const MOST_ARGUMENTS: usize = 100;
/// The first local behind an entry point's two parameters.
const FIRST_LOCAL: u32 = 2;
/// A result takes eight bytes, and so does each argument.
const VALUE: u32 = 8;

/// A guest, and what can be called: a name and how many arguments.
pub struct Random {
    /// The module, without limits.
    pub wasm: Vec<u8>,
    /// The functions.
    pub functions: Vec<(String, usize)>,
    /// Which features it may use.
    pub level: Level,
}

/// Which features a module may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// WebAssembly 1.0 with mutable globals.
    Portable,
    /// The same, mostly floats and branches that carry them.
    Floats,
    /// Sign extension and saturating conversions as well, which spacewasm has not.
    Extended,
    /// Bulk memory and several results as well, which only Wasmer and wasmi have.
    Second,
}

impl Level {
    /// The level of a seed: the first more often than all others.
    fn of(seed: u64) -> Self {
        match seed % 8 {
            3 => Self::Extended,
            5 => Self::Floats,
            7 => Self::Second,
            _ => Self::Portable,
        }
    }

    /// Whether every engine has the features.
    #[must_use]
    pub fn is_portable(self) -> bool {
        matches!(self, Self::Portable | Self::Floats)
    }

    /// Whether an engine has the features.
    #[must_use]
    pub fn is_of(self, engine: &str) -> bool {
        match self {
            Self::Portable | Self::Floats => true,
            Self::Extended => engine != "spacewasm",
            Self::Second => matches!(engine, "wasmer" | "wasmi"),
        }
    }

    fn config(self) -> Config {
        let portable = random::portable();
        match self {
            Self::Portable | Self::Floats => portable,
            Self::Extended => {
                Config { sign_extension_ops_enabled: true, saturating_float_to_int_enabled: true, ..portable }
            }
            // Reference types would bring a second table, which wasmi is not given.
            Self::Second => Config { reference_types_enabled: false, max_tables: 1, ..random::second() },
        }
    }
}

impl Random {
    /// A module that was kept, and perhaps made smaller.
    #[must_use]
    pub fn kept(wasm: Vec<u8>, seed: u64) -> Self {
        let exports =
            aingle_wasm_host_core::Module::parse(&wasm).into_iter().flat_map(|module| module.exports());
        let entries = exports.map(|export| export.name.to_owned()).filter(|name| name.starts_with(ENTRY));
        let functions = entries.map(|name| (name, MOST_ARGUMENTS)).collect();
        Self { functions, wasm, level: Level::of(seed) }
    }

    /// The module of a seed; nothing when the generator has none for it.
    #[must_use]
    pub fn new(seed: u64) -> Option<Self> {
        let level = Level::of(seed);
        let wasm = match level {
            Level::Floats => floats::module(seed),
            _ => random::module(config(seed, level), seed)?,
        };
        Some(guest(&wasm, level))
    }
}

fn config(seed: u64, level: Level) -> Config {
    let host = "(module (import \"env\" \"host_mirror\" (func (param i32 i32) (result i64))))";
    let host = wat::parse_str(host).ok().filter(|_| seed.is_multiple_of(2));
    Config { max_memory32_bytes: 1 << 18, ..random::functions(level.config(), host) }
}

/// The module with the ABI's exports, and an entry point for each of its functions.
fn guest(wasm: &[u8], level: Level) -> Random {
    let mut wrapper = Wrapper::default();
    for payload in Parser::new(0).parse_all(wasm).flatten() {
        wrapper.look_at(payload);
    }
    let mut module = Module::new();
    wrapper.parse_core_module(&mut module, Parser::new(0), wasm).expect("the generator's modules are valid");
    let arity = |function: &u32| wrapper.types[*function as usize].params().len();
    let names = wrapper.functions[wrapper.imported..].iter().enumerate();
    let functions = names.map(|(at, ty)| (entry(at), arity(ty))).collect();
    Random { wasm: module.finish(), functions, level }
}

fn entry(at: usize) -> String {
    format!("{ENTRY}{at}")
}

#[derive(Default)]
struct Wrapper {
    types: Vec<FuncType>,
    functions: Vec<u32>,
    imported: usize,
    next_body: usize,
}

impl Wrapper {
    fn look_at(&mut self, payload: Payload<'_>) {
        match payload {
            Payload::TypeSection(types) => {
                self.types.extend(types.into_iter_err_on_gc_types().flatten());
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports().flatten() {
                    if let TypeRef::Func(ty) = import.ty {
                        self.functions.push(ty);
                        self.imported += 1;
                    }
                }
            }
            Payload::FunctionSection(functions) => self.functions.extend(functions.into_iter().flatten()),
            _ => {}
        }
    }

    /// The types of control block, allocator and entry points, behind the module's own.
    fn added_type(&self, which: u32) -> u32 {
        self.types.len() as u32 + which
    }

    fn defined(&self) -> &[u32] {
        &self.functions[self.imported..]
    }

    fn add_types(&self, types: &mut TypeSection) {
        types.ty().function([], [ValType::I32]);
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32, ValType::I32], [ValType::I64]);
    }

    fn add_functions(&self, functions: &mut FunctionSection) {
        functions.function(self.added_type(0));
        functions.function(self.added_type(1));
        for _ in self.defined() {
            functions.function(self.added_type(2));
        }
    }

    fn exports(&self) -> ExportSection {
        let first = self.functions.len() as u32;
        let mut exports = ExportSection::new();
        exports.export(names::MEMORY, ExportKind::Memory, 0);
        exports.export(names::ABI, ExportKind::Func, first);
        exports.export(names::ALLOCATE, ExportKind::Func, first + 1);
        for at in 0..self.defined().len() {
            exports.export(&entry(at), ExportKind::Func, first + 2 + at as u32);
        }
        exports
    }

    fn add_code(&self, code: &mut CodeSection) {
        code.function(&control_block_function());
        let mut none = Function::new([]);
        none.instruction(&Instruction::I32Const(0)).instruction(&Instruction::End);
        code.function(&none);
        for at in 0..self.defined().len() {
            code.function(&self.entry_point(at));
        }
    }

    /// Reads its arguments from the request, and writes the bits of the results into the reply.
    fn entry_point(&self, at: usize) -> Function {
        let ty = &self.types[self.defined()[at] as usize];
        let mut function = Function::new(ty.results().iter().map(|result| (1, own_type(*result))));
        for (index, param) in ty.params().iter().enumerate() {
            function.instruction(&Instruction::LocalGet(0));
            function.instruction(&load(*param, Header::LEN as u32 + VALUE * index as u32));
        }
        function.instruction(&Instruction::Call((self.imported + at) as u32));
        let locals = FIRST_LOCAL..FIRST_LOCAL + ty.results().len() as u32;
        for local in locals.clone().rev() {
            function.instruction(&Instruction::LocalSet(local));
        }
        let mut len = Header::LEN as u32;
        for (local, result) in locals.zip(ty.results()) {
            function.instruction(&Instruction::I32Const(REPLY)).instruction(&Instruction::LocalGet(local));
            function.instruction(&store(*result, len));
            len += VALUE;
        }
        let payload = (len - Header::LEN as u32).cast_signed();
        for (offset, word) in [(0, REPLY_WORD), (4, payload), (8, 0)] {
            function.instruction(&Instruction::I32Const(REPLY));
            function.instruction(&Instruction::I32Const(word));
            function.instruction(&Instruction::I32Store(place(offset)));
        }
        let packed = i64::from(REPLY) << 32 | i64::from(len);
        function.instruction(&Instruction::I64Const(packed)).instruction(&Instruction::End);
        function
    }
}

/// Puts a NaN in the place of another one.
pub(super) fn canonical(
    function: &mut Function,
    local: u32,
    nan: &Instruction<'_>,
    unequal: &Instruction<'_>,
) {
    function.instruction(&Instruction::LocalSet(local)).instruction(nan);
    for _ in 0..3 {
        function.instruction(&Instruction::LocalGet(local));
    }
    function.instruction(unequal).instruction(&Instruction::Select);
}

fn own_type(ty: wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        _ => ValType::I32,
    }
}

/// Writes the guest's words of the control block, and says where it is.
fn control_block_function() -> Function {
    let mut function = Function::new([]);
    let words = [
        (control_block::REQUEST_PTR, REQUEST_BUFFER),
        (control_block::REQUEST_LEN, REQUEST_BUFFER_LEN),
        (control_block::RESPONSE_PTR, RESPONSE_BUFFER),
        (control_block::RESPONSE_LEN, RESPONSE_BUFFER_LEN),
        (control_block::GUEST_FEATURES, control_block::FEATURE_TRUSTED as i32),
    ];
    for (at, word) in words {
        function.instruction(&Instruction::I32Const(CONTROL_BLOCK));
        function.instruction(&Instruction::I32Const(word));
        function.instruction(&Instruction::I32Store(place(at as u32)));
    }
    function.instruction(&Instruction::I32Const(CONTROL_BLOCK)).instruction(&Instruction::End);
    function
}

fn place(offset: u32) -> MemArg {
    MemArg { offset: u64::from(offset), align: 0, target: MemArgTarget::Memory(0), ordering: None }
}

fn load(ty: wasmparser::ValType, offset: u32) -> Instruction<'static> {
    match ty {
        wasmparser::ValType::I64 => Instruction::I64Load(place(offset)),
        wasmparser::ValType::F32 => Instruction::F32Load(place(offset)),
        wasmparser::ValType::F64 => Instruction::F64Load(place(offset)),
        _ => Instruction::I32Load(place(offset)),
    }
}

fn store(ty: wasmparser::ValType, offset: u32) -> Instruction<'static> {
    match ty {
        wasmparser::ValType::I64 => Instruction::I64Store(place(offset)),
        wasmparser::ValType::F32 => Instruction::F32Store(place(offset)),
        wasmparser::ValType::F64 => Instruction::F64Store(place(offset)),
        _ => Instruction::I32Store(place(offset)),
    }
}

impl Reencode for Wrapper {
    type Error = std::convert::Infallible;

    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        after: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), Error> {
        let behind = |section: Option<SectionId>| {
            matches!(
                section,
                None | Some(SectionId::Start | SectionId::Element | SectionId::DataCount | SectionId::Code)
            )
        };
        let until = |section| {
            use SectionId::{Function, Global, Import, Memory, Table, Type};
            matches!(section, Some(Type | Import | Function | Table | Memory | Global))
        };
        if until(after) && behind(before) {
            module.section(&self.exports());
        }
        Ok(())
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: wasmparser::TypeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_type_section(self, types, section)?;
        self.add_types(types);
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: wasmparser::FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_function_section(self, functions, section)?;
        self.add_functions(functions);
        Ok(())
    }

    fn parse_memory_section(
        &mut self,
        memories: &mut MemorySection,
        _: wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), Error> {
        let (minimum, maximum) = (2, Some(4));
        memories.memory(MemoryType {
            minimum,
            maximum,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        _: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        *exports = self.exports();
        Ok(())
    }

    /// The generator makes NaNs canonical that are computed, but not those that come of conversions, whose bits
    /// differ between engines.
    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let parameters = self.types[self.defined()[self.next_body] as usize].params().len();
        self.next_body += 1;
        let (mut locals, count) = random::locals(self, &body, parameters)?;
        locals.extend([(1, ValType::F32), (1, ValType::F64)]);
        let mut function = Function::new(locals);
        for operator in body.get_operators_reader()? {
            let instruction = self.instruction(operator?)?;
            function.instruction(&instruction);
            match instruction {
                Instruction::F32DemoteF64 => {
                    let nan = Instruction::F32Const(f32::NAN.into());
                    canonical(&mut function, count, &nan, &Instruction::F32Ne);
                }
                Instruction::F64PromoteF32 => {
                    let nan = Instruction::F64Const(f64::NAN.into());
                    canonical(&mut function, count + 1, &nan, &Instruction::F64Ne);
                }
                _ => {}
            }
        }
        code.function(&function);
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: wasmparser::CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_code_section(self, code, section)?;
        self.add_code(code);
        Ok(())
    }
}
