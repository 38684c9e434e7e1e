//! Encrypted conversations that someone on the wire records, and sends on as something else.

use super::{Counts, Trial};
use crate::wire::{Conversation, FUNCTIONS, Host, Link, Message, checked};
use aingle_wasm_generator::bytes;
use std::cell::RefCell;

/// The trial.
pub const TRIAL: Trial = Trial {
    name: "wire",
    about: "encrypted envelopes, changed, spliced, replayed, or sent elsewhere: none is taken as another",
    bounded: 40,
    run,
};

/// Changed messages of one case.
const CHANGES: usize = 60;
/// One of so many cases also sends every message in the place of every other.
const PAIRS: u64 = 8;

thread_local! {
    static HOSTS: RefCell<Option<Hosts>> = const { RefCell::new(None) };
}

/// Hosts of one key.
struct Hosts {
    /// Remembers what it received.
    remembering: Host,
    /// Remembers nothing, so that only what an envelope is bound to protects it.
    forgetful: Host,
}

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    HOSTS.with_borrow_mut(|hosts| {
        let hosts = hosts
            .get_or_insert_with(|| Hosts { remembering: Host::new(1024, 0), forgetful: Host::new(0, 0) });
        case(seed, hosts, counts)
    })
}

fn case(seed: u64, hosts: &mut Hosts, counts: &mut Counts) -> Result<(), String> {
    let mut random = Random::new(seed);
    let calls = 2 + random.below(4);
    let plan: Vec<_> = (0..calls)
        .map(|_| {
            let len = [0, 5, 40, 3_000][random.below(4)];
            let payload = if random.below(2) == 0 { vec![random.byte(); len] } else { random.bytes(len) };
            (FUNCTIONS[random.below(FUNCTIONS.len())], random.below(4) == 0, payload)
        })
        .collect();
    let mut talk = Conversation::record(&mut hosts.remembering, seed, &plan)?;
    for _ in 0..CHANGES {
        let from = random.below(talk.messages.len());
        let bytes = changed(&talk.messages, from, &mut random);
        if talk.messages.iter().any(|message| message.bytes == bytes) {
            counts.count("unchanged");
            continue;
        }
        for function in FUNCTIONS {
            for host in [&mut hosts.remembering, &mut hosts.forgetful] {
                refused(host.deliver(function, &bytes), counts, || format!("{bytes:02x?} as {function}"))?;
            }
        }
        for pending in &mut talk.pending {
            refused(pending.open(&bytes), counts, || format!("{bytes:02x?} as a reply"))?;
        }
    }
    if seed.is_multiple_of(PAIRS) {
        talk.attack_every_pair(&mut hosts.remembering, &mut hosts.forgetful, |what| counts.count(what))?;
    }
    talk.finish(&mut hosts.forgetful)
}

fn refused(link: Link, counts: &mut Counts, what: impl FnOnce() -> String) -> Result<(), String> {
    match link {
        Link::Accepted => Err(format!("accepted: {}", what())),
        Link::Refused(why) => {
            counts.count(why);
            Ok(())
        }
    }
}

/// A message with some bytes of it changed, and mostly with a length and a checksum that fit.
fn changed(messages: &[Message], from: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = messages[from].bytes.clone();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len().max(1));
        match random.below(6) {
            0 | 1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 if !bytes.is_empty() => bytes[at] = random.byte(),
            3 => bytes.truncate(at),
            4 => bytes.insert(at, random.byte()),
            _ => {
                let other = &messages[random.below(messages.len())].bytes;
                let len = at.min(other.len());
                bytes.splice(..len.min(bytes.len()), other[..len].iter().copied());
            }
        }
    }
    if random.below(4) == 0 || bytes.len() < 12 {
        return bytes;
    }
    let flags = if random.below(8) == 0 { random.byte() & 0x0f } else { bytes[3] };
    checked(flags, &bytes[12..])
}

/// Random numbers of a seed.
struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        self.drawn += 1;
        bytes(self.seed.wrapping_mul(0x1_0000_0001).wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9)), len)
    }

    fn below(&mut self, limit: usize) -> usize {
        let drawn = self.bytes(16)[8..].iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        usize::try_from(drawn % limit as u64).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.below(256) as u8
    }
}
