//! One authenticated frame: header, payload and tag. `docs/LINK.md` specifies it.

use ascon_aead::AsconAead128;
use ascon_aead::aead::{AeadInOut, KeyInit};

/// Bytes before the payload.
pub(crate) const HEADER_LEN: usize = 11;
/// Bytes behind the payload.
pub(crate) const TAG_LEN: usize = 16;
/// Longest payload, in bytes.
pub const MAX_PAYLOAD: usize = 128;
/// Longest frame before COBS, in bytes.
pub(crate) const MAX_FRAME: usize = HEADER_LEN + MAX_PAYLOAD + TAG_LEN;

/// Header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) spi: u16,
    pub(crate) channel: u8,
    pub(crate) counter: u64,
}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..2].copy_from_slice(&self.spi.to_le_bytes());
        bytes[2] = self.channel;
        bytes[3..].copy_from_slice(&self.counter.to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEADER_LEN]) -> Self {
        let [spi0, spi1, channel, counter @ ..] = *bytes;
        let spi = u16::from_le_bytes([spi0, spi1]);
        Self { spi, channel, counter: u64::from_le_bytes(counter) }
    }

    /// Returns the nonce: the header's bytes and five zeros.
    fn nonce(self) -> [u8; 16] {
        let mut nonce = [0; 16];
        nonce[..HEADER_LEN].copy_from_slice(&self.to_bytes());
        nonce
    }
}

/// A frame that is long enough. Its tag is not checked yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) header: Header,
    pub(crate) payload_len: usize,
    /// Header and payload.
    covered: &'a [u8],
    tag: &'a [u8; TAG_LEN],
}

impl<'a> Frame<'a> {
    /// Reads a frame, or returns `None` if it is too short.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (covered, tag) = bytes.split_last_chunk()?;
        let (header, payload) = covered.split_first_chunk()?;
        let payload_len = payload.len();
        Some(Self { header: Header::parse(header), payload_len, covered, tag })
    }

    /// Returns whether the tag is the one of this key. Takes the same time for every wrong tag.
    pub(crate) fn is_authentic(&self, key: &[u8; 16]) -> bool {
        let nonce = self.header.nonce();
        let empty: &mut [u8] = &mut [];
        AsconAead128::new(key.into())
            .decrypt_inout_detached(&nonce.into(), self.covered, empty.into(), self.tag.into())
            .is_ok()
    }
}

/// Computes the tag of header and payload.
pub(crate) fn tag(key: &[u8; 16], header: Header, covered: &[u8]) -> Option<[u8; TAG_LEN]> {
    tag_of(key, header.nonce(), covered)
}

fn tag_of(key: &[u8; 16], nonce: [u8; 16], covered: &[u8]) -> Option<[u8; TAG_LEN]> {
    let empty: &mut [u8] = &mut [];
    let tag = AsconAead128::new(key.into()).encrypt_inout_detached(&nonce.into(), covered, empty.into());
    tag.ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    const NONCE: [u8; 16] = [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31];

    // NIST SP 800-232, known answers 1, 2 and 34 of Ascon-AEAD128.
    #[test]
    fn known_answers() {
        let empty = 0x4F9C_2782_11BE_C931_6BF6_8F46_EE8B_2EC6u128.to_be_bytes();
        let of_30 = 0xCCCB_674F_E18A_09A2_85D6_AB11_B356_75C0u128.to_be_bytes();
        assert_eq!(tag_of(&KEY, NONCE, &[]), Some(empty));
        assert_eq!(tag_of(&KEY, NONCE, &[0x30]), Some(of_30));
    }

    #[test]
    fn known_answer_with_plaintext() {
        let mut text = [0x20];
        let tag = AsconAead128::new((&KEY).into())
            .encrypt_inout_detached(&NONCE.into(), &[0x30], text.as_mut_slice().into())
            .unwrap();
        assert_eq!(text, [0x96]);
        assert_eq!(<[u8; 16]>::from(tag), 0x2B80_1683_6C75_A7D8_6866_588C_A245_D886u128.to_be_bytes());
    }
}
