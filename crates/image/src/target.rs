//! The processors that images are for.

use core::fmt;

/// The instruction set of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Core {
    /// ARMv6-M: Cortex-M0, M0+, M1.
    V6M = 1,
    /// ARMv7-M: Cortex-M3.
    #[default]
    V7M = 2,
    /// ARMv7E-M: Cortex-M4, M7.
    V7EM = 3,
    /// ARMv8-M mainline: Cortex-M33 and later.
    V8M = 4,
    /// RISC-V of 32 bits with multiplication and compressed instructions.
    Rv32imc = 5,
    /// The same with atomics.
    Rv32imac = 6,
}

/// How floats are passed and computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum FloatAbi {
    /// By functions on integers.
    #[default]
    Soft = 0,
    /// By the processor's unit for floats of 32 bits.
    Hard = 1,
}

/// What an image needs of a processor, or what a processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Target {
    /// The instruction set.
    pub core: Core,
    /// How floats are computed.
    pub float: FloatAbi,
    /// Whether words are read and written at addresses that are not multiples of their size.
    pub unaligned: bool,
}

impl Core {
    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::V6M,
            2 => Self::V7M,
            3 => Self::V7EM,
            4 => Self::V8M,
            5 => Self::Rv32imc,
            6 => Self::Rv32imac,
            _ => return None,
        })
    }

    /// Returns whether a processor with the core `device` has all instructions of this one. ARMv8-M has those of ARMv7E-M for
    /// signals only as an option.
    const fn is_part_of(self, device: Self) -> bool {
        match self {
            Self::V6M => device.is_thumb(),
            Self::V7M => matches!(device, Self::V7M | Self::V7EM | Self::V8M),
            Self::V7EM => matches!(device, Self::V7EM),
            Self::V8M => matches!(device, Self::V8M),
            Self::Rv32imc => matches!(device, Self::Rv32imc | Self::Rv32imac),
            Self::Rv32imac => matches!(device, Self::Rv32imac),
        }
    }

    /// Returns whether addresses of code have their lowest bit set.
    #[must_use]
    pub const fn is_thumb(self) -> bool {
        matches!(self, Self::V6M | Self::V7M | Self::V7EM | Self::V8M)
    }
}

impl Target {
    /// Returns whether code for this target runs on a processor that has what `device` says.
    #[must_use]
    pub const fn runs_on(self, device: Self) -> bool {
        let float = matches!((self.float, device.float), (FloatAbi::Soft, _) | (_, FloatAbi::Hard));
        self.core.is_part_of(device.core) && float && (device.unaligned || !self.unaligned)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.core {
            Core::V6M => "thumbv6m",
            Core::V7M => "thumbv7m",
            Core::V7EM => "thumbv7em",
            Core::V8M => "thumbv8m.main",
            Core::Rv32imc => "riscv32imc",
            Core::Rv32imac => "riscv32imac",
        })?;
        f.write_str(match self.float {
            FloatAbi::Soft => ", soft floats",
            FloatAbi::Hard => ", hard floats",
        })?;
        f.write_str(if self.unaligned { ", unaligned access" } else { ", aligned access only" })
    }
}
