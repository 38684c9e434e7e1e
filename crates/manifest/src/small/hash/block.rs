//! Blocks of a hash, and the padding of the last.

/// Block that is being filled.
#[derive(Clone)]
pub(super) struct Block<const LEN: usize> {
    bytes: [u8; LEN],
    len: u64,
}

impl<const LEN: usize> Block<LEN> {
    pub(super) const EMPTY: Self = Self { bytes: [0; LEN], len: 0 };

    /// Passes on whole blocks, and keeps the rest.
    pub(super) fn update(&mut self, mut bytes: &[u8], mut compress: impl FnMut(&[u8; LEN])) {
        let filled = (self.len % LEN as u64) as usize;
        self.len = self.len.wrapping_add(bytes.len() as u64);
        if filled != 0 {
            let taken = bytes.len().min(LEN - filled);
            let (first, rest) = bytes.split_at(taken);
            self.bytes[filled..filled + taken].copy_from_slice(first);
            if filled + taken < LEN {
                return;
            }
            compress(&self.bytes);
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        blocks.iter().for_each(&mut compress);
        self.bytes[..rest.len()].copy_from_slice(rest);
    }

    /// Passes on the rest, with the padding and the length in bits.
    pub(super) fn finish(mut self, mut compress: impl FnMut(&[u8; LEN])) {
        let filled = (self.len % LEN as u64) as usize;
        self.bytes[filled] = 0x80;
        self.bytes[filled + 1..].fill(0);
        // The length takes an eighth of a block. Here it is below 2^64 bits, whose other half is 0.
        if filled + 1 + LEN / 8 > LEN {
            compress(&self.bytes);
            self.bytes.fill(0);
        }
        self.bytes[LEN - 8..].copy_from_slice(&self.len.wrapping_mul(8).to_be_bytes());
        compress(&self.bytes);
    }
}
