//! Which pages of a mapping were ever touched.

#[cfg(target_os = "linux")]
pub(super) use linux::Pagemap;
#[cfg(not(target_os = "linux"))]
pub(super) use other::Pagemap;

/// The size of a page of the host. Where it is another, nothing is put back.
pub(super) const PAGE: usize = 4096;

#[cfg(target_os = "linux")]
mod linux {
    use super::PAGE;
    use crate::raw::{Mapping, PerProcess, Run, page_size, touched};
    use std::fs::File;
    use std::ops::ControlFlow;
    use std::os::unix::fs::FileExt as _;

    /// One word for each page of the process; see proc_pid_pagemap(5).
    const PAGEMAP: &str = "/proc/self/pagemap";
    const WORD: usize = 8;
    /// Number of words that are read at once.
    const WORDS: usize = 512;
    /// The page is in memory, or in the swap: it was touched, and may hold anything. Any other page of an anonymous
    /// mapping reads as zeros.
    const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

    /// Number of runs of pages that are asked for at once.
    const RUNS: usize = 32;

    /// The system's answer to which pages were touched. It was seen to be of this process and to be true.
    pub(crate) struct Pagemap {
        file: File,
        /// Whether it tells runs of pages, since Linux 6.7, in place of a word for each page.
        runs: bool,
    }

    impl Pagemap {
        /// Returns the one of this process, if the system has one. A file that was opened before a `fork` tells of the
        /// parent's memory, so that a child opens its own.
        pub(crate) fn of_this_process() -> Option<&'static Self> {
            static OURS: PerProcess<Option<Pagemap>> = PerProcess::new();
            let (ours, _) = OURS.get(|_| Self::proven(File::open(PAGEMAP).ok()?));
            ours.as_ref()
        }

        /// Accepts a file that tells a page that was just written from the same page a moment before, by runs if it can.
        pub(crate) fn proven(file: File) -> Option<Self> {
            if page_size() != PAGE {
                return None;
            }
            let by_runs = Self { file, runs: true };
            if by_runs.sees_a_touch()? {
                return Some(by_runs);
            }
            let by_words = Self { runs: false, ..by_runs };
            by_words.sees_a_touch()?.then_some(by_words)
        }

        /// Whether it tells of a page in the middle of three, and only then, that it was written. `None` without memory.
        fn sees_a_touch(&self) -> Option<bool> {
            let mut probe = Mapping::new(3)?;
            let untouched = self.numbers(probe.bytes()).is_some_and(|touched| touched.is_empty());
            probe.touch(PAGE);
            Some(untouched && self.numbers(probe.bytes()) == Some(vec![1]))
        }

        /// The numbers of all touched pages.
        fn numbers(&self, mapping: &mut [u8]) -> Option<Vec<usize>> {
            let mut numbers = Vec::new();
            let told = self.each(mapping, |number, _| {
                numbers.push(number);
                ControlFlow::<()>::Continue(())
            });
            told.map(|_| numbers)
        }

        #[cfg(test)]
        pub(crate) fn unproven(file: File, runs: bool) -> Self {
            Self { file, runs }
        }

        /// Hands out every touched page of a private, anonymous mapping with its number, in order, until `take` breaks.
        /// `None` when the system did not tell all of them.
        pub(crate) fn each<B>(
            &self,
            mapping: &mut [u8],
            take: impl FnMut(usize, &mut [u8; PAGE]) -> ControlFlow<B>,
        ) -> Option<ControlFlow<B>> {
            let address = mapping.as_ptr().addr();
            let (pages, rest) = mapping.as_chunks_mut::<PAGE>();
            if !rest.is_empty() || !pages.is_empty() && !address.is_multiple_of(PAGE) {
                return None;
            }
            if self.runs {
                self.each_of_runs(address, pages, take)
            } else {
                self.each_word(address, pages, take)
            }
        }

        fn each_of_runs<B>(
            &self,
            address: usize,
            pages: &mut [[u8; PAGE]],
            mut take: impl FnMut(usize, &mut [u8; PAGE]) -> ControlFlow<B>,
        ) -> Option<ControlFlow<B>> {
            let mut runs = [Run::default(); RUNS];
            let number = |at: u64| Some(usize::try_from(at).ok()?.checked_sub(address)? / PAGE);
            let end = (address + pages.len() * PAGE) as u64;
            let mut from = address as u64;
            while from < end {
                let (found, looked) = touched(&self.file, from..end, &mut runs)?;
                for run in &runs[..found] {
                    let first = number(run.start)?;
                    for (at, page) in pages.get_mut(first..number(run.end)?)?.iter_mut().enumerate() {
                        if let ControlFlow::Break(broken) = take(first + at, page) {
                            return Some(ControlFlow::Break(broken));
                        }
                    }
                }
                from = looked;
            }
            Some(ControlFlow::Continue(()))
        }

        fn each_word<B>(
            &self,
            address: usize,
            pages: &mut [[u8; PAGE]],
            mut take: impl FnMut(usize, &mut [u8; PAGE]) -> ControlFlow<B>,
        ) -> Option<ControlFlow<B>> {
            let mut words = [0; WORDS * WORD];
            for (chunk, pages) in pages.chunks_mut(WORDS).enumerate() {
                let words = &mut words[..pages.len() * WORD];
                let number = chunk * WORDS;
                self.file.read_exact_at(words, ((address / PAGE + number) * WORD) as u64).ok()?;
                for (at, (word, page)) in words.as_chunks::<WORD>().0.iter().zip(pages).enumerate() {
                    if u64::from_ne_bytes(*word) & PRESENT_OR_SWAPPED != 0
                        && let ControlFlow::Break(broken) = take(number + at, page)
                    {
                        return Some(ControlFlow::Break(broken));
                    }
                }
            }
            Some(ControlFlow::Continue(()))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::io::Write as _;

        #[test]
        fn a_pagemap_that_does_not_see_what_was_just_written_is_not_believed() {
            assert!(Pagemap::proven(File::open("/dev/zero").unwrap()).is_none());
            let mut ones = tempfile::tempfile().unwrap();
            ones.write_all(&[0xff; 64]).unwrap();
            assert!(Pagemap::proven(ones).is_none(), "too short");
        }

        /// More pages than are asked for at once by words, and more runs than by runs.
        #[test]
        fn scattered_pages_are_told_alike_by_words_and_by_runs() {
            const PAGES: usize = 600;
            let file = || File::open(PAGEMAP).unwrap();
            let pagemaps = [Pagemap::proven(file()).unwrap(), Pagemap::unproven(file(), false)];
            let mut mapping = Mapping::new(PAGES).unwrap();
            let mut expected = std::collections::BTreeSet::new();
            for step in [PAGES - 1, 7, 3, 2, 1] {
                for number in (0..PAGES).step_by(step) {
                    mapping.touch(number * PAGE);
                    expected.insert(number);
                }
                for pagemap in &pagemaps {
                    let found = pagemap.numbers(mapping.bytes()).unwrap();
                    assert!(found.iter().eq(&expected), "{step}, by runs: {}", pagemap.runs);
                }
            }
        }

        #[test]
        fn the_pagemap_of_this_process_is_opened_once() {
            let first = Pagemap::of_this_process().map(std::ptr::from_ref);
            assert_eq!(Pagemap::of_this_process().map(std::ptr::from_ref), first);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use super::PAGE;
    use std::ops::ControlFlow;

    /// Cannot be had.
    pub(crate) enum Pagemap {}

    impl Pagemap {
        pub(crate) fn of_this_process() -> Option<&'static Self> {
            None
        }

        pub(crate) fn each<B>(
            &self,
            _: &mut [u8],
            _: impl FnMut(usize, &mut [u8; PAGE]) -> ControlFlow<B>,
        ) -> Option<ControlFlow<B>> {
            match *self {}
        }
    }
}
