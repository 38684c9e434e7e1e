//! A module as the translator needs it: validated, and without what cannot be translated.

use crate::error::AotError;
use crate::globals::{Global, Globals};
use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, Operator, Parser,
    Payload, TypeRef, Validator, WasmFeatures,
};

/// What is translated: WebAssembly 1.0, and of later features these.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::GC_TYPES);

/// A module that can be translated.
pub struct Module<'m> {
    pub types: Vec<FuncType>,
    /// The imported functions: module, name, and the index of the type.
    pub imports: Vec<(&'m str, &'m str, u32)>,
    /// The type of each function, imports included.
    pub functions: Vec<u32>,
    pub bodies: Vec<FunctionBody<'m>>,
    /// The constant table: the function of each element.
    pub table: Vec<Option<u32>>,
    /// The size of the memory, in pages of 64 KiB.
    pub pages: u32,
    pub globals: Globals,
    /// Exported functions by name, in the module's order.
    pub exports: Vec<(&'m str, u32)>,
    pub exported_globals: Vec<(&'m str, u32)>,
    pub start: Option<u32>,
    /// The segments of data: address and bytes.
    pub data: Vec<(u32, &'m [u8])>,
}

impl<'m> Module<'m> {
    /// Reads and validates a module.
    ///
    /// # Errors
    /// [`AotError::Invalid`] and [`AotError::Unsupported`].
    pub fn read(wasm: &'m [u8]) -> Result<Self, AotError> {
        validate(wasm)?;
        let mut module = Self {
            types: Vec::new(),
            imports: Vec::new(),
            functions: Vec::new(),
            bodies: Vec::new(),
            table: Vec::new(),
            pages: 0,
            globals: Globals::default(),
            exports: Vec::new(),
            exported_globals: Vec::new(),
            start: None,
            data: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(wasm) {
            module.take(payload?)?;
        }
        Ok(module)
    }

    /// The type of a function.
    pub fn function_type(&self, function: u32) -> &FuncType {
        &self.types[self.functions[function as usize] as usize]
    }

    /// The first type that is equal to this one.
    pub fn canonical_type(&self, ty: u32) -> u32 {
        let wanted = &self.types[ty as usize];
        self.types.iter().position(|one| one == wanted).map_or(ty, |at| at as u32)
    }

    /// The size of the memory, in bytes: what was asked for, or all that the module starts with.
    ///
    /// # Errors
    /// [`AotError::Memory`] if more was asked for than that.
    pub fn memory(&self, asked: Option<u32>) -> Result<u32, AotError> {
        let expected = u64::from(self.pages) * 65_536;
        let found = asked.unwrap_or(u32::try_from(expected).unwrap_or(u32::MAX));
        let fits = u64::from(found) <= expected;
        fits.then_some(found).ok_or(AotError::Memory { expected, found })
    }

    /// The segments of data, all of which fit into this much memory.
    ///
    /// # Errors
    /// [`AotError::Segment`] for the first that does not.
    pub fn data_in(&self, memory: u32) -> Result<&[(u32, &'m [u8])], AotError> {
        for (index, (address, bytes)) in self.data.iter().enumerate() {
            let found = u64::from(*address) + bytes.len() as u64;
            if found > u64::from(memory) {
                return Err(AotError::Segment { index: index as u32, expected: memory, found });
            }
        }
        Ok(&self.data)
    }

    /// How many functions are imported.
    pub fn imported(&self) -> u32 {
        self.imports.len() as u32
    }

    /// The functions that a call through the table can reach, with this type: the element, and the function.
    pub fn elements(&self, ty: u32) -> impl Iterator<Item = (usize, u32)> + '_ {
        let wanted = &self.types[ty as usize];
        let all = self.table.iter().enumerate();
        let all = all.filter_map(|(at, function)| function.map(|function| (at, function)));
        all.filter(move |(_, function)| self.function_type(*function) == wanted)
    }

    fn take(&mut self, payload: Payload<'m>) -> Result<(), AotError> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports_with_offsets() {
                    let (offset, import) = import?;
                    let feature = match import.ty {
                        TypeRef::Func(ty) => {
                            self.imports.push((import.module, import.name, ty));
                            self.functions.push(ty);
                            continue;
                        }
                        TypeRef::Memory(_) => "an imported memory",
                        TypeRef::Table(_) => "an imported table",
                        TypeRef::Global(_) => "an imported global",
                        _ => "this kind of import",
                    };
                    return Err(outside(feature, offset));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for (index, table) in section.into_iter().enumerate() {
                    let table = table?;
                    if index > 0 {
                        return Err(outside("a second table", 0));
                    }
                    if table.ty.initial > MAX_TABLE {
                        return Err(outside("a table of more than 65536 elements", 0));
                    }
                    self.table = vec![None; table.ty.initial as usize];
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.pages = u32::try_from(memory?.initial).unwrap_or(u32::MAX);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.into_iter_with_offsets() {
                    let (offset, global) = global?;
                    let bits = constant(&global.init_expr, &self.globals)
                        .ok_or(outside("a global that is a reference or computed", offset))?;
                    let (ty, mutable) = (global.ty.content_type, global.ty.mutable);
                    self.globals.push(Global { ty, mutable, bits, place: None });
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    match export.kind {
                        ExternalKind::Func => self.exports.push((export.name, export.index)),
                        ExternalKind::Global => self.exported_globals.push((export.name, export.index)),
                        _ => {}
                    }
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    self.take_elements(&element?)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => {
                for data in section {
                    let data = data?;
                    let DataKind::Active { offset_expr, .. } = data.kind else {
                        return Err(outside("a passive segment of data", data.range.start));
                    };
                    let address = constant(&offset_expr, &self.globals)
                        .ok_or(outside("a computed place of data", data.range.start))?;
                    self.data.push((address as u32, data.data));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_elements(&mut self, element: &wasmparser::Element<'m>) -> Result<(), AotError> {
        let offset = element.range.start;
        let ElementKind::Active { offset_expr, .. } = &element.kind else {
            // Declared elements are for `ref.func`, which is refused where it is used.
            let declared = matches!(element.kind, ElementKind::Declared);
            return if declared { Ok(()) } else { Err(outside("a passive segment of elements", offset)) };
        };
        let at =
            constant(offset_expr, &self.globals).ok_or(outside("a computed place of elements", offset))?;
        let ElementItems::Functions(functions) = &element.items else {
            return Err(outside("a segment of element expressions", offset));
        };
        for (index, function) in functions.clone().into_iter().enumerate() {
            let place = (at as u32 as usize).checked_add(index).and_then(|at| self.table.get_mut(at));
            *place.ok_or(outside("a segment of elements outside the table", offset))? = Some(function?);
        }
        Ok(())
    }
}

/// The most elements of a table. Each becomes an arm of a `match`.
const MAX_TABLE: u64 = 65_536;

fn outside(feature: &'static str, offset: u64) -> AotError {
    AotError::Unsupported { feature, function: None, offset }
}

/// The bits of a constant expression that is one constant, or an earlier global.
fn constant(expr: &ConstExpr<'_>, globals: &Globals) -> Option<u64> {
    let mut reader = expr.get_operators_reader();
    let bits = match reader.read().ok()? {
        Operator::I32Const { value } => u64::from(value.cast_unsigned()),
        Operator::I64Const { value } => value.cast_unsigned(),
        Operator::F32Const { value } => u64::from(value.bits()),
        Operator::F64Const { value } => value.bits(),
        Operator::GlobalGet { global_index } => {
            globals.get(global_index).filter(|global| !global.mutable)?.bits
        }
        _ => return None,
    };
    matches!(reader.read(), Ok(Operator::End)).then_some(bits)
}

/// Validates a module, and names what a valid one has that is not translated.
fn validate(wasm: &[u8]) -> Result<(), AotError> {
    let Err(error) = Validator::new_with_features(FEATURES).validate_all(wasm) else { return Ok(()) };
    for (feature, flags) in LATER {
        if Validator::new_with_features(FEATURES.union(*flags)).validate_all(wasm).is_ok() {
            return Err(outside(feature, error.offset()));
        }
    }
    if Validator::new_with_features(WasmFeatures::all()).validate_all(wasm).is_ok() {
        return Err(outside("a later feature of WebAssembly", error.offset()));
    }
    Err(error.into())
}

/// Features that are known and not translated.
const LATER: &[(&str, WasmFeatures)] = &[
    ("SIMD", WasmFeatures::SIMD),
    ("threads", WasmFeatures::THREADS),
    ("64-bit memory", WasmFeatures::MEMORY64),
    ("several memories", WasmFeatures::MULTI_MEMORY),
    ("tail calls", WasmFeatures::TAIL_CALL),
    ("extended constant expressions", WasmFeatures::EXTENDED_CONST),
    ("exception handling", WasmFeatures::EXCEPTIONS),
    ("a page size other than 64 KiB", WasmFeatures::CUSTOM_PAGE_SIZES),
    ("typed function references", WasmFeatures::FUNCTION_REFERENCES),
];
