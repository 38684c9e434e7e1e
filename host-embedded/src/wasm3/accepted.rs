//! What must be true of a module before wasm3 sees it.

use super::Wasm3;
use super::code::Demand;
use super::depth::Depth;
use super::layout::Layout;
use super::sys::PAGE;
use super::types::Types;
use crate::{Error, LoadError, Module, limits};
use aingle_wasm_host_core::{Import, abi};

/// A module that was checked, or vouched for, and how much of everything it gets.
pub(super) struct Accepted<'m> {
    pub module: Module<'m>,
    /// What was asked of its limits.
    pub demand: limits::Demand,
    pub types: Types<'m>,
    pub layout: Layout<'m>,
    /// Slots of wasm3's stack, and those beyond its end that a function may write.
    pub stack_slots: u32,
    pub stack_reserve: u32,
    /// Pages that the guest believes to have, now and at most.
    pub pages: u32,
    pub max_pages: u32,
    /// The most bytes of memory.
    pub memory_limit: u32,
    /// Elements of the table.
    pub table: u32,
}

impl<'m> Accepted<'m> {
    /// Checks a module.
    ///
    /// # Errors
    /// [`Error::Module`], [`Error::Load`], or [`Error::ImportSignature`] for an import that is not a
    /// function of the module `env`.
    pub fn check(wasm: &'m [u8], backend: &Wasm3) -> Result<Self, Error> {
        Wasm3::LIMITS.check(wasm)?;
        let module = Module::parse(wasm)?;
        let demand = backend.demand(wasm)?;
        let config = &backend.config;
        let layout = Layout::read(wasm)?;
        let types = Types::read(&layout)?;
        abi::check_imports(module)?;
        let depth = Depth::of(&layout, &types, module.imports().map(|import| import.ty.unwrap_or(u32::MAX)))?;
        let stack_slots = depth.stack_slots(config.stack_size, config.native_stack)?;
        let stack = u64::from(stack_slots) * 8;
        let limits = config.demand().check(module, stack, stack < u64::from(config.stack_size) / 8 * 8)?;
        let (pages, max_pages) = memory(&layout, config.memory_limit)?;
        Ok(Self {
            module,
            demand: limits,
            layout,
            stack_slots,
            stack_reserve: stack_reserve(&types, demand),
            types,
            pages,
            max_pages,
            memory_limit: config.memory_limit,
            table: table(&layout, config.table_limit)?,
        })
    }

    pub fn imports(&self) -> impl Iterator<Item = Import<'m>> + use<'m> {
        self.module.imports()
    }

    /// The memory that is really there, in bytes, where it is less than the pages say.
    pub fn memory_end(&self) -> Option<u32> {
        (u64::from(self.memory_limit) < u64::from(self.pages) * PAGE).then_some(self.memory_limit)
    }
}

/// The pages at the beginning and at most, under a limit that may be less than a page.
///
/// A memory that is cut short cannot grow. One that is not cut grows by whole pages, as far as the limit
/// has room for them.
fn memory(layout: &Layout<'_>, limit: u32) -> Result<(u32, u32), LoadError> {
    let limits = layout.memory()?;
    let pages = limits.map_or(0, |limits| limits.min);
    let declared = pages * PAGE;
    // So many pages overflow wasm3's sums.
    if declared > u64::from(u32::MAX) {
        return Err(LoadError::MemoryLimit { limit: u64::from(limit), needed: declared });
    }
    for (index, data) in (0..).zip(layout.data()) {
        let data = data?;
        let needed = u64::from(data.offset) + data.bytes.len() as u64;
        if needed > declared {
            return Err(LoadError::Segment { index });
        }
        if needed > u64::from(limit) {
            return Err(LoadError::MemoryLimit { limit: u64::from(limit), needed });
        }
    }
    let allowed = limits.map_or(0, |limits| limits.max.unwrap_or(u64::MAX)).min(u64::from(limit) / PAGE);
    Ok((pages as u32, allowed.max(pages) as u32))
}

/// The elements that the table must have: as many as segments reach, beyond which all are empty.
fn table(layout: &Layout<'_>, limit: u32) -> Result<u32, LoadError> {
    let declared = layout.table()?.map_or(0, |limits| limits.min);
    let mut len = 0;
    for (index, element) in (0..).zip(layout.elements()) {
        let element = element?;
        let end = u64::from(element.offset) + u64::from(element.len);
        if end > declared {
            return Err(LoadError::Segment { index });
        }
        len = len.max(end as u32);
    }
    LoadError::check_count("elements of its table", limit, len)?;
    Ok(len)
}

/// The slots that one function, let in just before the stack's end, writes beyond it: its own, and the
/// arguments of the function that it then calls in vain.
fn stack_reserve(types: &Types<'_>, demand: Demand) -> u32 {
    demand.frame.saturating_add(types.most_params()).saturating_add(4)
}
