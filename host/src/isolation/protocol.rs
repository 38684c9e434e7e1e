//! What parent and child say to each other: one request, one answer.

use crate::compiler::Compiler;
use std::io::{self, Read, Write};

const REQUEST: &[u8; 8] = b"AIWCREQ2";
const ANSWER: &[u8; 8] = b"AIWCANS1";
/// More than any text about versions and processors.
const MOST_TOOLCHAIN: u32 = 1 << 16;

/// What is to be compiled, how, and under which limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    /// The memory that the child may map, in bytes.
    pub(super) process_memory: u64,
    /// The processor's time that the child may use, in seconds.
    pub(super) process_seconds: u64,
    pub(super) threads: u64,
    pub(super) compiler: Compiler,
    pub(super) static_memory_bound: u32,
    pub(super) memory_limit: u64,
    /// The length of the module, in bytes.
    pub(super) module: u64,
}

impl Settings {
    fn numbers(&self) -> [u64; 7] {
        [
            self.process_memory,
            self.process_seconds,
            self.threads,
            self.compiler as u64,
            self.static_memory_bound.into(),
            self.memory_limit,
            self.module,
        ]
    }

    fn from_numbers(numbers: [u64; 7]) -> Option<Self> {
        let [process_memory, process_seconds, threads, compiler, bound, memory_limit, module] = numbers;
        let compilers = [Compiler::Cranelift, Compiler::Llvm];
        Some(Self {
            process_memory,
            process_seconds,
            threads,
            compiler: compilers.into_iter().find(|known| *known as u64 == compiler)?,
            static_memory_bound: u32::try_from(bound).ok()?,
            memory_limit,
            module,
        })
    }
}

/// Writes what comes before the module.
pub(super) fn write_settings(to: &mut impl Write, toolchain: &str, settings: &Settings) -> io::Result<()> {
    to.write_all(REQUEST)?;
    to.write_all(&(toolchain.len() as u32).to_le_bytes())?;
    to.write_all(toolchain.as_bytes())?;
    settings.numbers().iter().try_for_each(|number| to.write_all(&number.to_le_bytes()))
}

/// Reads what comes before the module. `None` where parent and child are of different versions.
pub(super) fn read_settings(from: &mut impl Read, toolchain: &str) -> io::Result<Option<Settings>> {
    let mut mark = [0; 8];
    from.read_exact(&mut mark)?;
    let mut len = [0; 4];
    from.read_exact(&mut len)?;
    let len = u32::from_le_bytes(len);
    if mark != *REQUEST || len > MOST_TOOLCHAIN {
        return Ok(None);
    }
    let mut theirs = vec![0; len as usize];
    from.read_exact(&mut theirs)?;
    let mut numbers = [0; 7];
    for number in &mut numbers {
        let mut bytes = [0; 8];
        from.read_exact(&mut bytes)?;
        *number = u64::from_le_bytes(bytes);
    }
    Ok(Settings::from_numbers(numbers).filter(|_| theirs == toolchain.as_bytes()))
}

/// How a compilation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// With machine code.
    Code(Vec<u8>),
    /// With the compiler's words.
    Refused(String),
    /// With too little memory.
    OutOfMemory,
    /// It did not begin: the parent is of another version.
    OtherVersion,
}

impl Answer {
    fn kind(&self) -> u8 {
        match self {
            Self::Code(_) => 0,
            Self::Refused(_) => 1,
            Self::OutOfMemory => 2,
            Self::OtherVersion => 3,
        }
    }

    fn body(&self) -> &[u8] {
        match self {
            Self::Code(code) => code,
            Self::Refused(reason) => reason.as_bytes(),
            Self::OutOfMemory | Self::OtherVersion => &[],
        }
    }

    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (kind, body) = (self.kind(), self.body());
        to.write_all(ANSWER)?;
        to.write_all(&[kind])?;
        to.write_all(body)?;
        to.write_all(checksum(kind, body).as_bytes())?;
        to.flush()
    }

    /// Reads an answer that is whole. `None` for anything else.
    pub(super) fn read(mut bytes: Vec<u8>) -> Option<Self> {
        let (&kind, rest) = bytes.strip_prefix(ANSWER)?.split_first()?;
        let (body, found) = rest.split_last_chunk::<{ blake3::OUT_LEN }>()?;
        if checksum(kind, body) != *found {
            return None;
        }
        match kind {
            0 => {
                bytes.truncate(bytes.len() - blake3::OUT_LEN);
                bytes.drain(..ANSWER.len() + 1);
                Some(Self::Code(bytes))
            }
            1 => Some(Self::Refused(String::from_utf8_lossy(body).into_owned())),
            2 => Some(Self::OutOfMemory),
            3 => Some(Self::OtherVersion),
            _ => None,
        }
    }
}

/// A process that dies writes half of an answer.
fn checksum(kind: u8, body: &[u8]) -> blake3::Hash {
    blake3::Hasher::new().update(&[kind]).update(body).finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let settings = Settings {
            process_memory: 1,
            process_seconds: 2,
            threads: 3,
            compiler: Compiler::Llvm,
            static_memory_bound: 4,
            memory_limit: 5,
            module: 6,
        };
        let mut bytes = Vec::new();
        write_settings(&mut bytes, "this", &settings).unwrap();
        assert_eq!(read_settings(&mut &bytes[..], "this").unwrap(), Some(settings));
        assert_eq!(read_settings(&mut &bytes[..], "that").unwrap(), None);
        for len in 0..bytes.len() {
            assert!(read_settings(&mut &bytes[..len], "this").is_err(), "{len}");
        }
    }

    #[test]
    fn an_answer_is_whole_or_none() {
        let all = [
            Answer::Code(vec![7; 100]),
            Answer::Refused("words".into()),
            Answer::OutOfMemory,
            Answer::OtherVersion,
        ];
        for answer in all {
            let mut bytes = Vec::new();
            answer.write(&mut bytes).unwrap();
            assert_eq!(Answer::read(bytes.clone()), Some(answer));
            assert_eq!(Answer::read(bytes[..bytes.len() - 1].to_vec()), None);
            bytes[9] ^= 1;
            assert_eq!(Answer::read(bytes), None);
        }
    }
}
