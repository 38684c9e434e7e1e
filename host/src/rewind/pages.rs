//! Which pages of a mapping were ever touched.

#[cfg(target_os = "linux")]
pub(super) use linux::Touched;
#[cfg(not(target_os = "linux"))]
pub(super) use other::Touched;

/// The size of a page of the host. Where it is another, nothing is rewound.
pub(super) const PAGE: usize = 4096;

#[cfg(target_os = "linux")]
mod linux {
    use super::PAGE;
    use std::fs::File;
    use std::os::unix::fs::FileExt as _;

    /// One word for each page of the process; see proc_pid_pagemap(5).
    const PAGEMAP: &str = "/proc/self/pagemap";
    const WORD: usize = 8;
    /// The page is in memory, or in the swap: it was touched, and may hold anything. Any other page of an anonymous
    /// mapping reads as zeros.
    const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

    pub(in crate::rewind) struct Touched {
        pagemap: File,
        words: Vec<u8>,
    }

    impl Touched {
        pub(in crate::rewind) fn open() -> Option<Self> {
            if crate::raw::page_size() != PAGE {
                return None;
            }
            Some(Self { pagemap: File::open(PAGEMAP).ok()?, words: Vec::new() })
        }

        /// Hands out every touched page of a private, anonymous mapping with its number, in order. Nothing when
        /// the system did not tell all of them.
        pub(in crate::rewind) fn each(
            &mut self,
            mapping: &mut [u8],
            mut take: impl FnMut(usize, &mut [u8; PAGE]),
        ) -> Option<()> {
            let address = mapping.as_ptr().addr();
            let (pages, rest) = mapping.as_chunks_mut::<PAGE>();
            if !rest.is_empty() || !pages.is_empty() && !address.is_multiple_of(PAGE) {
                return None;
            }
            self.words.resize(pages.len() * WORD, 0);
            self.pagemap.read_exact_at(&mut self.words, (address / PAGE * WORD) as u64).ok()?;
            for (number, (word, page)) in self.words.as_chunks::<WORD>().0.iter().zip(pages).enumerate() {
                if u64::from_ne_bytes(*word) & PRESENT_OR_SWAPPED != 0 {
                    take(number, page);
                }
            }
            Some(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use super::PAGE;

    /// Cannot be had.
    pub(in crate::rewind) enum Touched {}

    impl Touched {
        pub(in crate::rewind) fn open() -> Option<Self> {
            None
        }

        pub(in crate::rewind) fn each(
            &mut self,
            _: &mut [u8],
            _: impl FnMut(usize, &mut [u8; PAGE]),
        ) -> Option<()> {
            match *self {}
        }
    }
}
