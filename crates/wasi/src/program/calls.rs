//! Calls of exported functions, without a run from the entry.

use super::{Kind, Program, returned};
use crate::component::{ComponentCall, Joined};
use crate::error::{Error, ErrorKind};
use crate::grants::Grants;
use crate::options::RunOptions;
use crate::preview1;
use crate::usage::{Returned, ReturnedVals};
use crate::value::Value;
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
        let (finished, usage) = self.in_core(grants, options, guest)?;
        Ok(Returned { results: returned(finished, usage)?, usage })
    }

    /// Calls an exported function of a component, of a new instance. Blocks as [`Program::run`] does.
    ///
    /// # Errors
    /// [`ErrorKind::Trap`] when it is no function of this component, or the arguments are of other types; [`ErrorKind::Exited`] when the program exits; and as [`Program::run_with`].
    pub fn call_component(
        &self,
        call: &ComponentCall<'_>,
        grants: &Grants,
        options: &RunOptions,
    ) -> Result<ReturnedVals, Error> {
        let guest = async |joined: &Joined, store: &mut _| joined.call(store, call).await;
        let (finished, usage) = self.in_component(grants, options, guest)?;
        Ok(ReturnedVals { vals: returned(finished, usage)?, usage })
    }
}
