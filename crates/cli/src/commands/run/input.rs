//! The module that is run.

use crate::blob::Blob;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use aingle_wasm_manifest::{Engine, Kind as BlobKind};
use std::path::Path;

/// Reads the module: a .wasm file, or what is packed.
pub fn wasm(path: &Path) -> Outcome<Vec<u8>> {
    let bytes = files::read_some(path)?;
    if !Blob::is_one(&bytes) {
        return Ok(bytes);
    }
    let blob = Blob::in_file(bytes, path)?;
    let manifest = blob.manifest()?;
    let fields = manifest.fields();
    let other = match (fields.kind, fields.engine) {
        (BlobKind::Module, Engine::Wasm) => None,
        (BlobKind::Module, Engine::Native { triple, .. }) => Some(format!("native image for {triple}")),
        (kind, _) => Some(kind.to_string()),
    };
    if let Some(other) = other {
        let message = format!("expected a packed module, found {other}");
        return Err(Failure::new(Kind::Input, message).in_file(files::name(path)));
    }
    blob.check_payload().map_err(|failure| failure.in_file(files::name(path)))?;
    Ok(blob.payload().to_vec())
}
