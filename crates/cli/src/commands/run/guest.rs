//! A function of a guest of the SDK: its arguments from JSON, and its result as JSON.

use super::super::done::Done;
use super::arguments::{array, json_arguments, none_of};
use super::request::Stopped;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::module_info::entry_points;
use crate::report::Report;
use crate::run_args::RunArgs;
use aingle_wasm_module::Module;
use aingle_wasm_types::ErrorCode;
use aingle_wasm_types::description::{Form, Kind as RecordKind};
use aingle_wasm_values::{Function, Limits, Reply, bytes_to_json};

pub struct GuestEntry {
    name: String,
    /// Its types; `None` for a function of bytes.
    function: Option<Function>,
}

impl GuestEntry {
    /// Finds the function of this name, or the only one.
    pub fn of(module: Module<'_>, name: Option<&str>) -> Outcome<Self> {
        let names: Vec<&str> = entry_points(module).collect();
        let name = match (name, &names[..]) {
            (Some(name), _) if names.contains(&name) => name,
            (None, [only]) => only,
            (Some(name), _) => return Err(none_of(&names, &format!("no function `{name}`"))),
            (None, _) => return Err(none_of(&names, "--invoke is missing")),
        };
        let record = module.record(RecordKind::Export, name).filter(|record| record.form == Form::Typed);
        let function = record.map(|record| Function::from_record(&record)).transpose();
        let function = function
            .map_err(|error| Failure::new(Kind::Input, format!("the description of `{name}`: {error}")))?;
        Ok(Self { name: name.into(), function })
    }

    /// Takes a function whose types are known.
    #[cfg(feature = "wasi")]
    pub fn typed(function: Function) -> Self {
        Self { name: function.name().into(), function: Some(function) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the bytes of the request.
    pub fn request(&self, args: &RunArgs) -> Outcome<Vec<u8>> {
        let Some(function) = &self.function else {
            if args.args.is_some() || !args.arguments.is_empty() {
                let message = format!("`{}` takes bytes: pass a file by --input", self.name);
                return Err(Failure::new(Kind::Arguments, message));
            }
            return args.input.as_ref().map_or_else(|| Ok(Vec::new()), |path| files::read(path));
        };
        if args.input.is_some() || args.output.is_some() {
            let message =
                format!("--input and --output are for functions of bytes, and this is `{function}`");
            return Err(Failure::new(Kind::Arguments, message));
        }
        let json = match &args.args {
            Some(json) => json_arguments(json)?,
            None => array(&args.arguments)?,
        };
        let encoded = function.encode_arguments(&json);
        encoded.map_err(|error| Failure::new(Kind::Arguments, format!("{error}, for `{function}`")))
    }

    /// Checks that the reply is bytes.
    fn check_bytes(&self) -> Outcome<()> {
        match &self.function {
            None => Ok(()),
            Some(function) => {
                Err(Failure::new(Kind::Arguments, format!("`{function}` does not return bytes")))
            }
        }
    }

    /// Writes the reply where it goes, or returns it as JSON.
    pub fn finish(&self, args: &RunArgs, mut facts: Report, reply: &[u8]) -> Outcome<Done> {
        if let Some(output) = &args.output {
            self.check_bytes()?;
            files::write(output, reply)?;
            facts.add("length", reply.len());
            return Ok(Done::written(facts, output));
        }
        let result = self.result(reply).map_err(|failure| failure.with_facts(facts.facts()))?;
        facts.add_json("result", result.clone());
        Ok(Done::answered(facts, result))
    }

    /// Returns the result as JSON, or the failure that the function answered with.
    pub fn result(&self, reply: &[u8]) -> Outcome<String> {
        let Some(function) = &self.function else {
            return Ok(bytes_to_json(reply));
        };
        match function.decode_reply(reply, Limits::default()) {
            Ok(Reply::Value(json)) => Ok(json),
            Ok(Reply::Error(json)) => Err(self.guest_failed(&json)),
            Err(error) => Err(Failure::new(Kind::Input, format!("the reply of `{}`: {error}", self.name))),
        }
    }

    /// Returns the failure of a call that had no reply.
    pub fn failure(&self, stopped: Stopped) -> Failure {
        let Stopped { failure, guest } = stopped;
        match (guest, &self.function) {
            (Some(guest), Some(function)) if guest.code == ErrorCode::ApplicationTyped => {
                match function.decode_reply(&guest.body, Limits::default()) {
                    Ok(Reply::Error(json)) => self.guest_failed(&json),
                    _ => failure,
                }
            }
            (Some(guest), _) if guest.code == ErrorCode::Application => {
                self.guest_failed(&bytes_to_json(&guest.body))
            }
            _ => failure,
        }
    }

    fn guest_failed(&self, json: &str) -> Failure {
        let message = format!("`{}` answered with an error: {json}", self.name);
        Failure::new(Kind::Guest, message).with_json("value", json)
    }
}
