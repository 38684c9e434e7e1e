//! What a module is and needs.

use crate::engines::ENGINES;
use crate::failure::{Failure, Kind, Outcome};
use crate::report::Report;
use aingle_wasm_host_core::abi::{Signature, check_imports, entry, exported};
use aingle_wasm_module::{Described, Foreign, Module};
use aingle_wasm_types::description::{self, Record};
use aingle_wasm_types::metering::{Carried, DEFAULT_DEPTH, DEPTH_BYTES};
use aingle_wasm_types::names;
use serde_json::{Value, json};
use wasmparser::{DataKind, Operator, Parser, Payload};

/// What is said where a module uses more than the engines of devices have.
pub const TARGET: &str = "Build guests for `wasm32v1-none`";

/// What a module is and needs.
pub struct ModuleInfo<'m> {
    module: Module<'m>,
    /// The version of the ABI; `None` for an older guest.
    pub abi: Option<u32>,
    /// Bytes of linear memory at the start.
    pub memory: u32,
    /// Bytes that its data takes of that: no device gives it less.
    pub least_memory: u32,
    /// What the module says of its limits, if it carries any.
    pub limits: Option<Carried>,
    /// The engines, and why each does not run the module.
    pub engines: Vec<(&'static str, Option<String>)>,
}

impl<'m> ModuleInfo<'m> {
    /// Reads a module, and checks that it is a guest that some engine runs.
    ///
    /// # Errors
    /// [`Kind::Input`] for what is no module, [`Kind::Refused`] for one that is no guest, or that no engine runs.
    pub fn of(wasm: &'m [u8]) -> Outcome<Self> {
        let module = Module::parse(wasm).map_err(|error| {
            let advice =
                error.foreign().map_or_else(String::new, |foreign| format!("; {}", foreign.advice()));
            Failure::new(Kind::Input, format!("{error}{advice}"))
        })?;
        let engines = engines(wasm);
        if let Some((_, Some(reason))) =
            engines.last().filter(|_| engines.iter().all(|(_, reason)| reason.is_some()))
        {
            return Err(Failure::new(
                Kind::Refused,
                format!("no engine runs the module: {reason}. {TARGET}"),
            ));
        }
        check_guest(module)?;
        Ok(Self {
            module,
            abi: module.abi_version(),
            memory: memory(wasm),
            least_memory: least_memory(wasm),
            limits: module.limits(),
            engines,
        })
    }

    /// Checks that the module exports an entry point.
    ///
    /// # Errors
    /// [`Kind::Refused`].
    pub fn check_entry(&self, name: &str) -> Outcome<()> {
        entry(self.module, name).map(drop).map_err(|error| {
            let names: Vec<&str> = entry_points(self.module).collect();
            let has = if names.is_empty() { "none".into() } else { names.join(", ") };
            Failure::new(Kind::Refused, format!("entry point `{name}`: {error}. The module has: {has}"))
        })
    }

    /// Returns the stack that the module needs at a depth, in bytes, if it carries limits.
    #[must_use]
    pub fn stack(&self, depth: Option<u32>) -> Option<u32> {
        let units = depth.unwrap_or(DEFAULT_DEPTH).checked_add(self.limits?.fixed_depth)?;
        units.checked_mul(DEPTH_BYTES)
    }

    /// Adds what the module is and needs.
    pub fn report(&self, report: &mut Report) {
        let abi = self.abi.map_or_else(|| "none: an older guest".into(), |abi| abi.to_string());
        report.add_as("module_abi", abi, self.abi);
        report.add_as("module_memory", format!("{} bytes at the start", self.memory), self.memory);
        report.add_as("module_data", format!("up to byte {} of it", self.least_memory), self.least_memory);
        let limits = match self.limits {
            Some(carried) => format!("carried, by rules of version {}", carried.rules),
            None => "none carried".into(),
        };
        report.add_as("module_limits", limits, self.limits.map(|carried| carried.rules));
        let engines = self.engines.iter().map(|(name, reason)| engine_item(name, reason.as_deref()));
        report.add_list("engines", engines.collect());
        entries(self.module, report);
    }
}

/// Returns the engines, and why each does not run a module.
pub fn engines(wasm: &[u8]) -> Vec<(&'static str, Option<String>)> {
    ENGINES.iter().map(|engine| (engine.name, engine.refuses(wasm))).collect()
}

/// Returns the engines of guests and the one of programs of WASI, and why each does not run a file.
pub fn engines_of_any(wasm: &[u8]) -> Vec<(&'static str, Option<String>)> {
    let mut all = engines(wasm);
    let wasi = match Foreign::of(wasm) {
        _ if !cfg!(feature = "wasi") => Some("this program was built without it"),
        Some(Foreign::Wasi | Foreign::Component) => None,
        _ => Some("it is no program of WASI"),
    };
    all.push(("wasi", wasi.map(String::from)));
    all
}

/// Returns whether an engine runs a module, as an item of a list.
pub fn engine_item(name: &str, reason: Option<&str>) -> (String, Value) {
    match reason {
        None => (format!("{name}: yes"), json!({ "name": name, "runs": true })),
        Some(reason) => {
            (format!("{name}: no, {reason}"), json!({ "name": name, "runs": false, "reason": reason }))
        }
    }
}

/// Adds the entry points and the imports of a module.
pub fn entries(module: Module<'_>, report: &mut Report) {
    report.add_list("exports", exports(module).map(|(name, record)| described(name, record)).collect());
    let imports = module
        .imports()
        .map(|import| described(import.name, module.record(description::Kind::Import, import.name)));
    report.add_list("imports", imports.collect());
}

/// The entry points, with what the module says of each.
fn exports(module: Module<'_>) -> impl Iterator<Item = (&str, Option<Record<'_>>)> {
    let entries = module.exports().filter(move |export| entry(module, export.name).is_ok());
    entries.map(move |export| (export.name, module.record(description::Kind::Export, export.name)))
}

/// Returns the names of the entry points.
pub fn entry_points(module: Module<'_>) -> impl Iterator<Item = &str> {
    exports(module).map(|(name, _)| name)
}

/// Checks what a device checks when it loads a module.
fn check_guest(module: Module<'_>) -> Outcome<()> {
    let refused = |error: &dyn std::fmt::Display| Failure::new(Kind::Refused, error);
    if let Some(foreign) = Foreign::of_module(module) {
        return Err(Failure::new(Kind::Refused, format!("not a guest: {foreign}")));
    }
    match module.abi_version() {
        Some(aingle_wasm_types::ABI_VERSION) => {
            exported(module, names::ABI, Signature::Address).map_err(|error| refused(&error))?;
            exported(module, names::ALLOCATE, Signature::Allocate).map_err(|error| refused(&error))?;
        }
        Some(found) => {
            let expected = aingle_wasm_types::ABI_VERSION;
            return Err(refused(&format!("ABI version {found}, expected {expected}")));
        }
        None => {
            exported(module, names::ALLOCATE, Signature::Allocate)
                .or_else(|_| exported(module, names::HC_ALLOCATE, Signature::Allocate))
                .map_err(|error| refused(&error))?;
        }
    }
    if !module.has_export(names::MEMORY) {
        return Err(refused(&"the module exports no `memory`"));
    }
    if module.has_export(names::INITIALIZE) {
        exported(module, names::INITIALIZE, Signature::Unit).map_err(|error| refused(&error))?;
    }
    for kind in [description::Kind::Export, description::Kind::Import] {
        for record in module.records().flatten().filter(|record| record.kind == kind) {
            if let Described::Twice { first, second } = module.described(kind, record.name) {
                let hashes = format!("{first:016x} and {second:016x}");
                return Err(refused(&format!("`{}` is described twice: {hashes}", record.name)));
            }
        }
    }
    check_imports(module).map_err(|error| refused(&error))
}

/// The bytes of the first memory at the start.
fn memory(wasm: &[u8]) -> u32 {
    let mut payloads = Parser::new(0).parse_all(wasm).filter_map(Result::ok);
    let ty = payloads.find_map(|payload| match payload {
        Payload::MemorySection(memories) => memories.into_iter().next()?.ok(),
        _ => None,
    });
    let bytes = ty.map_or(0, |ty| ty.initial.saturating_mul(1 << ty.page_size_log2.unwrap_or(16)));
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Where the data of a module ends.
fn least_memory(wasm: &[u8]) -> u32 {
    let payloads = Parser::new(0).parse_all(wasm).filter_map(Result::ok);
    let sections = payloads.filter_map(|payload| match payload {
        Payload::DataSection(segments) => Some(segments.into_iter().filter_map(Result::ok)),
        _ => None,
    });
    let ends = sections.flatten().filter_map(|segment| {
        let DataKind::Active { offset_expr, .. } = segment.kind else { return None };
        let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else { return None };
        (value as u32).checked_add(u32::try_from(segment.data.len()).ok()?)
    });
    ends.max().unwrap_or(0)
}

fn described(name: &str, record: Option<Record<'_>>) -> (String, Value) {
    let Some(record) = record else {
        return (format!("{name}: bytes, not described"), json!({ "name": name, "form": "undescribed" }));
    };
    match record.form {
        description::Form::Raw => (format!("{name}: bytes"), json!({ "name": name, "form": "raw" })),
        description::Form::Typed => {
            let Record { params, args, result, hash, .. } = record;
            let names = if params.is_empty() { String::new() } else { format!(" [{params}]") };
            let line = format!("{name}{args} -> {result}{names}");
            let hash = format!("{hash:016x}");
            let params: Vec<&str> = params.split(',').filter(|name| !name.is_empty()).collect();
            let value = json!({ "name": name, "form": "typed", "params": params, "args": args, "result": result, "hash": hash });
            (line, value)
        }
    }
}
