//! A random module, made into a guest of the ABI.

use aingle_wasm_types::{Header, mailbox, names};
use arbitrary::Unstructured;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, MemArg, MemArgTarget,
    MemorySection, MemoryType, Module, SectionId, TypeSection, ValType,
};
use wasmparser::{FuncType, Parser, Payload, TypeRef};

/// Where the guest's words lie: in its second page, while random code mostly works in the first.
const MAILBOX: i32 = 0x1_0000;
const WINDOW: i32 = 0x1_0104;
const WINDOW_LEN: i32 = 0x400;
const ROOM: i32 = 0x1_0804;
const ROOM_LEN: i32 = 0x400;
const REPLY: i32 = 0x1_1004;
/// The first word of a reply in trusted memory: magic, version, flags.
const REPLY_WORD: i32 = 0x1002_4149;
/// What the names of entry points begin with.
const ENTRY: &str = "call_";
/// As many arguments as the window has room for.
const MOST_ARGUMENTS: usize = 100;
/// A result takes eight bytes, and so does each argument.
const VALUE: u32 = 8;

/// A guest, and what can be called: a name and how many arguments.
pub struct Random {
    /// The module, without limits.
    pub wasm: Vec<u8>,
    /// The functions.
    pub functions: Vec<(String, usize)>,
}

impl Random {
    /// A module that was kept, and perhaps made smaller.
    #[must_use]
    pub fn kept(wasm: Vec<u8>) -> Self {
        let exports =
            aingle_wasm_bridge::Module::parse(&wasm).into_iter().flat_map(|module| module.exports());
        let entries = exports.map(|export| export.name.to_owned()).filter(|name| name.starts_with(ENTRY));
        let functions = entries.map(|name| (name, MOST_ARGUMENTS)).collect();
        Self { functions, wasm }
    }

    /// The module of a seed; nothing when the generator has none for it.
    #[must_use]
    pub fn new(seed: u64) -> Option<Self> {
        let bytes = super::bytes(seed, 4096);
        let module = wasm_smith::Module::new(config(seed), &mut Unstructured::new(&bytes)).ok()?;
        Some(guest(&module.to_bytes()))
    }
}

fn config(seed: u64) -> wasm_smith::Config {
    let calls_host = seed.is_multiple_of(2);
    let host = "(module (import \"env\" \"host_mirror\" (func (param i32 i32) (result i64))))";
    wasm_smith::Config {
        available_imports: wat::parse_str(host).ok().filter(|_| calls_host),
        max_imports: if calls_host { 2 } else { 0 },
        min_funcs: 2,
        max_funcs: 10,
        max_instructions: 250,
        min_memories: 1,
        max_memories: 1,
        max_memory32_bytes: 1 << 18,
        max_tables: 1,
        max_table_elements: 100,
        table_max_size_required: true,
        max_data_segments: 2,
        canonicalize_nans: true,
        // WebAssembly 1.0 with mutable globals: what every engine runs.
        bulk_memory_enabled: false,
        reference_types_enabled: false,
        multi_value_enabled: false,
        saturating_float_to_int_enabled: false,
        sign_extension_ops_enabled: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        extended_const_enabled: false,
        custom_page_sizes_enabled: false,
        ..Default::default()
    }
}

/// The module with the ABI's exports, and an entry point for each of its functions.
fn guest(wasm: &[u8]) -> Random {
    let mut wrapper = Wrapper::default();
    for payload in Parser::new(0).parse_all(wasm).flatten() {
        wrapper.look_at(payload);
    }
    let mut module = Module::new();
    wrapper.parse_core_module(&mut module, Parser::new(0), wasm).expect("the generator's modules are valid");
    let arity = |function: &u32| wrapper.types[*function as usize].params().len();
    let names = wrapper.functions[wrapper.imported..].iter().enumerate();
    let functions = names.map(|(at, ty)| (entry(at), arity(ty))).collect();
    Random { wasm: module.finish(), functions }
}

fn entry(at: usize) -> String {
    format!("{ENTRY}{at}")
}

#[derive(Default)]
struct Wrapper {
    types: Vec<FuncType>,
    functions: Vec<u32>,
    imported: usize,
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

    /// The types of mailbox, allocator and entry points, behind the module's own.
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
        code.function(&mailbox_function());
        let mut none = Function::new([]);
        none.instruction(&Instruction::I32Const(0)).instruction(&Instruction::End);
        code.function(&none);
        for at in 0..self.defined().len() {
            code.function(&self.entry_point(at));
        }
    }

    /// Reads its arguments from the request, and writes the result's bits into the reply.
    fn entry_point(&self, at: usize) -> Function {
        let ty = &self.types[self.defined()[at] as usize];
        let mut function = Function::new([]);
        function.instruction(&Instruction::I32Const(REPLY));
        for (index, param) in ty.params().iter().enumerate() {
            function.instruction(&Instruction::LocalGet(0));
            function.instruction(&load(*param, Header::LEN as u32 + VALUE * index as u32));
        }
        function.instruction(&Instruction::Call((self.imported + at) as u32));
        let payload = Header::LEN as u32;
        match ty.results() {
            [result] => function.instruction(&store(*result, payload)),
            _ => function.instruction(&Instruction::Drop),
        };
        for (offset, word) in [(0, REPLY_WORD), (4, VALUE as i32), (8, 0)] {
            function.instruction(&Instruction::I32Const(REPLY));
            function.instruction(&Instruction::I32Const(word));
            function.instruction(&Instruction::I32Store(place(offset)));
        }
        let packed = i64::from(REPLY) << 32 | (Header::LEN as i64 + i64::from(VALUE));
        function.instruction(&Instruction::I64Const(packed)).instruction(&Instruction::End);
        function
    }
}

/// Writes the guest's words of the mailbox, and says where it is.
fn mailbox_function() -> Function {
    let mut function = Function::new([]);
    let words = [
        (mailbox::WINDOW_PTR, WINDOW),
        (mailbox::WINDOW_LEN, WINDOW_LEN),
        (mailbox::ROOM_PTR, ROOM),
        (mailbox::ROOM_LEN, ROOM_LEN),
        (mailbox::GUEST_FEATURES, mailbox::FEATURE_TRUSTED as i32),
    ];
    for (at, word) in words {
        function.instruction(&Instruction::I32Const(MAILBOX));
        function.instruction(&Instruction::I32Const(word));
        function.instruction(&Instruction::I32Store(place(at as u32)));
    }
    function.instruction(&Instruction::I32Const(MAILBOX)).instruction(&Instruction::End);
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
