//! CRC-32 (IEEE), four bits at a time: a table of 64 bytes, since one of kilobytes costs more flash than it is worth.

/// The CRC of each value of four bits.
const TABLE: [u32; 16] = table();

const fn table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut index = 0;
    while index < 16 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 4 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

/// CRC-32 of bytes that come in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Crc(u32);

impl Crc {
    /// Begins a checksum.
    pub(crate) const fn new() -> Self {
        Self(u32::MAX)
    }

    /// Adds bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            self.0 = TABLE[(self.0 & 15) as usize] ^ (self.0 >> 4);
            self.0 = TABLE[(self.0 & 15) as usize] ^ (self.0 >> 4);
        }
    }

    /// Returns the checksum of the bytes so far.
    pub(crate) const fn value(self) -> u32 {
        !self.0
    }

    /// Returns the checksum of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> u32 {
        let mut crc = Self::new();
        crc.update(bytes);
        crc.value()
    }
}

#[cfg(test)]
mod tests {
    use super::Crc;

    #[test]
    fn the_check_value_of_crc_32_is_found() {
        assert_eq!(Crc::of(b"123456789"), 0xCBF4_3926);
        assert_eq!(Crc::of(b""), 0);
    }

    #[test]
    fn pieces_have_the_checksum_of_the_whole() {
        let mut crc = Crc::new();
        crc.update(b"1234");
        crc.update(b"56789");
        assert_eq!(crc.value(), 0xCBF4_3926);
    }
}
