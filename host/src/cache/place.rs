//! Where code of other engines is verified.

/// Where code is verified, and is then run or read.
#[derive(Debug)]
pub enum CodePlace<'m> {
    /// Memory of its own, as long as the code, into which it is copied.
    Memory(&'m mut [u8]),
    /// The code in the file that was offered, which is mapped; another slice is not noticed. It is not read again if the file was verified before, and has not been changed since.
    Mapped(&'m [u8]),
}
