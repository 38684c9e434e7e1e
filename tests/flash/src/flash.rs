//! The model: blocks that are erased to ones, words that are programmed to zeros, and a power that can fail inside an
//! operation.

use crate::cut::{Cut, Erased, Operation, Torn};
use crate::random::Random;
use embedded_storage::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase,
    check_read, check_write,
};

/// How bits read that an interrupted operation left between zero and one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unstable {
    /// Always as at the first time.
    Never,
    /// Differently at each read.
    EachRead,
    /// Differently after each boot.
    EachBoot,
}

/// What a part does beside plain one-way bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// A word that was programmed, or begun, must be erased before the next write, as on parts with ECC.
    pub write_once: bool,
    /// How torn bits read.
    pub unstable: Unstable,
    /// A read of torn bits is an error, as on parts with ECC.
    pub torn_reads_fail: bool,
}

impl Rules {
    /// Plain NOR flash: writes clear bits, and torn bits read the same each time.
    pub const PLAIN: Self = Self { write_once: false, unstable: Unstable::Never, torn_reads_fail: false };
    /// A part with ECC.
    pub const ECC: Self = Self { write_once: true, unstable: Unstable::Never, torn_reads_fail: true };
    /// Torn bits read differently each time.
    pub const UNSTABLE: Self =
        Self { write_once: false, unstable: Unstable::EachRead, torn_reads_fail: false };
    /// Torn bits read differently after each boot, and words are written once.
    pub const UNSTABLE_ONCE: Self =
        Self { write_once: true, unstable: Unstable::EachBoot, torn_reads_fail: false };
    /// All that the campaigns run on.
    pub const ALL: [Self; 4] = [Self::PLAIN, Self::ECC, Self::UNSTABLE, Self::UNSTABLE_ONCE];

    /// Returns the rules in words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match *self {
            Self::PLAIN => "plain",
            Self::ECC => "written once, torn words cannot be read",
            Self::UNSTABLE => "torn bits differ at each read",
            Self::UNSTABLE_ONCE => "written once, torn bits differ after each boot",
            _ => "other",
        }
    }
}

/// Errors of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The power is off. [`Flash::reboot`] brings it back.
    PowerOff,
    /// The arguments do not fit the flash.
    Misuse(NorFlashErrorKind),
    /// A word was written twice.
    WrittenTwice {
        /// Where the write began.
        offset: u32,
    },
    /// A torn word was read.
    Unreadable {
        /// Where the read began.
        offset: u32,
    },
}

impl NorFlashError for Fault {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Misuse(kind) => *kind,
            _ => NorFlashErrorKind::Other,
        }
    }
}

/// A NOR flash with words of `WRITE` bytes and blocks of `ERASE` bytes.
#[derive(Clone, Debug)]
pub struct Flash<const WRITE: usize, const ERASE: usize> {
    bytes: Vec<u8>,
    weak: Vec<u8>,
    begun: Vec<bool>,
    rules: Rules,
    cut: Option<Cut>,
    off: bool,
    operations: u64,
    trace: Option<Vec<Operation>>,
    lost_ones: u64,
    boots: u64,
    random: Random,
}

impl<const WRITE: usize, const ERASE: usize> Flash<WRITE, ERASE> {
    /// Makes an erased flash of `blocks` blocks. The seed decides what torn bits read as.
    #[must_use]
    pub fn new(blocks: usize, rules: Rules, seed: u64) -> Self {
        let len = blocks * ERASE;
        Self {
            bytes: vec![0xFF; len],
            weak: vec![0; len],
            begun: vec![false; len / WRITE],
            rules,
            cut: None,
            off: false,
            operations: 0,
            trace: None,
            lost_ones: 0,
            boots: 0,
            random: Random::new(seed),
        }
    }

    /// Makes a flash that holds these bytes. Its length is a number of whole blocks.
    #[must_use]
    pub fn holding(bytes: Vec<u8>, rules: Rules, seed: u64) -> Self {
        let mut flash = Self::new(bytes.len() / ERASE, rules, seed);
        for (word, begun) in bytes.chunks(WRITE).zip(&mut flash.begun) {
            *begun = word.iter().any(|byte| *byte != 0xFF);
        }
        flash.bytes = bytes;
        flash
    }

    /// Sets where the power fails next. Operations are counted on from here.
    pub fn cut_at(&mut self, cut: Option<Cut>) {
        self.cut = cut;
        self.operations = 0;
    }

    /// Brings the power back. The contents stay as they are.
    pub fn reboot(&mut self) {
        self.off = false;
        self.cut = None;
        self.boots += 1;
    }

    /// Begins another sequence of readings of torn bits.
    pub fn reseed(&mut self, seed: u64) {
        self.random = Random::new(seed);
    }

    /// Returns whether the power was cut.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.off
    }

    /// Begins to list the operations.
    pub fn begin_trace(&mut self) {
        self.trace = Some(Vec::new());
        self.operations = 0;
    }

    /// Returns the operations since [`Self::begin_trace`].
    pub fn end_trace(&mut self) -> Vec<Operation> {
        self.trace.take().unwrap_or_default()
    }

    /// Returns how many bits a write wanted to be ones that already were zeros.
    #[must_use]
    pub fn lost_ones(&self) -> u64 {
        self.lost_ones
    }

    /// Returns the contents, torn bits as they were first read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Changes the contents without any rule, as a fault or an attacker would.
    pub fn tamper(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Counts an operation, and returns the cut if this is the one.
    fn next(&mut self, operation: Operation) -> Option<Cut> {
        let number = self.operations;
        self.operations += 1;
        if let Some(trace) = &mut self.trace {
            trace.push(operation);
        }
        self.cut.filter(|cut| cut.operation == number)
    }

    /// Programs one byte: bits go to zero and are no longer torn.
    fn program(&mut self, at: usize, byte: u8) {
        self.lost_ones += u64::from((byte & !self.bytes[at]).count_ones());
        self.bytes[at] &= byte;
        self.weak[at] &= byte;
        self.begun[at / WRITE] = true;
    }

    /// Programs some bits of one byte, and leaves all that were to be programmed torn.
    fn tear(&mut self, at: usize, byte: u8, torn: Torn) {
        let wanted = self.bytes[at] & !byte;
        let done = match torn {
            Torn::Clean => return,
            Torn::Faint => 0,
            Torn::Full => wanted,
            Torn::Bits | Torn::Page => wanted & self.random.byte(),
        };
        self.bytes[at] &= !done;
        self.weak[at] |= wanted;
        self.begun[at / WRITE] = true;
    }

    fn cut_write(&mut self, offset: usize, bytes: &[u8], cut: Cut) {
        let done = cut.bytes.min(bytes.len());
        for (at, byte) in bytes[..done].iter().enumerate() {
            self.program(offset + at, *byte);
        }
        let word_end = ((done / WRITE) + 1) * WRITE;
        let torn_end = if cut.torn == Torn::Page { bytes.len() } else { word_end.min(bytes.len()) };
        for (at, byte) in bytes.iter().enumerate().take(torn_end).skip(done) {
            self.tear(offset + at, *byte, cut.torn);
        }
    }

    fn erase_block(&mut self, block: usize) {
        self.bytes[block..block + ERASE].fill(0xFF);
        self.weak[block..block + ERASE].fill(0);
        self.begun[block / WRITE..(block + ERASE) / WRITE].fill(false);
    }

    /// Erases some bits of a block, and leaves all zeros of it torn. Its words count as begun.
    fn cut_erase(&mut self, block: usize, erased: Erased) {
        for at in 0..ERASE {
            let mask = match erased {
                Erased::Old => 0,
                Erased::Whole => 0xFF,
                Erased::FirstHalf => u8::MAX * u8::from(at < ERASE / 2),
                Erased::SecondHalf => u8::MAX * u8::from(at >= ERASE / 2),
                Erased::Alternating => 0x55,
                Erased::Random => self.random.byte(),
            };
            let byte = self.bytes[block + at];
            self.weak[block + at] |= !byte;
            self.bytes[block + at] = byte | mask;
        }
        self.begun[block / WRITE..(block + ERASE) / WRITE].fill(true);
    }

    /// Returns what the byte reads as: its torn bits as `mood` says.
    fn reading(&mut self, at: usize, mood: u8) -> u8 {
        let (byte, weak) = (self.bytes[at], self.weak[at]);
        match mood {
            _ if weak == 0 => byte,
            0 => byte & !weak,
            1 => byte | weak,
            2 => byte,
            _ => (byte & !weak) | (weak & self.random.byte()),
        }
    }
}

impl<const WRITE: usize, const ERASE: usize> ErrorType for Flash<WRITE, ERASE> {
    type Error = Fault;
}

impl<const WRITE: usize, const ERASE: usize> ReadNorFlash for Flash<WRITE, ERASE> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Fault> {
        if self.off {
            return Err(Fault::PowerOff);
        }
        check_read(self, offset, bytes.len()).map_err(Fault::Misuse)?;
        let start = offset as usize;
        let torn = self.weak[start..start + bytes.len()].iter().any(|weak| *weak != 0);
        if torn && self.rules.torn_reads_fail {
            return Err(Fault::Unreadable { offset });
        }
        let mood = match self.rules.unstable {
            _ if !torn => 2,
            Unstable::Never => 2,
            Unstable::EachRead => self.random.below(4) as u8,
            Unstable::EachBoot => (Random::new(self.boots.wrapping_mul(0x5851_F42D)).number() % 3) as u8,
        };
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = self.reading(start + at, mood);
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.bytes.len()
    }
}

impl<const WRITE: usize, const ERASE: usize> NorFlash for Flash<WRITE, ERASE> {
    const WRITE_SIZE: usize = WRITE;
    const ERASE_SIZE: usize = ERASE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Fault> {
        if self.off {
            return Err(Fault::PowerOff);
        }
        check_erase(self, from, to).map_err(Fault::Misuse)?;
        for block in (from as usize..to as usize).step_by(ERASE) {
            if let Some(cut) = self.next(Operation::Erase { offset: block as u32 }) {
                self.cut_erase(block, cut.erased);
                self.off = true;
                return Err(Fault::PowerOff);
            }
            self.erase_block(block);
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Fault> {
        if self.off {
            return Err(Fault::PowerOff);
        }
        check_write(self, offset, bytes.len()).map_err(Fault::Misuse)?;
        let start = offset as usize;
        let words = start / WRITE..(start + bytes.len()) / WRITE;
        if self.rules.write_once && self.begun[words].iter().any(|begun| *begun) {
            return Err(Fault::WrittenTwice { offset });
        }
        if let Some(cut) = self.next(Operation::Write { offset, len: bytes.len() }) {
            self.cut_write(start, bytes, cut);
            self.off = true;
            return Err(Fault::PowerOff);
        }
        for (at, byte) in bytes.iter().enumerate() {
            self.program(start + at, *byte);
        }
        Ok(())
    }
}

/// Writing a word twice is allowed unless the rules forbid it.
impl<const WRITE: usize, const ERASE: usize> MultiwriteNorFlash for Flash<WRITE, ERASE> {}
