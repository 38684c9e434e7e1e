//! Compiled modules as bytes: what Wasmer writes, less what nothing here reads.
//!
//! Much of what Wasmer writes says of which byte of the module each machine instruction was made, and what functions
//! are called, for backtraces; and the module's custom sections are there once more. This host tells traps by their
//! codes, and reads modules itself. It leaves all that away, and has less to keep, to read and to authenticate.

use crate::error::HostErrorKind;
use std::sync::Arc;
use wasmer::Module;
use wasmer_compiler::ArtifactBuild;
use wasmer_compiler::serialize::{MetadataHeader, SerializableCompilation, SerializableModule};
use wasmer_types::DeserializeError;

/// What stands before the archive.
const HEAD: usize = ArtifactBuild::MAGIC_HEADER.len() + MetadataHeader::LEN;

/// The machine code of a module as bytes, which Wasmer takes up again.
pub(crate) fn of(module: &Module) -> Result<Vec<u8>, HostErrorKind> {
    let whole = module.serialize().map_err(refused)?;
    match whole.starts_with(ArtifactBuild::MAGIC_HEADER) {
        true => write(&without_backtraces(read(&whole).map_err(refused)?)),
        // A compiler's own kind of file, of which nothing is known here.
        false => Ok(whole.into()),
    }
}

fn read(whole: &[u8]) -> Result<SerializableModule, DeserializeError> {
    let archive = whole.get(HEAD..).unwrap_or_default();
    SerializableModule::deserialize_from_archive(SerializableModule::archive_from_slice_checked(archive)?)
}

fn without_backtraces(mut module: SerializableModule) -> SerializableModule {
    if let SerializableCompilation::Rkyv(code) = &mut module.compilation {
        for function in code.function_frame_info.values_mut() {
            function.address_map.instructions = Vec::new();
        }
    }
    let info = Arc::make_mut(&mut module.compile_info.module);
    info.function_names.clear();
    info.custom_sections.clear();
    info.custom_sections_data.clear();
    module
}

fn write(module: &SerializableModule) -> Result<Vec<u8>, HostErrorKind> {
    let archive = module.serialize().map_err(refused)?;
    let header = MetadataHeader::new(archive.len()).into_bytes();
    Ok([&ArtifactBuild::MAGIC_HEADER[..], &header, &archive].concat())
}

fn refused(error: impl ToString) -> HostErrorKind {
    HostErrorKind::Compiler { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineConfig;
    use crate::compile::compile;
    use wasmer_compiler::types::function::CompiledFunctionFrameInfo;
    use wasmer_types::LocalFunctionIndex;
    use wasmer_types::entity::PrimaryMap;

    fn functions(module: SerializableModule) -> PrimaryMap<LocalFunctionIndex, CompiledFunctionFrameInfo> {
        let SerializableCompilation::Rkyv(code) = module.compilation else { panic!("no archive") };
        code.function_frame_info
    }

    #[test]
    fn traps_stay_and_backtraces_and_sections_go() {
        let wasm =
            wat::parse_str(r#"(module (@custom "telling" "words") (func $named unreachable))"#).unwrap();
        let module = compile(&EngineConfig::default(), &wasm).unwrap().module;
        let (whole, slim) = (module.serialize().unwrap(), of(&module).unwrap());
        let (whole, slim) = (read(&whole).unwrap(), read(&slim).unwrap());
        for (module, there) in [(&whole, true), (&slim, false)] {
            let info = module.module_info();
            assert_eq!(info.function_names.values().any(|name| name == "named"), there);
            assert_eq!(info.custom_sections.contains_key("telling"), there);
            assert_eq!(!info.custom_sections_data.is_empty(), there);
        }
        for (whole, slim) in functions(whole).values().zip(functions(slim).values()) {
            assert!(!whole.address_map.instructions.is_empty() && slim.address_map.instructions.is_empty());
            assert!(!whole.traps.is_empty() && whole.traps == slim.traps);
        }
    }
}
