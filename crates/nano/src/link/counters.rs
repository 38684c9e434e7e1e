//! Counts of what came over a link.

/// Why a frame was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Bytes between two zeros that are not COBS.
    Garbled,
    /// More bytes than the longest frame has.
    Overlong,
    /// Fewer bytes than header and tag.
    Truncated {
        /// Bytes that came.
        found: usize,
        /// Bytes of the shortest frame.
        expected: usize,
    },
    /// Another SPI.
    Spi {
        /// The SPI of the frame.
        found: u16,
        /// The link's.
        expected: u16,
    },
    /// A channel that is neither the link's nor the one of greetings.
    Channel {
        /// The channel of the frame.
        found: u8,
        /// The link's.
        expected: u8,
    },
    /// The tag is not of either key of the link.
    Forged,
    /// A frame that this side may have sent.
    Reflected,
    /// The counter was accepted before.
    Replayed {
        /// The counter.
        counter: u64,
    },
    /// The counter is 64 or more behind the highest one.
    Delayed {
        /// The counter.
        counter: u64,
    },
    /// The epoch may have been accepted before the last restart. A greeting asks for a later one.
    Stale {
        /// The epoch.
        epoch: u32,
    },
    /// The epoch is new, and could not be stored. The frame is not accepted, and may come again.
    NotStored {
        /// The epoch.
        epoch: u32,
    },
    /// A greeting that is not 4 bytes long.
    Greeting {
        /// Its bytes.
        found: usize,
    },
}

/// Counts since the link was opened. They stay at their highest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Payloads in order.
    pub fresh: u32,
    /// Payloads that were overtaken and still within the window.
    pub reordered: u32,
    /// Greetings of the other side.
    pub greetings: u32,
    /// Frames that were not COBS, or too long.
    pub garbled: u32,
    /// Frames that were too short.
    pub truncated: u32,
    /// Frames of another SPI or channel, and malformed greetings.
    pub foreign: u32,
    /// Frames with a wrong tag.
    pub forged: u32,
    /// Frames that this side may have sent.
    pub reflected: u32,
    /// Frames that were accepted before.
    pub replayed: u32,
    /// Frames behind the window.
    pub delayed: u32,
    /// Frames of an epoch from before the last restart.
    pub stale: u32,
    /// Frames of an epoch that could not be stored.
    pub not_stored: u32,
}

impl Counters {
    /// Returns how many frames were dropped.
    #[must_use]
    pub fn dropped(&self) -> u32 {
        let counts = [
            self.garbled,
            self.truncated,
            self.foreign,
            self.forged,
            self.reflected,
            self.replayed,
            self.delayed,
            self.stale,
            self.not_stored,
        ];
        counts.into_iter().fold(0, u32::saturating_add)
    }

    pub(crate) fn drop(&mut self, dropped: Dropped) {
        add(match dropped {
            Dropped::Garbled | Dropped::Overlong => &mut self.garbled,
            Dropped::Truncated { .. } => &mut self.truncated,
            Dropped::Spi { .. } | Dropped::Channel { .. } | Dropped::Greeting { .. } => &mut self.foreign,
            Dropped::Forged => &mut self.forged,
            Dropped::Reflected => &mut self.reflected,
            Dropped::Replayed { .. } => &mut self.replayed,
            Dropped::Delayed { .. } => &mut self.delayed,
            Dropped::Stale { .. } => &mut self.stale,
            Dropped::NotStored { .. } => &mut self.not_stored,
        });
    }
}

pub(crate) fn add(count: &mut u32) {
    *count = count.saturating_add(1);
}
