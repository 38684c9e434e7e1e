//! Error codes of error envelopes.

use core::fmt;

/// The first two bytes of an error envelope's payload, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u16)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The function returned an error of its own, as bytes. Body: those bytes.
    Application = 1,
    /// A typed function returned `Err`. Body: the whole `Result`, in postcard.
    ApplicationTyped = 2,
    /// The request's envelope or arguments could not be read. Body: text.
    BadRequest = 3,
    /// The host has no function of that name. Body: text.
    UnknownFunction = 4,
    /// A host function failed without an error of its own. Body: text.
    HostFailed = 5,
    /// The request or the response is larger than a limit allows. Body: text.
    TooLarge = 6,
    /// A flag asks for something that this side was built without. Body: text.
    Unsupported = 7,
    /// The function ran, and its result could not be written. Body: text.
    BadResult = 8,
}

impl ErrorCode {
    /// The length of the prefix of an error's body: the code and two zero bytes.
    pub const PREFIX_LEN: usize = 4;

    /// Returns the bytes before an error's body.
    #[must_use]
    pub const fn to_prefix(self) -> [u8; Self::PREFIX_LEN] {
        let [low, high] = (self as u16).to_le_bytes();
        [low, high, 0, 0]
    }

    /// Splits an error payload into its code and body. Returns `None` if it is not an error payload.
    #[must_use]
    pub fn split(payload: &[u8]) -> Option<(Self, &[u8])> {
        let ([low, high, 0, 0], body) = payload.split_first_chunk::<{ Self::PREFIX_LEN }>()? else {
            return None;
        };
        Some((Self::from_u16(u16::from_le_bytes([*low, *high]))?, body))
    }

    /// Returns the code of this number, or `None` if there is none.
    #[must_use]
    pub const fn from_u16(code: u16) -> Option<Self> {
        Some(match code {
            1 => Self::Application,
            2 => Self::ApplicationTyped,
            3 => Self::BadRequest,
            4 => Self::UnknownFunction,
            5 => Self::HostFailed,
            6 => Self::TooLarge,
            7 => Self::Unsupported,
            8 => Self::BadResult,
            _ => return None,
        })
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Application => "application error",
            Self::ApplicationTyped => "typed application error",
            Self::BadRequest => "bad request",
            Self::UnknownFunction => "unknown function",
            Self::HostFailed => "host function failed",
            Self::TooLarge => "too large",
            Self::Unsupported => "unsupported",
            Self::BadResult => "bad result",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for number in 0..=u16::MAX {
            if let Some(code) = ErrorCode::from_u16(number) {
                assert_eq!(code as u16, number);
                assert_eq!(ErrorCode::split(&code.to_prefix()), Some((code, &[][..])));
            }
        }
        assert_eq!(ErrorCode::split(&[1, 0, 0]), None);
        assert_eq!(ErrorCode::split(&[1, 0, 0, 1]), None);
        assert_eq!(ErrorCode::split(&[0, 0, 0, 0]), None);
    }
}
