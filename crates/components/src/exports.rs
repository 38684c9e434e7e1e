//! Functions of a component that is compiled, and their calls.

use crate::error::CallError;
use crate::found::{Callable, Found, find};
use crate::lift;
use crate::unfit::Refused;
use aingle_wasm_codec::ValueError;
use aingle_wasm_values::Function;
use aingle_wasm_wasi::{ComponentCall, Error, ErrorKind, Grants, Program, RunOptions, Usage};

/// Functions of a component, in the order of their names: of the world by name, of an interface as `interface#function`, with the
/// interface's version if it has one.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    /// Those that can be called, with their names and types.
    pub callable: Vec<Function>,
    /// Those that cannot be called, and why.
    pub refused: Vec<Refused>,
}

/// Result of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedBytes {
    /// The result, as [`Function::decode_reply`] reads it.
    pub result: Vec<u8>,
    /// What the call used, start functions included.
    pub usage: Usage,
}

/// What a component exports: its functions with their types, read once. A core module has none.
pub struct Exports(Found);

impl Exports {
    /// Reads the exports of a program. Does not start it.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        Self(program.component().map(find).unwrap_or_default())
    }

    /// Returns the functions, with their types.
    #[must_use]
    pub fn functions(&self) -> Functions {
        Functions {
            callable: self.0.callable.values().map(|callable| callable.function.clone()).collect(),
            refused: self.0.all_refused().collect(),
        }
    }

    /// Returns why a function cannot be called, if there is one of this name that cannot.
    #[must_use]
    pub fn refused(&self, name: &str) -> Option<&Refused> {
        self.0.refused.get(name)
    }

    /// Calls a function of a new instance of `program`, which these are the exports of. The arguments are those that
    /// [`Function::encode_arguments`] of one of [`Exports::functions`] returns. Blocks as [`Program::run`] does.
    ///
    /// # Errors
    /// [`CallError::Uncallable`] when its types are no values; [`ErrorKind::NoFunction`] when there is no such function;
    /// [`ErrorKind::Arguments`] when the bytes are other arguments; [`ErrorKind::Exited`] when the program exits; and as
    /// [`Program::run_with`].
    pub fn call(
        &self,
        program: &Program,
        name: &str,
        args: &[u8],
        grants: &Grants,
        options: &RunOptions,
    ) -> Result<ReturnedBytes, CallError> {
        let callable = self.callable(name)?;
        let Callable { function, index, results, room, .. } = callable;
        let args = callable.arguments(args).map_err(|error| unfit(function, &error))?;
        let call = ComponentCall { function: index, name, args: &args, results: *results, room: *room };
        let returned = program.call_component(&call, grants, options)?;
        let result = lift::result(returned.vals.first(), function.result());
        let result = result.map_err(|error| ErrorKind::Invalid { reason: error.to_string() })?;
        Ok(ReturnedBytes { result, usage: returned.usage })
    }

    fn callable(&self, name: &str) -> Result<&Callable, CallError> {
        if let Some(refused) = self.refused(name) {
            return Err(CallError::Uncallable(refused.clone()));
        }
        let callable = self.0.callable.get(name);
        callable.ok_or_else(|| ErrorKind::NoFunction { name: name.into() }.into())
    }
}

/// Returns the error of bytes that are other arguments.
fn unfit(function: &Function, error: &ValueError) -> Error {
    let expected = match error {
        ValueError::DecodedTooLarge { limit } => {
            format!("{function} with values that take at most {limit} bytes")
        }
        _ => function.to_string(),
    };
    ErrorKind::Arguments { name: function.name().into(), expected }.into()
}
