//! The translator as its users see it.

use crate::emit::{ENTRY, Source, signature_of};
use crate::error::AotError;
use crate::prelude;
use crate::prepare::{Limits, Prepared, with_limits};
use crate::skeleton::skeleton;
use crate::target::Chip;
use crate::toolchain::{BASES, Toolchain};
use crate::{elf, stack};
use aingle_wasm_image::{Counters, Data, Parts, Stack, head};
use sha2::{Digest, Sha256};

/// Translates modules into native images.
#[derive(Debug, Clone)]
pub struct Translator {
    chip: Chip,
    toolchain: Toolchain,
    memory: Option<u32>,
    limits: Limits,
    level: &'static str,
}

/// A module that was translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// The image.
    pub image: Vec<u8>,
    /// The Rust source that was compiled.
    pub source: String,
    /// The native stack that calls take.
    pub stack: Stack,
}

impl Translator {
    /// Returns a translator for a processor. It runs `rustc`, or what the environment calls `RUSTC`.
    ///
    /// # Errors
    /// [`AotError::Tool`] if there is no compiler.
    pub fn new(chip: Chip) -> Result<Self, AotError> {
        let toolchain = Toolchain::find()?;
        Ok(Self { chip, toolchain, memory: None, limits: Limits::default(), level: "s" })
    }

    /// Gives the guest this much memory, in bytes, of the pages that the module starts with. Default: all of them.
    #[must_use]
    pub fn memory(self, bytes: u32) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// Chooses what becomes of limits. Default: they are merged in.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Chooses the compiler's level of optimisation: `s` by default, else `z`, `2` or `3`.
    #[must_use]
    pub fn level(self, level: &'static str) -> Self {
        Self { level, ..self }
    }

    /// Translates a module. Starts the compiler, which takes about a second.
    ///
    /// # Errors
    /// [`AotError`], which names what is not translated, with its function and place.
    pub fn translate(&self, wasm: &[u8]) -> Result<Translation, AotError> {
        let (bytes, limited) = with_limits(wasm, self.limits)?;
        let prepared = Prepared::new(&bytes)?;
        let module = &prepared.module;
        let memory = module.memory(self.memory)?;
        let callable = callable(&prepared);
        let source = Source { module, graph: &prepared.graph, memory, counters: prepared.counters, limited };
        let source = prelude::beginning("#![no_std]\n#![no_builtins]\n")
            + &source.image(&callable)?
            + &prelude::inner(prelude::ENTER);
        let (code, stack) = self.compile(&source, &prepared, &callable)?;
        let image = self.image(wasm, &bytes, &prepared, memory, &callable, &code, stack)?;
        Ok(Translation { image, source, stack })
    }

    /// The code, the same at two addresses, and the stack that it takes.
    fn compile(
        &self,
        source: &str,
        prepared: &Prepared<'_>,
        callable: &[u32],
    ) -> Result<(Vec<u8>, Stack), AotError> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("image.rs"), source)?;
        let compiled =
            self.toolchain.compile(&self.chip, folder.path(), self.level, prepared.counters.is_some())?;
        let [first, second] = BASES;
        let link = |base, elf| self.toolchain.link(&self.chip, folder.path(), base, elf);
        let (code, other) = (link(first, false)?, link(second, false)?);
        if code != other {
            let same = code.iter().zip(&other).take_while(|(a, b)| a == b).count();
            let found = format!("linked to {first:#x} and {second:#x} it differs at byte {same}");
            return Err(AotError::Position { found });
        }
        let linked = elf::functions(&link(first, true)?);
        let functions = prepared.module.functions.len();
        let thumb = self.chip.target.core.is_thumb();
        let stack = stack::bound(&prepared.graph, functions, callable, &linked, &compiled.frames, thumb)?;
        Ok((code, stack))
    }

    #[expect(clippy::too_many_arguments, reason = "each is another part of the image")]
    fn image(
        &self,
        wasm: &[u8],
        translated: &[u8],
        prepared: &Prepared<'_>,
        memory: u32,
        callable: &[u32],
        code: &[u8],
        stack: Stack,
    ) -> Result<Vec<u8>, AotError> {
        let module = &prepared.module;
        let globals = module.globals.bytes();
        let place = |global| prepared.place(global).and_then(|place| u16::try_from(head::FIXED + place).ok());
        let counters = prepared.counters.and_then(|(fuel, depth)| place(fuel).zip(place(depth)));
        let data = module.data_in(memory)?.iter().map(|(address, bytes)| Data { address: *address, bytes });
        let start = module.start.and_then(|start| callable.iter().position(|one| *one == start));
        let parts = Parts {
            target: self.chip.target,
            memory,
            pages: module.pages,
            head: (head::FIXED + globals.len()) as u32,
            counters: counters.map(|(fuel, depth)| Counters { fuel, depth }),
            stack,
            source: Sha256::digest(wasm).into(),
            skeleton: &skeleton(translated)?,
            exports: callable,
            start: start.and_then(|start| u16::try_from(start).ok()),
            globals: &globals,
            data: &data.collect::<Vec<_>>(),
            tools: &format!(
                "aingle_wasm_aot {}; {}; level {}",
                env!("CARGO_PKG_VERSION"),
                self.toolchain.version(),
                self.level
            ),
            code,
            entry: 0,
        };
        let mut image = vec![0; parts.len().unwrap_or_default()];
        parts.write(&mut image)?;
        Ok(image)
    }
}

/// The functions that a host can call: exported, of a type of the ABI, and answered by the host if they are imported; and the start
/// function.
fn callable(prepared: &Prepared<'_>) -> Vec<u32> {
    let module = &prepared.module;
    let exported = module.exports.iter().map(|(_, function)| *function).chain(module.start);
    let can_be_called = |function: &u32| match signature_of(module.function_type(*function)) {
        Some(signature) => *function >= module.imported() || signature == ENTRY,
        None => false,
    };
    let mut callable: Vec<u32> = exported.filter(can_be_called).collect();
    callable.sort_unstable();
    callable.dedup();
    callable
}
