//! What a file that should be a key is.

use aingle_wasm_manifest::SigningKey;
use std::fmt;

/// What a file that should be a key is.
pub enum Found {
    /// An Ed25519 private key.
    Private(Box<SigningKey>),
    /// An Ed25519 public key.
    Public([u8; 32]),
    /// 64 hexadecimal digits.
    Hex([u8; 32]),
    /// Another number of hexadecimal digits.
    HexOf(usize),
    /// A key of another algorithm: whether it is private, and its name.
    Other(bool, String),
    /// A key that needs a passphrase.
    Encrypted(&'static str),
    /// A file of another kind that can have a key in it.
    Container(&'static str),
    /// A PEM file of another kind, by its label.
    Pem(String),
    /// A key file that is damaged: its kind, and what is wrong.
    Damaged(&'static str, String),
    /// Empty.
    Nothing,
    /// This many bytes of nothing that is known.
    Unknown(usize),
}

impl Found {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Private(_) => "`aingle-wasm keygen --from FILE --public FILE` writes its public key",
            Self::Encrypted("OpenSSH") => "Decrypt a copy: `ssh-keygen -p -N '' -f FILE`",
            Self::Encrypted("PKCS#8") => "Decrypt it: `openssl pkey -inform DER -in FILE -out FILE`",
            Self::Container("a PKCS#12 file") => {
                "Take the key out: `openssl pkcs12 -in FILE -nocerts -nodes -out FILE`"
            }
            Self::Encrypted(_) => "Decrypt it: `openssl pkey -in FILE -out FILE`",
            Self::Pem(label) if label == "ENCRYPTED PRIVATE KEY" => {
                "Decrypt it: `openssl pkey -in FILE -out FILE`"
            }
            Self::Unknown(32) => "32 raw bytes can be written as 64 hexadecimal digits",
            Self::Public(_) => "The private key is in another file, often of the same name without `.pub`",
            _ => return None,
        })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(_) => f.write_str("an Ed25519 private key"),
            Self::Public(_) => f.write_str("an Ed25519 public key"),
            Self::Hex(_) => f.write_str("64 hexadecimal digits"),
            Self::HexOf(digits) => write!(f, "{digits} hexadecimal digits instead of 64"),
            Self::Other(true, name) => write!(f, "a private key of {name}"),
            Self::Other(false, name) => write!(f, "a public key of {name}"),
            Self::Encrypted(kind) => write!(f, "a key of {kind} with a passphrase"),
            Self::Container(what) => f.write_str(what),
            Self::Pem(label) => write!(f, "a PEM file of the kind `{label}`"),
            Self::Damaged(kind, error) => write!(f, "a damaged {kind} file: {error}"),
            Self::Nothing => f.write_str("nothing"),
            Self::Unknown(len) => write!(f, "{len} bytes of no known format"),
        }
    }
}
