//! Images that come with a manifest and a signature.

use super::raw::{NativeImage, TrustedSigners};
use aingle_wasm_image::ImageError;
use aingle_wasm_manifest::{Admitted, Engine, Kind, Refusal, Verifier, sha256};
use core::fmt;

/// Why a signed image is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedImageError {
    /// The bytes are not what was signed, or the manifest is not one of an image.
    Refused(Refusal),
    /// What was signed is no image.
    Image(ImageError),
}

impl From<Refusal> for SignedImageError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for SignedImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Image(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SignedImageError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Image(error) => Some(error),
        }
    }
}

impl<'i> NativeImage<'i> {
    /// Takes bytes as an image after its signature is verified, over these very bytes: those of a packed module, or those that a delta
    /// made. The update crate verifies the same when it takes a module and at each start; this is about the memory that is executed.
    ///
    /// # Errors
    /// [`SignedImageError::Refused`] without a signature, with another one, for other bytes, and for a manifest that is not one of a native
    /// image. [`SignedImageError::Image`] if what was signed is no image, or not of the module that the manifest names.
    pub fn signed(
        bytes: &'i [u8],
        admitted: &Admitted<'_>,
        signers: TrustedSigners,
    ) -> Result<Self, SignedImageError> {
        let fields = admitted.manifest().fields();
        if admitted.key().is_none() {
            return Err(Refusal::Unsigned.into());
        }
        let Engine::Native { source_sha256, .. } = fields.engine else { return Err(Refusal::Engine.into()) };
        let mut verifier = Verifier::begin(admitted)?;
        match (fields.kind, fields.delta) {
            (Kind::Delta, Some(delta)) if sha256(bytes) == *delta.module_sha256 => {}
            (Kind::Delta, _) => return Err(Refusal::ModuleHash.into()),
            (Kind::Module, _) => {
                verifier.update(bytes)?;
                verifier.finish()?;
            }
            (Kind::KeyList, _) => return Err(Refusal::Engine.into()),
        }
        let image = Self::trusted(bytes, signers).map_err(SignedImageError::Image)?;
        if image.image().source() == *source_sha256 { Ok(image) } else { Err(Refusal::ModuleHash.into()) }
    }
}
