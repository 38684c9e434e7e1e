//! Numbers and fields of fixed layouts.

/// Reads fields from the front of some bytes.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// Takes so many bytes. `None` if they are not there.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
}

/// Writes fields into bytes. What does not fit is not written, and `is_full` says so.
pub struct Writer<'a> {
    bytes: &'a mut [u8],
    len: usize,
    is_full: bool,
}

impl<'a> Writer<'a> {
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, len: 0, is_full: false }
    }

    pub fn put(&mut self, field: &[u8]) {
        match self.bytes.get_mut(self.len..self.len + field.len()) {
            Some(place) => {
                place.copy_from_slice(field);
                self.len += field.len();
            }
            None => self.is_full = true,
        }
    }

    /// Returns how many bytes were written, unless some did not fit.
    pub fn len(&self) -> Option<usize> {
        if self.is_full { None } else { Some(self.len) }
    }
}
