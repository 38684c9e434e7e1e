//! What any WebAssembly file has, guest or not.

use crate::failure::{Failure, Kind, Outcome};
use crate::function_names::FunctionNames;
use crate::report::Report;
use aingle_wasm_module::{Foreign, Module};
use serde_json::{Value, json};
use std::collections::HashMap;
use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

/// How many functions are listed, the largest first.
const LARGEST: usize = 10;

/// Lines for people, each with its value in JSON.
type Items = Vec<(String, Value)>;

/// What a WebAssembly file has.
#[derive(Default)]
pub struct WasmInfo<'m> {
    /// What it is, if it is no guest of the SDK.
    foreign: Option<Foreign>,
    types: Vec<FuncType>,
    /// The type of each function, imported ones included.
    functions: Vec<u32>,
    names: FunctionNames<'m>,
    /// The names of parameters and variables, by the function's index.
    locals: HashMap<u32, Vec<(u32, &'m str)>>,
    imports: Items,
    exports: Vec<(&'m str, ExternalKind, u32)>,
    others: Items,
    memories: Items,
    tables: Items,
    start: Option<u32>,
    sections: Items,
    /// Length of the body of each function of the module's own.
    bodies: Vec<usize>,
}

impl<'m> WasmInfo<'m> {
    /// Reads a file, and validates it with every feature that there is.
    ///
    /// # Errors
    /// [`Kind::Input`] for what is no WebAssembly, or not valid.
    pub fn of(wasm: &'m [u8]) -> Outcome<Self> {
        let foreign = Foreign::of(wasm);
        if !wasm.starts_with(b"\0asm") {
            let what = foreign.unwrap_or(Foreign::Unknown);
            let message = format!("not WebAssembly but {what}; {}", what.advice());
            return Err(Failure::new(Kind::Input, message));
        }
        let invalid = |error: wasmparser::Error| {
            Failure::new(Kind::Input, format!("not valid at byte {}: {}", error.offset(), error.message()))
        };
        Validator::new_with_features(WasmFeatures::all()).validate_all(wasm).map_err(invalid)?;
        let mut info = Self { foreign, ..Self::default() };
        if let Ok(module) = Module::parse(wasm) {
            info.names = FunctionNames::of(module);
            for (function, local, name) in module.local_names() {
                info.locals.entry(function).or_default().push((local, name));
            }
        }
        info.read(wasm).map_err(invalid)?;
        Ok(info)
    }

    /// Returns whether it is a guest of the SDK.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.foreign.is_none()
    }

    fn read(&mut self, wasm: &'m [u8]) -> wasmparser::Result<()> {
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            match &payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                _ => {}
            }
            // What is inside of a component's modules is theirs.
            if depth == 1 {
                self.section(&payload);
                self.payload(payload)?;
            }
        }
        Ok(())
    }

    fn section(&mut self, payload: &Payload<'m>) {
        let name = match payload {
            Payload::CustomSection(section) => format!("custom `{}`", section.name()),
            Payload::CodeSectionEntry(body) => {
                self.bodies.push(body.as_bytes().len());
                return;
            }
            payload => match payload.as_section() {
                Some((id, _)) => section_name(id, payload).to_owned(),
                None => return,
            },
        };
        let length = payload.as_section().map_or(0, |(_, range)| range.end - range.start);
        self.sections.push((format!("{name}: {length} bytes"), json!({ "name": name, "length": length })));
    }

    fn payload(&mut self, payload: Payload<'m>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.into_types() {
                        let function = match ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => ty,
                            _ => FuncType::new([], []),
                        };
                        self.types.push(function);
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    if let TypeRef::Func(ty) = import.ty {
                        self.functions.push(ty);
                    }
                    let line = format!("{}.{}: {}", import.module, import.name, self.kind(&import.ty));
                    let value = json!({ "module": import.module, "name": import.name, "type": self.kind(&import.ty) });
                    self.imports.push((line, value));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let ty = table?.ty;
                    let most = ty.maximum.map_or_else(|| "any number".into(), |most| most.to_string());
                    let line = format!("{} elements at the start, at most {most}", ty.initial);
                    self.tables.push((line, json!({ "elements": ty.initial, "maximum": ty.maximum })));
                }
            }
            Payload::MemorySection(section) => {
                for ty in section {
                    let ty = ty?;
                    let page = 1_u64 << ty.page_size_log2.unwrap_or(16);
                    let bytes = |pages: u64| pages.saturating_mul(page);
                    let most = ty.maximum.map(bytes);
                    let words = most.map_or_else(|| "no maximum".into(), |most| format!("at most {most}"));
                    let line = format!("{} bytes at the start, {words}", bytes(ty.initial));
                    self.memories.push((line, json!({ "bytes": bytes(ty.initial), "maximum": most })));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.push((export.name, export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let name = import?.name;
                    self.imports.push((name.name.into(), json!({ "name": name.name })));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let name = export?.name;
                    self.others.push((name.name.into(), json!({ "name": name.name })));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn kind(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Func(ty) => {
                self.types.get(*ty as usize).map_or_else(|| "function".into(), |ty| types(ty, &[]))
            }
            TypeRef::Table(_) => "table".into(),
            TypeRef::Memory(_) => "memory".into(),
            TypeRef::Global(global) => format!("global {}", global.content_type),
            _ => "other".into(),
        }
    }

    /// Returns what it is, in words.
    #[must_use]
    pub fn what(&self) -> String {
        self.foreign.map_or_else(|| "a guest of the SDK".into(), |foreign| foreign.to_string())
    }

    /// Adds exports, imports and memory: what a guest is told to have in other words.
    pub fn report_interface(&self, report: &mut Report) {
        let exports = self.exports.iter().map(|(name, kind, index)| self.export(name, *kind, *index));
        report.add_list("exports", exports.chain(self.others.iter().cloned()).collect());
        report.add_list("imports", self.imports.clone());
        report.add_list("memory", self.memories.clone());
    }

    fn export(&self, name: &str, kind: ExternalKind, index: u32) -> (String, Value) {
        if kind != ExternalKind::Func && kind != ExternalKind::FuncExact {
            let kind = format!("{kind:?}").to_lowercase();
            return (format!("{name}: {kind}"), json!({ "name": name, "kind": kind }));
        }
        let names = self.locals.get(&index).map_or(&[][..], Vec::as_slice);
        let ty = self.functions.get(index as usize).and_then(|ty| self.types.get(*ty as usize));
        let signature = format!("{name}{}", ty.map(|ty| types(ty, names)).unwrap_or_default());
        (signature.clone(), json!({ "name": name, "kind": "function", "signature": signature }))
    }

    /// Adds what every file has: tables, start function, sections by their length, the largest functions.
    pub fn report_contents(&self, report: &mut Report) {
        report.add_list("tables", self.tables.clone());
        if let Some(start) = self.start {
            report.add("start_function", self.names.name(start));
        }
        report.add_list("sections", self.sections.clone());
        let imported = self.functions.len() - self.bodies.len().min(self.functions.len());
        let mut functions: Vec<(usize, u32)> = self.bodies.iter().copied().zip(imported as u32..).collect();
        functions.sort_by_key(|(length, index)| (usize::MAX - length, *index));
        let largest = functions.iter().take(LARGEST).map(|(length, index)| {
            let name = self.names.name(*index);
            (format!("{name}: {length} bytes"), json!({ "name": name, "index": index, "length": length }))
        });
        report.add("functions", self.bodies.len());
        report.add_list("largest_functions", largest.collect());
    }
}

/// The types of a function, with the names of its parameters as far as they are known.
fn types(ty: &FuncType, names: &[(u32, &str)]) -> String {
    let named = |(at, ty): (usize, &ValType)| match names.iter().find(|(index, _)| *index as usize == at) {
        Some((_, name)) => format!("{name}: {ty}"),
        None => ty.to_string(),
    };
    let params: Vec<String> = ty.params().iter().enumerate().map(named).collect();
    let results: Vec<String> = ty.results().iter().map(ValType::to_string).collect();
    let result = match &results[..] {
        [one] => one.clone(),
        all => format!("({})", all.join(", ")),
    };
    format!("({}) -> {result}", params.join(", "))
}

/// The name of a section of a module, or of a component.
fn section_name(id: u8, payload: &Payload<'_>) -> &'static str {
    const MODULE: [&str; 14] = [
        "custom",
        "type",
        "import",
        "function",
        "table",
        "memory",
        "global",
        "export",
        "start",
        "element",
        "code",
        "data",
        "data count",
        "tag",
    ];
    match payload {
        Payload::ModuleSection { .. } => "core module",
        Payload::ComponentSection { .. } => "component",
        Payload::ComponentImportSection(_) => "component import",
        Payload::ComponentExportSection(_) => "component export",
        Payload::ComponentTypeSection(_) => "component type",
        Payload::ComponentCanonicalSection(_) => "canonical function",
        Payload::ComponentAliasSection(_) => "alias",
        Payload::InstanceSection(_) | Payload::ComponentInstanceSection(_) => "instance",
        Payload::CoreTypeSection(_) => "core type",
        _ => MODULE.get(usize::from(id)).copied().unwrap_or("unknown"),
    }
}
