//! Announcements: which module a group is offered, who may take it now, and who says so.

use crate::bytes::{Reader, Writer};
use aingle_wasm_manifest::{Key, MAX_HEADER_LEN, SIGNATURE_LEN, sha256};
use core::fmt;

/// What the signed bytes begin with, so that no signature of an announcement is one of anything else.
pub const DOMAIN: &[u8; 16] = b"aingle-announce1";
/// What an announcement begins with.
const MAGIC: &[u8; 4] = b"SMNA";
const VERSION: u8 = 1;
/// Bytes before the name of the group.
const FIXED: usize = 24;
/// Chunks have a multiple of so many bytes: the longest word of a flash.
const CHUNK_STEP: u16 = 32;
/// Longest announcement, in bytes.
pub const MAX_ANNOUNCEMENT: usize = FIXED + crate::MAX_NAME + MAX_HEADER_LEN + SIGNATURE_LEN;

/// Name of a blob on topics: the first eight bytes of the SHA-256 of its manifest, signature included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct BlobId(pub [u8; 8]);

impl BlobId {
    /// Returns the id of a blob with this manifest.
    #[must_use]
    pub fn of(header: &[u8]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = sha256(header);
        Self([a, b, c, d, e, f, g, h])
    }
}

/// Prints sixteen hexadecimal digits.
impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

/// Why bytes are not an announcement for this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum AnnouncementError {
    /// They do not have the layout, or a field has no meaning.
    Malformed,
    /// They are of a later version.
    Version {
        /// That version.
        found: u8,
    },
    /// They are of another group.
    OtherGroup,
    /// No key of an operator has signed them.
    Signature,
}

impl fmt::Display for AnnouncementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not an announcement"),
            Self::Version { found } => write!(f, "announcement of version {found}, expected {VERSION}"),
            Self::OtherGroup => f.write_str("announcement of another group"),
            Self::Signature => f.write_str("announcement that no operator has signed"),
        }
    }
}

impl core::error::Error for AnnouncementError {}

/// What a group is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement<'a> {
    /// Whether devices that have not begun, or not finished, wait.
    pub paused: bool,
    /// How many of 1,000 devices may take it: those whose [`share_of`] is below.
    pub permille: u16,
    /// Grows with each announcement of a group, from 1.
    pub number: u32,
    /// Length of the blob, in bytes.
    pub blob_len: u32,
    /// Length of each chunk but the last, in bytes: a multiple of 32.
    pub chunk_len: u16,
    /// The group.
    pub group: &'a str,
    /// The manifest of the blob, with its signature.
    pub header: &'a [u8],
}

impl<'a> Announcement<'a> {
    /// Reads an announcement of a group, and verifies who signed it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(bytes: &'a [u8], group: &str, operators: &[Key]) -> Result<Self, AnnouncementError> {
        let (signed, signature) =
            bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(AnnouncementError::Malformed)?;
        let announcement = Self::parse(signed)?;
        if announcement.group != group {
            return Err(AnnouncementError::OtherGroup);
        }
        let holds = |key: &Key| !key.is_revoked() && key.has_signed(DOMAIN, signed, signature);
        if operators.iter().any(holds) { Ok(announcement) } else { Err(AnnouncementError::Signature) }
    }

    /// Reads what is signed, without its signature: whoever has signed it, it says nothing for sure. `None` if it is no announcement.
    #[must_use]
    pub fn read(signed: &'a [u8]) -> Option<Self> {
        Self::parse(signed).ok()
    }

    /// Reads what is signed.
    fn parse(signed: &'a [u8]) -> Result<Self, AnnouncementError> {
        let mut reader = Reader(signed);
        if reader.array() != Some(*MAGIC) {
            return Err(AnnouncementError::Malformed);
        }
        match reader.u8() {
            Some(VERSION) => Self::fields(reader).ok_or(AnnouncementError::Malformed),
            Some(found) => Err(AnnouncementError::Version { found }),
            None => Err(AnnouncementError::Malformed),
        }
    }

    fn fields(mut reader: Reader<'a>) -> Option<Self> {
        let paused = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let (permille, number, blob_len) = (reader.u16()?, reader.u32()?, reader.u32()?);
        let (chunk_len, header_len) = (reader.u16()?, reader.u16()?);
        let group_len = reader.u32()?;
        let group = core::str::from_utf8(reader.take(usize::try_from(group_len).ok()?)?).ok()?;
        let header = reader.take(header_len.into())?;
        let lengths = number > 0 && Self::is_chunk_len(chunk_len) && blob_len > header_len.into();
        let known = permille <= 1_000 && crate::check_name(group).is_ok() && reader.0.is_empty();
        (lengths && known).then_some(Self { paused, permille, number, blob_len, chunk_len, group, header })
    }

    /// Writes what is signed. Returns its length; `None` if the buffer is too short.
    pub fn write(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut writer = Writer::new(buffer);
        writer.put(MAGIC);
        writer.put(&[VERSION, self.paused.into()]);
        writer.put(&self.permille.to_le_bytes());
        writer.put(&self.number.to_le_bytes());
        writer.put(&self.blob_len.to_le_bytes());
        writer.put(&self.chunk_len.to_le_bytes());
        writer.put(&u16::try_from(self.header.len()).ok()?.to_le_bytes());
        writer.put(&u32::try_from(self.group.len()).ok()?.to_le_bytes());
        writer.put(self.group.as_bytes());
        writer.put(self.header);
        writer.len()
    }

    /// Writes the announcement, signed by an operator's key. `None` if the header or the name of the group is too long.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn sign(&self, key: &aingle_wasm_manifest::SigningKey) -> Option<std::vec::Vec<u8>> {
        use ed25519_dalek::Signer;
        let mut signed = std::vec![0; MAX_ANNOUNCEMENT];
        let len = self.write(&mut signed)?;
        signed.truncate(len);
        let signature = key.sign(&[DOMAIN.as_slice(), &signed].concat());
        signed.extend(signature.to_bytes());
        Some(signed)
    }

    /// Returns whether chunks may have this length: a multiple of 32, and not 0.
    #[must_use]
    pub const fn is_chunk_len(len: u16) -> bool {
        len > 0 && len.is_multiple_of(CHUNK_STEP)
    }

    /// Returns the name of the blob.
    #[must_use]
    pub fn blob(&self) -> BlobId {
        BlobId::of(self.header)
    }

    /// Returns how many chunks the blob has.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        self.blob_len.div_ceil(u32::from(self.chunk_len).max(1))
    }
}

/// Returns where a device stands among 1,000: 0 to 999, another number for each blob, so that not always the same devices are first.
#[must_use]
pub fn share_of(device: &str, blob: &BlobId) -> u16 {
    let mut bytes = [0; crate::MAX_NAME + 8];
    let mut writer = Writer::new(&mut bytes);
    writer.put(&blob.0);
    writer.put(device.as_bytes());
    let len = writer.len().unwrap_or(8);
    let [a, b, c, d, ..] = sha256(&bytes[..len]);
    (u32::from_le_bytes([a, b, c, d]) % 1_000) as u16
}
