//! The functions that a host offers, by name.

use super::fault::HostFault;
use super::response::Response;
use crate::abi::{Lookup, check_import};
use crate::args::Args;
use crate::error::{Error, RegistrationError};
use aingle_wasm_codec::Data;
use aingle_wasm_codec::schema::signature_hash;
use aingle_wasm_module::Described;
use aingle_wasm_types::{Level, Name, names};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use serde::de::DeserializeOwned;

type RawFn<S> = dyn Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync;
type LogFn<S> = dyn Fn(&mut S, Level, &str) + Send + Sync;

/// The functions that a host offers to its guests, by name.
pub struct HostFunctions<S> {
    pub(super) functions: Vec<HostFunction<S>>,
    /// The places of all functions, in the order of their names.
    by_name: Vec<u32>,
    pub(super) log: Option<Box<LogFn<S>>>,
}

pub(super) struct HostFunction<S> {
    pub(super) name: String,
    /// The hash of the types of a typed function.
    hash: Option<u64>,
    pub(super) run: Box<RawFn<S>>,
}

impl<S> Default for HostFunctions<S> {
    fn default() -> Self {
        Self { functions: Vec::new(), by_name: Vec::new(), log: None }
    }
}

impl<S> HostFunctions<S> {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a typed function: a closure of the state and the arguments, with the types of all of them written out.
    /// The arguments own their data: `String`, not `&str`. An `Err` that it returns reaches the guest as a value. A guest that imports it must say in its description that it calls it with
    /// these types: else it does not start.
    ///
    /// # Errors
    /// [`Error::Registration`] when the name is taken, reserved or longer than 31 bytes.
    pub fn register<A, R, F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: HostFn<S, A, R>,
        A: Args + DeserializeOwned,
        R: Data,
    {
        let run = move |state: &mut S, request: &[u8], response: &mut Response<'_>| {
            let args = response.arguments.read(request)?;
            response.typed(&function.call(state, args))
        };
        self.add(name, Some(signature_hash(A::TYPES, R::TYPE)), Box::new(run))
    }

    /// Offers a function on bytes, which writes its answer into the [`Response`]. It may serve a typed
    /// import too, whose bytes are postcard. It is the only kind for guests that describe nothing, such as older
    /// ones.
    ///
    /// # Errors
    /// As [`HostFunctions::register`].
    pub fn register_raw<F>(&mut self, name: &str, function: F) -> Result<(), Error>
    where
        F: Fn(&mut S, &[u8], &mut Response<'_>) -> Result<(), HostFault> + Send + Sync + 'static,
    {
        self.add(name, None, Box::new(function))
    }

    /// Takes the guest's log lines. What is longer than 64 KiB is cut, and says so.
    pub fn on_log(&mut self, log: impl Fn(&mut S, Level, &str) + Send + Sync + 'static) {
        self.log = Some(Box::new(log));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    fn add(&mut self, name: &str, hash: Option<u64>, run: Box<RawFn<S>>) -> Result<(), Error> {
        let place = self.find(name);
        let taken = place.is_ok().then_some(RegistrationError::Taken);
        if let Some(reason) = taken.or_else(|| RegistrationError::of_name(name)) {
            return Err(Error::Registration { name: Name::new(name), reason });
        }
        let (Ok(place) | Err(place)) = place;
        reserve_one(&mut self.by_name);
        self.by_name.insert(place, self.functions.len() as u32);
        reserve_one(&mut self.functions);
        self.functions.push(HostFunction { name: name.into(), hash, run });
        Ok(())
    }

    /// Returns the index of a function in [`Self::by_name`], or the index at which to insert it.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.by_name.binary_search_by(|&at| self.functions[at as usize].name.as_str().cmp(name))
    }

    /// What every host function import of the module means, in their order.
    pub(crate) fn link(&self, module: &Lookup<'_>) -> Result<Vec<Target>, Error> {
        let mut targets = Vec::new();
        module.each_import(|name, described| {
            reserve_one(&mut targets);
            targets.push(self.target(name, described)?);
            Ok(())
        })?;
        Ok(targets)
    }

    fn target(&self, name: &str, described: Described) -> Result<Target, Error> {
        match name {
            names::FETCH => return Ok(Target::Fetch),
            names::LOG => return Ok(Target::Log),
            _ => {}
        }
        let place = self.find(name).map_err(|_| Error::MissingImport(Name::new(name)))?;
        let at = self.by_name[place] as usize;
        check_import(described, name, self.functions[at].hash)?;
        Ok(Target::Function(at))
    }
}

/// Makes room for one more, and doubles the room if there is none: a list that begins with room for four takes RAM for what most
/// devices do not have.
fn reserve_one<T>(list: &mut Vec<T>) {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len().max(1));
    }
}

/// A closure that can be a host function: of the state and up to twelve arguments.
#[diagnostic::on_unimplemented(
    message = "this cannot be a host function for a state of type `{S}`",
    label = "expected a function of `&mut {S}` and up to twelve arguments",
    note = "write the types of all arguments, that of the state too: `|state: &mut {S}, id: u8| …`",
    note = "what a closure captures must be `Send + Sync + 'static`"
)]
pub trait HostFn<S, A, R>: Send + Sync + 'static {
    /// Runs it.
    fn call(&self, state: &mut S, args: A) -> R;
}

macro_rules! host_fn {
    ($(($($T:ident $arg:ident),*))*) => {$(
        impl<S, R, F, $($T),*> HostFn<S, ($($T,)*), R> for F
        where
            F: Fn(&mut S, $($T),*) -> R + Send + Sync + 'static,
        {
            fn call(&self, state: &mut S, ($($arg,)*): ($($T,)*)) -> R {
                self(state, $($arg),*)
            }
        }
    )*};
}

host_fn! {
    () (A a) (A a, B b) (A a, B b, C c) (A a, B b, C c, D d) (A a, B b, C c, D d, E e)
    (A a, B b, C c, D d, E e, F1 f) (A a, B b, C c, D d, E e, F1 f, G g)
    (A a, B b, C c, D d, E e, F1 f, G g, H h) (A a, B b, C c, D d, E e, F1 f, G g, H h, I i)
    (A a, B b, C c, D d, E e, F1 f, G g, H h, I i, J j)
    (A a, B b, C c, D d, E e, F1 f, G g, H h, I i, J j, K k)
    (A a, B b, C c, D d, E e, F1 f, G g, H h, I i, J j, K k, L l)
}

/// What an import means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Fetch,
    Log,
    Function(usize),
}
