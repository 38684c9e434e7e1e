//! Compiled modules as bytes: what Wasmer writes, less what nothing here reads.
//!
//! Much of what Wasmer writes says of which byte of the module each machine instruction was made, and what functions
//! are called, for backtraces; and the module's custom sections are there once more. This host tells traps by their
//! codes, and reads modules itself. It leaves all that away, and has less to keep, to read and to authenticate.

use std::borrow::Cow;
use std::sync::Arc;
use wasmer_compiler::ArtifactBuild;
use wasmer_compiler::serialize::{MetadataHeader, SerializableCompilation, SerializableModule};
use wasmer_types::{DeserializeError, SerializeError};

/// What stands before the archive.
const HEAD: usize = ArtifactBuild::MAGIC_HEADER.len() + MetadataHeader::LEN;

/// The machine code of a module without what nothing here reads; as it is, where that cannot be told apart.
pub(crate) fn strip(whole: &[u8]) -> Cow<'_, [u8]> {
    // A compiler's own kind of file begins otherwise.
    let ours = whole.starts_with(ArtifactBuild::MAGIC_HEADER);
    let stripped = ours.then(|| write(&without_backtraces(read(whole).ok()?)).ok()).flatten();
    stripped.map_or(Cow::Borrowed(whole), Cow::Owned)
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

fn write(module: &SerializableModule) -> Result<Vec<u8>, SerializeError> {
    let archive = module.serialize()?;
    let header = MetadataHeader::new(archive.len()).into_bytes();
    Ok([&ArtifactBuild::MAGIC_HEADER[..], &header, &archive].concat())
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
        let whole = module.serialize().unwrap();
        let stripped = strip(&whole);
        assert!(stripped.len() < whole.len());
        let (whole, stripped) = (read(&whole).unwrap(), read(&stripped).unwrap());
        for (module, there) in [(&whole, true), (&stripped, false)] {
            let info = module.module_info();
            assert_eq!(info.function_names.values().any(|name| name == "named"), there);
            assert_eq!(info.custom_sections.contains_key("telling"), there);
            assert_eq!(!info.custom_sections_data.is_empty(), there);
        }
        for (whole, stripped) in functions(whole).values().zip(functions(stripped).values()) {
            assert!(
                !whole.address_map.instructions.is_empty() && stripped.address_map.instructions.is_empty()
            );
            assert!(!whole.traps.is_empty() && whole.traps == stripped.traps);
        }
    }
}
