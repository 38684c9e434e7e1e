//! A function of a module that speaks no ABI: its arguments from JSON.

use super::arguments::{array, json_arguments, none_of};
use crate::failure::{Failure, Kind, Outcome};
use crate::run_args::RunArgs;
use aingle_wasm_module::{Export, Module};
use aingle_wasm_types::{Number, names};
use aingle_wasm_values::PlainFunction;
use serde_json::Value;

pub struct PlainEntry {
    function: PlainFunction,
}

impl PlainEntry {
    /// Finds the function of this name, or the only one, of a module that imports nothing.
    pub fn of(module: Module<'_>, name: Option<&str>) -> Outcome<Self> {
        check_imports(module)?;
        Self::find(module, name)
    }

    /// Finds the function of this name, or the only one.
    pub fn find(module: Module<'_>, name: Option<&str>) -> Outcome<Self> {
        let callable = module.exports().filter(|export| export.name != names::INITIALIZE);
        let exports: Vec<Export<'_>> = callable.collect();
        let names: Vec<&str> = exports.iter().map(|export| export.name).collect();
        let found = match (name, &exports[..]) {
            (Some(name), exports) => exports.iter().find(|export| export.name == name),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let export = found.ok_or_else(|| match name {
            Some(name) => none_of(&names, &format!("no function `{name}`")),
            None => none_of(&names, "--invoke is missing"),
        })?;
        Ok(Self { function: function(module, *export)? })
    }

    pub fn name(&self) -> &str {
        self.function.name()
    }

    /// Returns the arguments.
    pub fn arguments(&self, args: &RunArgs) -> Outcome<Vec<Number>> {
        if args.input.is_some() || args.output.is_some() {
            let message =
                format!("--input and --output are for functions of bytes, and this is `{}`", self.function);
            return Err(Failure::new(Kind::Arguments, message));
        }
        let json = match &args.args {
            Some(json) => json_arguments(json)?,
            None => array(&args.arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>())?,
        };
        let read = self.function.encode_arguments(&json);
        read.map_err(|error| Failure::new(Kind::Arguments, format!("{error}, for `{}`", self.function)))
    }
}

/// Refuses a module that imports something: there is nothing to grant it.
fn check_imports(module: Module<'_>) -> Outcome<()> {
    let imports: Vec<String> =
        module.imports().map(|import| format!("`{}.{}`", import.module, import.name)).collect();
    if imports.is_empty() {
        return Ok(());
    }
    let message =
        format!("the module imports {}, and a module without the ABI is given nothing", imports.join(", "));
    Err(Failure::new(Kind::Capability, message))
}

/// A number, or what may be meant as one: `NaN` needs no quotes here.
fn quoted(argument: &str) -> String {
    match serde_json::from_str::<&serde_json::value::RawValue>(argument) {
        Ok(_) => argument.to_owned(),
        Err(_) => Value::from(argument).to_string(),
    }
}

fn function(module: Module<'_>, export: Export<'_>) -> Outcome<PlainFunction> {
    let names = module.local_names().filter(|(function, ..)| *function == export.function);
    let names = names.map(|(_, local, name)| (local, name));
    let types = module.function_type(export.function).unwrap_or_default();
    PlainFunction::of_types(export.name, names, types).ok_or_else(|| {
        let message =
            format!("`{}` takes or returns vectors or references: numbers alone can be passed", export.name);
        Failure::new(Kind::Arguments, message)
    })
}
