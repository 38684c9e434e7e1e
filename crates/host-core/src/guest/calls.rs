//! What can be done with a guest.

use super::exchange::typed_error;
use super::link::Link;
use super::place::payload_range;
use super::state::{Entry, Guest, MAX_ENTRIES, Reply, State};
use crate::abi::Signature;
use crate::args::Args;
use crate::budget::Budget;
use crate::config::Config;
use crate::engine_instance::{EngineInstance, lookup};
use crate::error::Error;
use crate::func::Func;
use crate::limits::{self, Limits};
use crate::load_error::LoadError;
use crate::watch::{CancelFlag, Clock};
use aingle_wasm_codec::{Checksum, Data, Format, ValueError, schema};
use aingle_wasm_module::Module;
use aingle_wasm_types::limits::KEPT_BUFFER;
use aingle_wasm_types::metering::FREE_REPLY;
use aingle_wasm_types::{ErrorCode, Flags, Header, Version};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use serde::de::DeserializeOwned;

impl<E: EngineInstance> Guest<E> {
    /// Takes an engine that has loaded its module.
    ///
    /// # Errors
    /// [`Error::Module`], [`Error::AbiVersion`], [`Error::MissingExport`] or
    /// [`Error::ExportSignature`] when the module is no guest at all, or [`Error::ImportSignature`].
    pub fn new(engine: E, config: Config) -> Result<Self, Error> {
        // An index was made of a module that had been read.
        if engine.index().is_none() {
            Module::parse(engine.wasm())?;
        }
        let facts = lookup(&engine).facts()?;
        let fingerprint = engine.fingerprint();
        Ok(Self {
            facts,
            limits: Limits::of(&engine),
            engine,
            fast_path_len: config.max_payload.min(FREE_REPLY) + Header::LEN as u32,
            config,
            state: State::Loaded,
            fingerprint,
            link: Link::Unknown,
            format: Format { version: Version::V1, checksum: Checksum::Crc32 },
            entries: Vec::new(),
            oldest: 0,
            error_body: 0..0,
            reply: Reply::InGuest(0..0),
            scratch: Vec::new(),
        })
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Returns the engine, for changes. The guest does not see calls that go around it.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// The engine, without the guest.
    pub fn into_engine(self) -> E {
        self.engine
    }

    /// The state that host functions work on.
    pub fn state(&self) -> &E::State {
        &self.engine.host().state
    }

    /// Returns the state that host functions work on, for changes.
    pub fn state_mut(&mut self) -> &mut E::State {
        &mut self.engine.host_mut().state
    }

    /// Forgets all calls, and gives host functions another state: for an instance that its engine has put back
    /// as it was when it had started. Returns whether it could; a guest that has not started, or that is
    /// poisoned, stays as it is.
    pub fn reset(&mut self, state: E::State) -> bool {
        if !matches!(self.state, State::Ready | State::Holding) {
            return false;
        }
        self.error_body = 0..0;
        self.give_back();
        if let Link::Older { used, .. } = &mut self.link {
            *used = None;
        }
        self.engine.host_mut().reset(state);
        true
    }

    /// Whether an earlier call left the guest in the middle of something.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.state == State::Poisoned
    }

    /// Whether the guest has started, after which no host function can be registered.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.state != State::Loaded
    }

    /// The body of the last error: a guest's error, or the message of its panic. Empty after a call
    /// that succeeded.
    pub fn error_body(&mut self) -> &[u8] {
        let range = self.error_body.clone();
        self.engine.memory().get(range).unwrap_or_default()
    }

    /// Returns the reply of the last call again. It is empty if that call failed or was a notification.
    pub fn reply(&mut self) -> &[u8] {
        match &self.reply {
            Reply::InGuest(range) => self.engine.memory().get(range.clone()).unwrap_or_default(),
            Reply::InScratch => &self.scratch,
        }
    }

    /// The fuel that the last call used: of a module whose limits are trusted, by its prices; else by the
    /// engine's own count, where it has one.
    pub fn fuel_used(&mut self) -> Option<u64> {
        limits::fuel_used(&mut self.engine, self.limits.as_ref())
    }

    /// What each call may use.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.engine.budget()
    }

    /// Sets another budget for each call, from the next one on. Nothing is compiled again.
    ///
    /// # Errors
    /// As [`Budget::check`] and [`EngineInstance::set_budget`], and [`LoadError::UntrustedLimits`]; the guest keeps the budget that it had, and stays usable.
    pub fn set_budget(&mut self, budget: Budget) -> Result<(), LoadError> {
        limits::set_budget(&mut self.engine, self.limits.as_mut(), budget)?;
        self.set_hosts_fuel();
        Ok(())
    }

    /// Gives deadlines a clock: a function that returns microseconds since some moment. Before the first budget that has
    /// a deadline.
    ///
    /// # Errors
    /// [`LoadError::Engine`] for an engine that needs none.
    pub fn set_clock(&mut self, clock: Clock) -> Result<(), LoadError> {
        self.engine.watch().ok_or(NOT_WATCHED)?.set_clock(clock);
        Ok(())
    }

    /// Lets a flag end the guest's calls, which an interrupt or another thread sets.
    ///
    /// # Errors
    /// [`LoadError::Engine`] for an engine that is cancelled in another way.
    pub fn set_cancel_flag(&mut self, flag: &'static CancelFlag) -> Result<(), LoadError> {
        self.engine.watch().ok_or(NOT_WATCHED)?.set_flag(flag);
        Ok(())
    }

    /// A flag of the guest's own that ends its calls, for another thread.
    ///
    /// # Errors
    /// As [`Guest::set_cancel_flag`].
    #[cfg(target_has_atomic = "ptr")]
    pub fn cancel_handle(&mut self) -> Result<alloc::sync::Arc<CancelFlag>, LoadError> {
        Ok(self.engine.watch().ok_or(NOT_WATCHED)?.handle())
    }

    /// A typed handle of an export.
    ///
    /// # Errors
    /// [`Error::MissingExport`], [`Error::ExportSignature`], [`Error::Undescribed`], [`Error::Raw`],
    /// [`Error::DescribedTwice`], or [`Error::Schema`] when the module says that the function has other types. The
    /// first handle also starts the guest, and reports what [`Guest::start`] reports.
    pub fn func<A, R>(&mut self, name: &str) -> Result<Func<A, R>, Error>
    where
        A: Args,
        R: DeserializeOwned + Data,
    {
        let func = Func::new(&lookup(&self.engine), self.fingerprint, name)?;
        self.start()?;
        Ok(func)
    }

    /// Checks that every import is registered with the module's types, runs the start function, and then
    /// the static constructors of a module that exports `_initialize`. The first call does this too. All of it has
    /// the budget of one call.
    ///
    /// # Errors
    /// [`Error::MissingImport`]; [`Error::Schema`], [`Error::UndescribedImport`], [`Error::RawImport`] or
    /// [`Error::DescribedTwice`] when types differ or are not known; [`Error::Load`]; [`Error::Trap`] from the
    /// start function or a constructor; or the error of a damaged control block.
    #[inline]
    pub fn start(&mut self) -> Result<(), Error> {
        match self.state {
            State::Ready => Ok(()),
            State::Poisoned => Err(Error::Poisoned),
            State::Loaded => self.start_now(),
            State::Holding => {
                self.give_back();
                Ok(())
            }
        }
    }

    #[cold]
    fn start_now(&mut self) -> Result<(), Error> {
        self.link_host_functions()?;
        self.refuel();
        // Whatever fails from here on has left the instance in the middle of something.
        self.state = State::Poisoned;
        self.engine.start()?;
        if let Some(limits) = &mut self.limits {
            limits::run_start_function(&mut self.engine, limits)?;
        }
        self.initialize()?;
        self.link = self.connect()?;
        self.state = State::Ready;
        Ok(())
    }

    /// Runs the static constructors, where the module exports the function that does.
    fn initialize(&mut self) -> Result<(), Error> {
        if !self.facts.initialize {
            return Ok(());
        }
        limits::initialize(&mut self.engine, self.limits.as_mut())
    }

    /// Gives the host's next call its whole budget.
    fn refuel(&mut self) {
        limits::refuel(&mut self.engine, self.limits.as_mut());
    }

    fn link_host_functions(&mut self) -> Result<(), Error> {
        let version = if self.facts.version.is_some() { Version::V2 } else { Version::V1 };
        let links = self.engine.host().link(&lookup(&self.engine))?;
        self.engine.host_mut().set_links(links, &self.config, version);
        self.set_hosts_fuel();
        Ok(())
    }

    /// Says to the host side how much fuel calls have.
    fn set_hosts_fuel(&mut self) {
        self.engine.host_mut().set_fuel(self.limits.as_ref().map_or(u64::MAX, Limits::full));
    }

    /// Calls an export with bytes and returns a borrow of the reply in place.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`].
    pub fn call_raw(&mut self, name: &str, request: &[u8]) -> Result<&[u8], Error> {
        self.begin()?;
        let entry = self.entry(name)?;
        self.exchange_bytes(entry, request, Flags::EXPECTS_RESPONSE)?;
        Ok(self.reply())
    }

    /// Calls an export with bytes and returns the reply in memory of the host's: copied once, or, if it was compressed, as it
    /// was decompressed.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`].
    pub fn call_owned(&mut self, name: &str, request: &[u8]) -> Result<Vec<u8>, Error> {
        self.begin()?;
        let entry = self.entry(name)?;
        self.exchange_bytes(entry, request, Flags::EXPECTS_RESPONSE)?;
        Ok(match &self.reply {
            Reply::InGuest(range) => self.engine.memory().get(range.clone()).unwrap_or_default().to_vec(),
            Reply::InScratch => {
                let reply = core::mem::take(&mut self.scratch);
                self.give_back();
                reply
            }
        })
    }

    /// Calls an export with a payload of `len` bytes that `write` writes straight into the guest's
    /// memory, and returns a borrow of the reply in place. No heap is needed on this side.
    ///
    /// The bytes that `write` is given hold whatever was there before.
    ///
    /// # Errors
    /// [`Error::Guest`] and [`Error::Panic`] when the guest failed; its text is in
    /// [`Guest::error_body`]. [`Error::Trap`] when it was stopped. [`Error::TooLarge`],
    /// [`Error::GuestOutOfMemory`], [`Error::OutOfBounds`], [`Error::Reply`], [`Error::NoReply`] or
    /// [`Error::Poisoned`] when protocol or limits were broken.
    pub fn call_in_place(
        &mut self,
        name: &str,
        len: usize,
        write: impl FnOnce(&mut [u8]),
    ) -> Result<&[u8], Error> {
        self.begin()?;
        let entry = self.entry(name)?;
        let request = self.reserve(len)?;
        write(&mut self.engine.memory()[payload_range(&request)]);
        self.exchange(entry, request, Flags::EXPECTS_RESPONSE)?;
        Ok(self.reply())
    }

    /// Sends a one-way notification: the function runs, and only its failure comes back.
    ///
    /// # Errors
    /// As [`Guest::call_in_place`], except for [`Error::NoReply`].
    pub fn notify(&mut self, name: &str, request: &[u8]) -> Result<(), Error> {
        self.begin()?;
        let entry = self.entry(name)?;
        self.exchange_bytes(entry, request, Flags::NONE)?;
        // A guest may answer all the same.
        self.reply = Reply::InGuest(0..0);
        Ok(())
    }

    pub(crate) fn call_typed<A: Args, R: DeserializeOwned + Data>(
        &mut self,
        func: &Func<A, R>,
        args: &A,
    ) -> Result<R, Error> {
        if func.module != self.fingerprint {
            return Err(Error::ForeignHandle(func.name));
        }
        self.begin()?;
        let entry = self.entry_of(func)?;
        let request = self.write_args(args)?;
        match self.exchange(entry, request, Flags::EXPECTS_RESPONSE) {
            Ok(()) => self.read_reply().map_err(|error| self.poison(error)),
            Err(Error::Guest { code: ErrorCode::ApplicationTyped, .. }) if schema::is_result::<R>() => {
                let result = self.read_typed_error().map_err(|error| self.poison(error))?;
                self.error_body = 0..0;
                Ok(result)
            }
            Err(error) => Err(error),
        }
    }

    /// The error value that the reply is, in the result that the function returned.
    fn read_typed_error<R: DeserializeOwned>(&mut self) -> Result<R, Error> {
        let values = self.config.values();
        let (range, memory) = (self.error_body.clone(), self.engine.memory());
        let body = memory.get(range).unwrap_or_default();
        limits::read(self.limits.as_mut(), values, |within, used| typed_error(body, within, used))
    }

    /// The value that the reply is.
    #[inline]
    fn read_reply<R: DeserializeOwned + Data>(&mut self) -> Result<R, Error> {
        let values = self.config.values();
        let limits = self.limits.as_mut();
        match &self.reply {
            Reply::InGuest(range) => {
                let reply = self.engine.memory().get(range.clone()).unwrap_or_default();
                limits::read(limits, values, |within, used| R::decode_data(reply, within, used))
            }
            Reply::InScratch => {
                let result =
                    limits::read(limits, values, |within, used| R::decode_data(&self.scratch, within, used));
                self.give_back();
                result
            }
        }
    }

    /// Gives back what the last call needed much memory for: a reply that was decompressed, and a response that the
    /// guest did not fetch. [`Guest::reply`] is empty then. The next call does this too; a pool does it before, because
    /// nobody knows when that is.
    pub fn give_back(&mut self) {
        self.reply = Reply::InGuest(0..0);
        self.empty_scratch();
        self.engine.host_mut().forget();
        if self.state == State::Holding {
            self.state = State::Ready;
        }
    }

    /// Gives the scratch buffer back if it is large.
    pub(super) fn empty_scratch(&mut self) {
        if self.scratch.capacity() > KEPT_BUFFER {
            self.scratch = Vec::new();
        }
    }

    /// Writes arguments into the request buffer, or into a larger one if it is too small.
    fn write_args<A: Args>(&mut self, args: &A) -> Result<Range<usize>, Error> {
        let buffer = self.request_buffer()?.unwrap_or(0..0);
        let (len, fits) = self.write_args_at(&buffer, args)?;
        if fits {
            self.check_payload(len as u64)?;
            return Ok(buffer.start..buffer.start + Header::LEN + len);
        }
        let request = self.allocate(len)?;
        match self.write_args_at(&request, args)? {
            (written, true) if written == len => Ok(request),
            // They are others than a moment ago.
            _ => Err(unwritable(args, ValueError::BufferTooSmall)),
        }
    }

    /// Writes arguments into this buffer. Returns their length, and whether they fit.
    fn write_args_at<A: Args>(&mut self, buffer: &Range<usize>, args: &A) -> Result<(usize, bool), Error> {
        let payload = self.engine.memory().get_mut(payload_range(buffer)).unwrap_or_default();
        let room = payload.len();
        let len = args.write_data(payload).map_err(|error| unwritable(args, error))?;
        Ok((len, len <= room && !buffer.is_empty()))
    }

    /// Which of [`Guest::entries`] has this name; looks it up the first time.
    #[inline]
    fn entry(&mut self, name: &str) -> Result<usize, Error> {
        match self.entries.iter().position(|entry| entry.name == name) {
            Some(at) => Ok(at),
            None => self.find_entry(name),
        }
    }

    /// Which of [`Guest::entries`] a handle of this module means.
    fn entry_of<A, R>(&mut self, func: &Func<A, R>) -> Result<usize, Error> {
        match self.entries.iter().position(|entry| entry.index == func.index) {
            Some(at) => Ok(at),
            None => self.find_entry(func.name.as_str()),
        }
    }

    #[cold]
    fn find_entry(&mut self, name: &str) -> Result<usize, Error> {
        let index = lookup(&self.engine).entry(name)?;
        let found = self.engine.find(name, Signature::Entry);
        let function = found.map_err(|error| self.poison(error))?;
        let entry = Entry { name: String::from(name), index, function };
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(entry);
            return Ok(self.entries.len() - 1);
        }
        let at = self.oldest;
        self.oldest = (at + 1) % MAX_ENTRIES;
        self.entries[at] = entry;
        Ok(at)
    }

    /// Starts a call: the instance is whole, has fuel, and nothing of an earlier call.
    #[inline(always)]
    fn begin(&mut self) -> Result<(), Error> {
        self.start()?;
        self.error_body = 0..0;
        self.reply = Reply::InGuest(0..0);
        self.refuel();
        if matches!(self.link, Link::Older { .. }) { self.begin_older() } else { Ok(()) }
    }
}

impl<A: Args, R: DeserializeOwned + Data> Func<A, R> {
    /// Calls the function.
    ///
    /// Where `R` is a `Result`, its `Err` comes back inside: the outer error is the call's, the inner
    /// one the function's.
    ///
    /// # Errors
    /// Everything that [`Guest::call_in_place`] reports, and [`Error::ForeignHandle`] for a guest of
    /// another module.
    pub fn call<E: EngineInstance>(&self, guest: &mut impl AsMut<Guest<E>>, args: A) -> Result<R, Error> {
        guest.as_mut().call_typed(self, &args)
    }
}

/// The error of arguments that were not written, which names one of them. Devices have no flash for looking for it.
#[cold]
fn unwritable<A: Args>(args: &A, error: ValueError) -> Error {
    let found = if cfg!(target_os = "none") { None } else { args.unwritable() };
    found.map_or(Error::Value(error), |(position, error)| Error::Argument { position, error })
}

const NOT_WATCHED: LoadError = LoadError::Engine { reason: "the engine is stopped in another way" };
