//! Whether a module's native image runs, or the module on an interpreter.

use super::config::NativeConfig;
use super::error::check_target;
use super::load::check;
use super::raw::{NativeImage, TrustedSigners};
use super::signed::SignedImageError;
use aingle_wasm_host_core::{Error, LoadError};
use aingle_wasm_image::{ImageError, Target};
use aingle_wasm_manifest::{Admitted, ParseError, Refusal};
use core::fmt;

/// Reason for which the native image of a module is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotNative {
    /// The device has no image.
    Absent,
    /// The manifest, its signature or the bytes are not what the policy asks for.
    Refused(Refusal),
    /// What was signed is no image.
    Image(ImageError),
    /// The image was made of another module than the one that is to run.
    OtherModule,
    /// The image is for a processor that this one is not.
    Target {
        /// What the processor has. `None` for a processor that runs no images.
        device: Option<Target>,
        /// What the image needs.
        image: Target,
    },
    /// The image has more memory than the guest may have.
    Memory {
        /// What it may have, in bytes.
        limit: u32,
        /// What the image has, in bytes.
        needed: u32,
    },
    /// The engine would refuse the image: its native stack, its limits or its place.
    Load(Error),
}

impl NotNative {
    /// Returns the number of the reason, for reports. It never changes. Those of refusals are [`Refusal::code`], the others are 32
    /// and more.
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.code().into(),
            Self::Absent => 32,
            Self::Image(_) => 33,
            Self::OtherModule => 34,
            Self::Target { .. } => 35,
            Self::Memory { .. } => 36,
            Self::Load(_) => 37,
        }
    }

    /// Returns the reason of a code of 32 or more in a few words. [`Refusal::describe`] has those below.
    #[must_use]
    pub fn describe(code: u16) -> Option<&'static str> {
        Some(match code {
            32 => "there is no native image",
            33 => "not a native image",
            34 => "native image of another module",
            35 => "native image for another processor",
            36 => "native image with too much memory",
            37 => "native image that the engine refuses",
            _ => return None,
        })
    }
}

impl From<Refusal> for NotNative {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ParseError> for NotNative {
    fn from(error: ParseError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<SignedImageError> for NotNative {
    fn from(error: SignedImageError) -> Self {
        match error {
            SignedImageError::Refused(refusal) => Self::Refused(refusal),
            SignedImageError::Image(error) => Self::Image(error),
        }
    }
}

impl fmt::Display for NotNative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = Self::describe(self.code()).unwrap_or("native image refused");
        match self {
            Self::Absent | Self::OtherModule => f.write_str(words),
            Self::Refused(refusal) => write!(f, "{words}: {refusal}"),
            Self::Image(error) => write!(f, "{words}: {error}"),
            Self::Target { device: Some(device), image } => {
                write!(f, "{words} (expected {device}, found {image})")
            }
            Self::Target { device: None, image } => write!(f, "{words} (this one runs none, found {image})"),
            Self::Memory { limit, needed } => write!(f, "{words} (limit {limit}, needed {needed})"),
            Self::Load(error) => write!(f, "{words}: {error}"),
        }
    }
}

impl core::error::Error for NotNative {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Image(error) => Some(error),
            Self::Load(error) => Some(error),
            _ => None,
        }
    }
}

impl<'i> NativeImage<'i> {
    /// Takes bytes as the native image of a module, of which this is the SHA-256, if the engine would run it as configured. It
    /// verifies the signature, as [`signed`](Self::signed) does. No code of the image runs.
    ///
    /// # Errors
    /// [`NotNative`], which is never [`NotNative::Absent`].
    pub fn of_module(
        bytes: &'i [u8],
        admitted: &Admitted<'_>,
        signers: TrustedSigners,
        module_sha256: &[u8; 32],
        config: &NativeConfig,
    ) -> Result<Self, NotNative> {
        let signed = Self::signed(bytes, admitted, signers)?;
        let image = signed.image();
        if image.source() != *module_sha256 {
            return Err(NotNative::OtherModule);
        }
        let target = image.target();
        check_target(config.target, target)
            .map_err(|_| NotNative::Target { device: config.target, image: target })?;
        check(image, config).map_err(|error| match error {
            Error::Load(LoadError::MemoryLimit { .. }) => {
                NotNative::Memory { limit: config.memory_limit, needed: image.memory() }
            }
            error => NotNative::Load(error),
        })?;
        Ok(signed)
    }
}

/// What a device does with a module that has no native image which it can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fallback {
    /// It interprets the module, which was verified by its own manifest.
    #[default]
    Interpret,
    /// It runs nothing: for devices whose deadlines an interpreter would miss.
    Refuse,
}

/// What runs a module.
#[derive(Debug, Clone, Copy)]
pub enum Choice<'i> {
    /// The processor, by the native image.
    Native(NativeImage<'i>),
    /// The interpreter, because there is no native image that could run.
    Interpreter(NotNative),
}

impl Fallback {
    /// Chooses what runs a module: its native image if there is one, otherwise what the policy says.
    ///
    /// # Errors
    /// [`NotNative`] with [`Fallback::Refuse`].
    pub fn choose(self, image: Result<NativeImage<'_>, NotNative>) -> Result<Choice<'_>, NotNative> {
        match (image, self) {
            (Ok(image), _) => Ok(Choice::Native(image)),
            (Err(reason), Self::Interpret) => Ok(Choice::Interpreter(reason)),
            (Err(reason), Self::Refuse) => Err(reason),
        }
    }
}
