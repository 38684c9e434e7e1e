//! Finding room for a request.

use super::link::{Free, Link};
use super::place::in_memory;
use super::state::Guest;
use crate::abi::Signature;
use crate::control_block::{block_at, word, write_word};
use crate::engine_instance::EngineInstance;
use crate::error::Error;
use crate::limits;
use aingle_wasm_codec::Format;
use aingle_wasm_types::{Header, Name, Packed, Version, control_block, names};
use core::ops::Range;

impl<E: EngineInstance> Guest<E> {
    /// Finds the control block, or the older exports, once.
    pub(super) fn connect(&mut self) -> Result<Link<E::Function>, Error> {
        if self.facts.version.is_none() {
            return self.connect_older();
        }
        let allocate = self.engine.find(names::ALLOCATE, Signature::Allocate)?;
        let address = self.engine.find(names::ABI, Signature::Address)?;
        let ptr = limits::call(&mut self.engine, self.limits.as_mut(), &address, 0, 0)
            .map_err(|trap| self.trapped(trap))? as u32;
        let memory_end = self.engine.memory_end().unwrap_or(0);
        let lz4_threshold = if cfg!(feature = "lz4") { self.config.lz4_threshold } else { 0 };
        let range = in_memory(Packed { ptr, len: control_block::LEN as u32 }, self.engine.memory().len())?;
        let at = range.start;
        let block = &mut self.engine.memory()[range];
        write_word(block, control_block::MEMORY_END, memory_end);
        write_word(block, control_block::LZ4_THRESHOLD, lz4_threshold);
        let features = word(block, control_block::GUEST_FEATURES);
        let checksum = self.config.integrity.checksum(features, self.engine.owns_memory());
        self.engine.host_mut().set_control_block(at, checksum);
        let lz4 = features & control_block::FEATURE_LZ4 != 0 && lz4_threshold != 0;
        self.format = Format { version: Version::V2, checksum };
        Ok(Link::ControlBlock { at, allocate, lz4 })
    }

    fn connect_older(&mut self) -> Result<Link<E::Function>, Error> {
        let allocate = match self.engine.find(names::ALLOCATE, Signature::Allocate) {
            Err(Error::MissingExport(_)) => self.engine.find(names::HC_ALLOCATE, Signature::Allocate),
            found => found,
        };
        let allocate = allocate.map_err(|_| Error::MissingExport(Name::new(names::ABI)))?;
        let mut find = |name, signature| self.engine.find(name, signature).ok();
        let free = find(names::RESET_ARENA, Signature::Unit)
            .map(Free::ResetArena)
            .or_else(|| find(names::HC_DEALLOCATE, Signature::Deallocate).map(Free::Deallocate))
            .or_else(|| find(names::DEALLOCATE, Signature::Deallocate).map(Free::Deallocate));
        let imports = self.facts.imports;
        // Only an arena gets the response buffer back whatever the guest did with it.
        let calls_host = imports && matches!(free, Some(Free::ResetArena(_)));
        Ok(Link::Older { allocate, free, used: None, calls_host })
    }

    /// Prepares an older guest for a call: its arena is emptied, and room made for the responses of the host
    /// functions that it will call.
    pub(super) fn begin_older(&mut self) -> Result<(), Error> {
        self.engine.host_mut().set_older_response_buffer(0..0);
        self.clean_older()?;
        let len = self.config.older_response_buffer;
        if !matches!(self.link, Link::Older { calls_host: true, .. }) || (len as usize) < Header::LEN {
            return Ok(());
        }
        match self.allocate_envelope(len) {
            Ok(buffer) => self.engine.host_mut().set_older_response_buffer(buffer),
            // It has to do without.
            Err(Error::GuestOutOfMemory { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Empties an older guest's arena, or gives its last reply back, when there is anything to empty.
    fn clean_older(&mut self) -> Result<(), Error> {
        let Link::Older { free, used, .. } = &mut self.link else { return Ok(()) };
        let (engine, limits) = (&mut self.engine, self.limits.as_mut());
        let freed = match (used.take(), free) {
            (Some(_), Some(Free::ResetArena(reset))) => limits::call(engine, limits, reset, 0, 0),
            (Some(last), Some(Free::Deallocate(free))) if last != Packed::NONE => {
                limits::call(engine, limits, free, last.ptr, last.len)
            }
            _ => Ok(0),
        };
        freed.map(|_| ()).map_err(|trap| self.trapped(trap))
    }

    /// Room for a request whose payload has `len` bytes.
    #[inline]
    pub(super) fn reserve(&mut self, len: usize) -> Result<Range<usize>, Error> {
        self.check_payload(len as u64)?;
        match self.request_buffer()? {
            Some(buffer) if buffer.len() >= Header::LEN + len => {
                Ok(buffer.start..buffer.start + Header::LEN + len)
            }
            _ => self.allocate(len),
        }
    }

    pub(super) fn check_payload(&self, found: u64) -> Result<(), Error> {
        let limit = u64::from(self.config.max_payload);
        if found > limit { Err(Error::TooLarge { limit, found }) } else { Ok(()) }
    }

    /// Returns the request buffer that the guest publishes, if it holds more than a header.
    pub(super) fn request_buffer(&mut self) -> Result<Option<Range<usize>>, Error> {
        let Link::ControlBlock { at, .. } = self.link else { return Ok(None) };
        let memory = self.engine.memory();
        let Some(block) = block_at(memory, at) else { return Ok(None) };
        let (ptr, len) = (word(block, control_block::REQUEST_PTR), word(block, control_block::REQUEST_LEN));
        if (len as usize) < Header::LEN {
            return Ok(None);
        }
        in_memory(Packed { ptr, len }, memory.len()).map(Some).map_err(|error| self.poison(error))
    }

    /// Room from the guest's allocator.
    pub(super) fn allocate(&mut self, payload_len: usize) -> Result<Range<usize>, Error> {
        self.check_payload(payload_len as u64)?;
        let needed = payload_len as u64 + Header::LEN as u64;
        let len = u32::try_from(needed).map_err(|_| Error::GuestOutOfMemory { needed })?;
        self.allocate_envelope(len)
    }

    /// Room for an envelope of `len` bytes.
    fn allocate_envelope(&mut self, len: u32) -> Result<Range<usize>, Error> {
        let allocate = match &self.link {
            Link::ControlBlock { allocate, .. } | Link::Older { allocate, .. } => allocate,
            Link::Unknown => return Err(Error::Poisoned),
        };
        let allocated = limits::call(&mut self.engine, self.limits.as_mut(), allocate, len, 0);
        let ptr = allocated.map_err(|trap| self.trapped(trap))? as u32;
        self.set_used(Packed::NONE);
        if ptr == 0 {
            return Err(Error::GuestOutOfMemory { needed: len.into() });
        }
        in_memory(Packed { ptr, len }, self.engine.memory().len()).map_err(|error| self.poison(error))
    }

    /// Remembers what an older guest has to give back before the next call.
    pub(super) fn set_used(&mut self, reply: Packed) {
        if let Link::Older { used, .. } = &mut self.link {
            *used = Some(reply);
        }
    }
}
