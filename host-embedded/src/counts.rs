//! The most of everything that an engine takes of one module.
//!
//! What lies over these is refused before the engine sees the module: an engine keeps numbers in few bits, or takes
//! time that grows with the product of two of them. The engines' own limits follow where they read further.

use crate::LoadError;
use aingle_wasm_module::reader::{HEADER, ReadError, Reader, Section, section, sections};

/// The most of everything that an engine takes of one module. What a metering pass adds counts, too.
///
/// A module with more is refused with [`LoadError::EngineLimit`]. `docs/ENGINES.md` has the table of all engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineLimits {
    /// Function types.
    pub types: u32,
    /// Parameters of one function type.
    pub params: u32,
    /// Imports.
    pub imports: u32,
    /// Functions, without those that are imported.
    pub functions: u32,
    /// Globals.
    pub globals: u32,
    /// Exports.
    pub exports: u32,
    /// Segments of elements, and as many of data.
    pub segments: u32,
    /// Bytes of the body of one function.
    pub body: u32,
    /// Local variables of one function, parameters not counted.
    pub locals: u32,
    /// Groups of local variables of one type, as the module declares them, in one function.
    pub local_groups: u32,
}

impl EngineLimits {
    /// What all engines have in common where nothing of their own is less.
    #[cfg(any(feature = "wasm3", feature = "wasmi"))]
    pub(crate) const COMMON: Self = Self {
        types: 10_000,
        params: 1_000,
        imports: 10_000,
        functions: 65_535,
        globals: 65_535,
        exports: 10_000,
        segments: 10_000,
        body: 4 << 20,
        locals: 30_000,
        local_groups: 30_000,
    };

    /// Checks what the sections of a module say that they hold. Damaged sections are left to the engine.
    ///
    /// # Errors
    /// [`LoadError::EngineLimit`].
    pub(crate) fn check(&self, wasm: &[u8]) -> Result<(), LoadError> {
        if !wasm.starts_with(HEADER) {
            return Ok(());
        }
        sections(wasm).map_while(Result::ok).try_for_each(|section| self.check_section(section))
    }

    fn check_section(&self, section: Section<'_>) -> Result<(), LoadError> {
        let (what, limit) = match section.id {
            section::TYPE => ("types", self.types),
            section::IMPORT => ("imports", self.imports),
            section::FUNCTION | section::CODE => ("functions", self.functions),
            section::GLOBAL => ("globals", self.globals),
            section::EXPORT => ("exports", self.exports),
            section::ELEMENT => ("segments of elements", self.segments),
            section::DATA => ("segments of data", self.segments),
            _ => return Ok(()),
        };
        let mut body = section.body;
        let Ok(count) = body.u32() else { return Ok(()) };
        LoadError::check_count(what, limit, count)?;
        let item: fn(&Self, &mut Reader<'_>) -> Checked = match section.id {
            section::TYPE => Self::check_type,
            section::CODE => Self::check_body,
            _ => return Ok(()),
        };
        for _ in 0..count {
            match item(self, &mut body) {
                Ok(checked) => checked?,
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn check_type(&self, reader: &mut Reader<'_>) -> Checked {
        reader.byte()?;
        let params = reader.u32()?;
        reader.take(params as usize)?;
        let results = reader.u32()?;
        reader.take(results as usize)?;
        Ok(LoadError::check_count("parameters", self.params, params))
    }

    fn check_body(&self, reader: &mut Reader<'_>) -> Checked {
        let len = reader.u32()?;
        let mut body = reader.part(len as usize)?;
        let (groups, mut locals) = (body.u32()?, 0_u32);
        if groups <= self.local_groups {
            for _ in 0..groups {
                locals = locals.saturating_add(body.u32()?);
                body.byte()?;
            }
        }
        let checked = LoadError::check_count("bytes of a function", self.body, len)
            .and_then(|()| LoadError::check_count("groups of local variables", self.local_groups, groups))
            .and_then(|()| LoadError::check_count(LOCAL_VARIABLES, self.locals, locals));
        Ok(checked)
    }
}

pub(crate) const LOCAL_VARIABLES: &str = "local variables";

/// What is over its limit, or where the module is damaged.
type Checked = Result<Result<(), LoadError>, ReadError>;
