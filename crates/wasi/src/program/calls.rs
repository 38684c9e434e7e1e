//! Calls of exported functions, without a run from the entry.

use super::{Kind, Program, returned};
use crate::component::Joined;
use crate::error::{Error, ErrorKind};
use crate::functions::{self, Callable, Found, Functions, Refused};
use crate::grants::Grants;
use crate::options::RunOptions;
use crate::preview1;
use crate::usage::{Returned, ReturnedBytes};
use crate::value::Value;
use aingle_wasm_codec::ValueError;
use wasmtime::ValType;

impl Program {
    /// Calls an exported function of a core module, of a new instance: after its start function and `_initialize`, and without
    /// `_start`. Blocks as [`Program::run`] does.
    ///
    /// # Errors
    /// [`ErrorKind::NoFunction`] when there is no such function, or it takes or returns anything but numbers;
    /// [`ErrorKind::Arguments`] when the arguments are of other types; [`ErrorKind::Exited`] when the program exits; and as
    /// [`Program::run_with`].
    pub fn call(
        &self,
        name: &str,
        args: &[Value],
        grants: &Grants,
        options: &RunOptions,
    ) -> Result<Returned, Error> {
        let no_function = || Error::from(ErrorKind::NoFunction { name: name.into() });
        let Kind::Core { module, .. } = &self.kind else { return Err(no_function()) };
        let ty = preview1::function(module, name).ok_or_else(no_function)?;
        if !ty.params().chain(ty.results()).all(|ty| ty.is_num()) {
            return Err(no_function());
        }
        let fits = |(arg, ty): (&Value, ValType)| arg.is_of(&ty);
        if args.len() != ty.params().len() || !args.iter().zip(ty.params()).all(fits) {
            let expected = ty.params().map(|ty| ty.to_string()).collect::<Vec<_>>().join(", ");
            return Err(ErrorKind::Arguments { name: name.into(), expected }.into());
        }
        let guest = async |pre: &_, store: &mut _| preview1::call(pre, store, name, args, &ty).await;
        let (finished, usage) = self.core(grants, options, guest)?;
        Ok(Returned { results: returned(finished, usage)?, usage })
    }

    /// Returns the functions that a component exports, with their types. A core module has none: [`Program::call`] calls its
    /// functions of numbers.
    #[must_use]
    pub fn functions(&self) -> Functions {
        self.found().map(Found::functions).unwrap_or_default()
    }

    /// Calls an exported function of a component, of a new instance. The arguments are those that
    /// [`Function::encode_arguments`](aingle_wasm_values::Function::encode_arguments) of one of [`Program::functions`] returns. Blocks
    /// as [`Program::run`] does.
    ///
    /// # Errors
    /// [`ErrorKind::NoFunction`] when there is no such function; [`ErrorKind::Uncallable`] when its types are no values;
    /// [`ErrorKind::Arguments`] when the bytes are other arguments; [`ErrorKind::Exited`] when the program exits; and as
    /// [`Program::run_with`].
    pub fn call_bytes(
        &self,
        name: &str,
        args: &[u8],
        grants: &Grants,
        options: &RunOptions,
    ) -> Result<ReturnedBytes, Error> {
        let function = self.callable(name)?;
        let expected = || function.function.to_string();
        let args = function.arguments(args).map_err(|error| {
            let expected = match error {
                ValueError::DecodedTooLarge { limit } => {
                    format!("{} with values that take at most {limit} bytes", expected())
                }
                _ => expected(),
            };
            ErrorKind::Arguments { name: name.into(), expected }
        })?;
        let guest = async |joined: &Joined, store: &mut _| {
            functions::call(&joined.component, store, function, &args).await
        };
        let (finished, usage) = self.component(grants, options, guest)?;
        Ok(ReturnedBytes { result: returned(finished, usage)?, usage })
    }

    /// Returns why a function of a component cannot be called, if it has a function of this name that cannot.
    #[must_use]
    pub fn refused(&self, name: &str) -> Option<&Refused> {
        self.found()?.refused.get(name)
    }

    fn found(&self) -> Option<&Found> {
        let Kind::Component { component, functions, .. } = &self.kind else { return None };
        Some(functions.get_or_init(|| functions::find(component)))
    }

    fn callable(&self, name: &str) -> Result<&Callable, Error> {
        let no_function = || Error::from(ErrorKind::NoFunction { name: name.into() });
        let found = self.found().ok_or_else(no_function)?;
        match found.refused.get(name) {
            Some(refused) => Err(ErrorKind::Uncallable(refused.clone()).into()),
            None => found.callable.get(name).ok_or_else(no_function),
        }
    }
}
