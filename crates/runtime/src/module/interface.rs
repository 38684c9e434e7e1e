//! What a module offers to callers.

use super::command::SIGNATURE;
#[cfg(feature = "wasi")]
use super::command::START;
use super::info::FunctionKind;
use crate::broken::Break;
use crate::error::{ErrorKind, RuntimeError};
use aingle_wasm_host::WasmModule;
use aingle_wasm_module::Module;
use aingle_wasm_types::description::{Form, Kind};
use aingle_wasm_types::names;
use aingle_wasm_values::{Function, PlainFunction, Type};
use std::collections::{BTreeMap, HashMap};

/// A function that can be called.
#[derive(Debug, Clone)]
pub(crate) enum Export {
    /// By the types that the module describes, of this hash. The result is there once more, for descriptions.
    Typed {
        function: Function,
        hash: u64,
        #[cfg_attr(not(feature = "service"), expect(dead_code, reason = "only the service describes types"))]
        result: Option<Type>,
    },
    /// By the types that a component has.
    #[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "made for components alone"))]
    Component(Function),
    /// With bytes.
    Bytes,
    /// With WebAssembly's numbers.
    Plain(PlainFunction),
    /// From a program's start to its end, with texts.
    #[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "made for programs of WASI alone"))]
    Command,
}

/// The functions of a module by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interface {
    exports: BTreeMap<String, Export>,
}

impl Interface {
    /// Reads what a guest says of its functions.
    ///
    /// # Errors
    /// [`ErrorKind::Description`] when the types of one cannot be read.
    pub(crate) fn of_guest(module: &WasmModule) -> Result<Self, RuntimeError> {
        let names = module.signatures();
        let mut exports: BTreeMap<String, Export> =
            names.into_iter().map(|signature| (name_of(&signature).into(), Export::Bytes)).collect();
        let records = module.records().filter(|record| record.kind == Kind::Export);
        for record in records.filter(|record| record.form == Form::Typed) {
            let Some(export) = exports.get_mut(record.name) else { continue };
            let function = Function::from_record(&record)
                .map_err(|error| ErrorKind::Description { name: record.name.into(), error })?;
            *export = Export::Typed { function, hash: record.hash, result: record.result.parse().ok() };
        }
        Ok(Self { exports })
    }

    /// Finds the functions of numbers of a module that speaks no ABI, except `_initialize`, which is run at the start.
    ///
    /// # Errors
    /// [`ErrorKind::NoText`] for one that is named among those that return text, and does not return an `i32`, or has no memory.
    pub(crate) fn of_plain(view: Module<'_>, texts: &[String]) -> Result<Self, RuntimeError> {
        let memory = view.has_export(names::MEMORY);
        let mut found = Self::of_numbers(view);
        for (name, export) in &mut found.exports {
            let Export::Plain(function) = export else { continue };
            let named = texts.iter().any(|text| text == name);
            if !named && !texts.iter().any(|pattern| matches(pattern, name)) {
                continue;
            }
            match function.clone().with_text().filter(|_| memory) {
                Some(text) => *function = text,
                // A pattern may be wider than what it is for.
                None if named => return Err(ErrorKind::NoText { signature: function.to_string() }.into()),
                None => {}
            }
        }
        Ok(found)
    }

    /// Finds the functions of numbers of a module.
    fn of_numbers(view: Module<'_>) -> Self {
        let mut locals: HashMap<u32, Vec<(u32, &str)>> = HashMap::new();
        for (function, local, name) in view.local_names() {
            locals.entry(function).or_default().push((local, name));
        }
        let types: Vec<_> = view.types().collect();
        let functions: Vec<u32> =
            view.imports().filter_map(|import| import.ty).chain(view.functions()).collect();
        let exports = view.exports().filter(|export| export.name != names::INITIALIZE);
        let exports = exports.filter_map(|export| {
            let types = types.get(*functions.get(export.function as usize)? as usize)?;
            let names = locals.get(&export.function).into_iter().flatten().copied();
            let function = PlainFunction::of_types(export.name, names, *types)?;
            Some((export.name.to_owned(), Export::Plain(function)))
        });
        Self { exports: exports.collect() }
    }

    /// Finds what a program of WASI offers: its functions of numbers, or those of a component, and that it can be run.
    #[cfg(feature = "wasi")]
    pub(crate) fn of_wasi(wasm: &[u8], functions: Vec<Function>, is_command: bool) -> Self {
        // A component is none that can be parsed, and has no functions of numbers.
        let mut found = Module::parse(wasm).map(Self::of_numbers).unwrap_or_default();
        let functions = functions.into_iter();
        found.exports.extend(functions.map(|function| (function.name().into(), Export::Component(function))));
        if is_command {
            found.exports.insert(START.into(), Export::Command);
        }
        found
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Export> {
        self.exports.get(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Export)> {
        self.exports.iter().map(|(name, export)| (name.as_str(), export))
    }

    /// Every function in words, sorted by name.
    pub(crate) fn signatures(&self) -> Vec<String> {
        self.iter().map(|(name, export)| export.signature(name)).collect()
    }

    /// What callers of this module would miss in another one, in the order of names.
    pub(crate) fn breaks(&self, other: &Self) -> Vec<Break> {
        let broken = self.iter().filter_map(|(name, export)| match other.get(name) {
            None => Some(Break::Removed { signature: export.signature(name) }),
            Some(new) if new.is_as(export) => None,
            Some(new) => Some(Break::Changed { from: export.signature(name), to: new.signature(name) }),
        });
        broken.collect()
    }

    /// What another module has and this one has not, in words.
    pub(crate) fn added(&self, other: &Self) -> Vec<String> {
        let added = other.iter().filter(|(name, _)| self.get(name).is_none());
        added.map(|(name, export)| export.signature(name)).collect()
    }
}

impl Export {
    pub(crate) fn signature(&self, name: &str) -> String {
        match self {
            Self::Typed { function, .. } | Self::Component(function) => function.to_string(),
            Self::Bytes => format!("{name}(bytes) -> bytes"),
            Self::Plain(function) => function.to_string(),
            Self::Command => SIGNATURE.into(),
        }
    }

    /// Whether the number that it returns is the address of a text.
    pub(crate) fn returns_text(&self) -> bool {
        matches!(self, Self::Plain(function) if function.returns_text())
    }

    pub(crate) fn kind(&self) -> FunctionKind {
        match self {
            Self::Typed { .. } | Self::Component(_) => FunctionKind::Typed,
            Self::Bytes => FunctionKind::Bytes,
            Self::Plain(_) => FunctionKind::Plain,
            Self::Command => FunctionKind::Command,
        }
    }

    /// Whether callers can take the one for the other. Arguments can be passed by name, so names count.
    fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Typed { function, hash, .. }, Self::Typed { function: others, hash: others_hash, .. }) => {
                let names = |function: &Function| {
                    function.params().iter().map(|param| param.name.clone()).collect::<Vec<_>>()
                };
                hash == others_hash && names(function) == names(others)
            }
            (Self::Component(function), Self::Component(other)) => function == other,
            (Self::Bytes, Self::Bytes) | (Self::Command, Self::Command) => true,
            (Self::Plain(function), Self::Plain(other)) => function == other,
            _ => false,
        }
    }
}

/// Whether a name is as a pattern has it, in which `*` is any letters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(begin) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = name.find(part) else { return false };
        name = &name[at + part.len()..];
    }
    name.ends_with(end)
}

/// The name in a signature of [`WasmModule::signatures`].
fn name_of(signature: &str) -> &str {
    signature.split_once('(').map_or(signature, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_names() {
        for (pattern, name, is) in [
            ("greet", "greet", true),
            ("greet", "greet_all", false),
            ("get_*", "get_name", true),
            ("get_*", "get_", true),
            ("get_*", "forget_it", false),
            ("*_str", "name_str", true),
            ("*_str", "name_string", false),
            ("*", "anything", true),
            ("a*b*c", "a1b2bc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, name), is, "{pattern} {name}");
        }
    }
}
