//! Conversations in encrypted envelopes, and someone between the two sides who sends on what was not said.

use aingle_wasm_codec::encryption::{self, CallId, Encryptor, Key, Nonce, Pending, Reply};
use aingle_wasm_codec::{Checksum, DecodeError, Envelope, Format, encode};
use aingle_wasm_host::{
    EncryptionKey, EngineConfig, EnvelopeFault, HostError, ReplayError, WasmEngine, WasmInstance, WasmModule,
};
use aingle_wasm_types::{Flags, Version};
use std::time::UNIX_EPOCH;

const KEY: [u8; 16] = [0x5e; 16];
/// The largest reply that is opened, in bytes.
const LIMIT: usize = 1 << 20;
const LZ4_THRESHOLD: u32 = 64;

/// What the guest exports. Each hands its request to the host function of its name; `fail` answers with an error.
pub const FUNCTIONS: [&str; 3] = ["one", "two", "fail"];

/// A guest whose answers are its host's: request buffer of 56 KiB at 4100, response buffer of 60 KiB at 65540.
const GUEST: &str = r#"(module
    (import "env" "host_one" (func $one (param i32 i32) (result i64)))
    (import "env" "host_two" (func $two (param i32 i32) (result i64)))
    (import "env" "host_fail" (func $fail (param i32 i32) (result i64)))
    (memory (export "memory") 2)
    (data (i32.const 16) "\04\10\00\00\00\e0\00\00\04\00\01\00\00\f0\00\00")
    (func (export "__aingle_abi_2") (result i32) (i32.const 16))
    (func (export "__aingle_guest_allocate") (param i32) (result i32) (i32.const 0))
    (func (export "one") (param i32 i32) (result i64) (call $one (local.get 0) (local.get 1)))
    (func (export "two") (param i32 i32) (result i64) (call $two (local.get 0) (local.get 1)))
    (func (export "fail") (param i32 i32) (result i64) (call $fail (local.get 0) (local.get 1))))"#;

/// What became of a message that someone sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The other side took it.
    Accepted,
    /// It did not, for this reason.
    Refused(&'static str),
}

impl From<DecodeError> for Link {
    fn from(error: DecodeError) -> Self {
        Self::Refused(match error {
            DecodeError::DecryptionFailed => "does not open",
            DecodeError::NotEncrypted => "not encrypted",
            DecodeError::EncryptedForm { .. } => "another form",
            DecodeError::Answered => "answered before",
            DecodeError::NoKey => "no key",
            DecodeError::OtherVersion { .. } => "another version",
            DecodeError::UnsupportedFlags { .. } => "flags",
            _ => "no envelope",
        })
    }
}

/// A host that answers encrypted requests, and how often its guest ran.
pub struct Host(WasmInstance<u64>);

impl Host {
    /// A host of the key that remembers so many sessions, each with so many requests that may overtake one.
    ///
    /// # Panics
    /// When there is no such host: the test cannot run.
    #[must_use]
    pub fn new(sessions: usize, reorder: u32) -> Self {
        Self::with(EngineConfig {
            encryption_key: Some(EncryptionKey::new(KEY)),
            encryption_sessions: sessions,
            encryption_reorder: reorder,
            encryption_since: Some(UNIX_EPOCH),
            ..EngineConfig::default()
        })
    }

    /// A host of this configuration.
    ///
    /// # Panics
    /// When there is no such host: the test cannot run.
    #[must_use]
    pub fn with(config: EngineConfig) -> Self {
        let engine =
            WasmEngine::new(EngineConfig { lz4_threshold: LZ4_THRESHOLD, ..config }).expect("an engine");
        let module = engine.compile(&wat::parse_str(GUEST).expect("text")).expect("a module");
        Self(started(&engine, &module).expect("an instance"))
    }

    /// Delivers an envelope for a function.
    ///
    /// # Panics
    /// When the guest ran for an envelope that was refused, or was handed something without answering.
    pub fn deliver(&mut self, function: &str, envelope: &[u8]) -> Link {
        let before = *self.0.state();
        let taken = self.0.try_call_envelope(function, envelope);
        let ran = *self.0.state() - before;
        assert!(!self.0.is_poisoned(), "the instance is as it was");
        match taken {
            Ok(_) => Link::Accepted,
            Err(refused) => {
                assert_eq!(ran, 0, "the guest ran for what was refused");
                let fault = refused.fault();
                let answer = refused.into_answer();
                let encrypted = Envelope::decode(&answer, Checksum::Crc32)
                    .is_ok_and(|answer| answer.flags().contains(Flags::ENCRYPTED));
                assert!(!encrypted, "a refusal that is authentic could stand for the answer");
                match fault {
                    EnvelopeFault::Envelope(error) => error.into(),
                    EnvelopeFault::Replay(ReplayError::Replayed { .. }) => Link::Refused("replayed"),
                    EnvelopeFault::Replay(ReplayError::Overtaken { .. }) => Link::Refused("overtaken"),
                    EnvelopeFault::Replay(_) => Link::Refused("stale"),
                    _ => Link::Refused("another reason"),
                }
            }
        }
    }
}

fn started(engine: &WasmEngine, module: &WasmModule) -> Result<WasmInstance<u64>, HostError> {
    let mut instance = WasmInstance::with_state(engine, module, 0)?;
    for function in ["host_one", "host_two", "host_fail"] {
        instance.register_raw(function, move |runs: &mut u64, request, response| {
            *runs += 1;
            match function {
                "host_fail" => response.write_error(request),
                name => [name.as_bytes(), request].iter().for_each(|part| response.write(part)),
            }
            Ok(())
        })?;
    }
    instance.start()?;
    Ok(instance)
}

/// What a message was sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By the caller, who waits for the reply.
    Request,
    /// By the caller, who does not.
    Notification,
    /// By the host.
    Reply,
}

/// A message as it was recorded.
#[derive(Debug, Clone)]
pub struct Message {
    /// What it was sent as.
    pub kind: Kind,
    /// The function that was called.
    pub function: &'static str,
    /// The session that it belongs to.
    pub session: u64,
    /// The envelope.
    pub bytes: Vec<u8>,
    /// What is encrypted in it, still compressed.
    plaintext: Vec<u8>,
}

/// A request that waits for its reply.
pub struct Waiting {
    pending: Pending,
    /// The message that is its reply.
    reply: usize,
    expected: Reply,
}

impl Waiting {
    /// Hands the caller an envelope as the reply.
    pub fn open(&mut self, envelope: &[u8]) -> Link {
        match self.pending.open(envelope, LIMIT) {
            Ok(_) => Link::Accepted,
            Err(error) => error.into(),
        }
    }
}

/// A conversation that was recorded; the replies did not arrive yet.
pub struct Conversation {
    /// All messages, in the order in which they were sent.
    pub messages: Vec<Message>,
    /// The requests.
    pub pending: Vec<Waiting>,
}

impl Conversation {
    /// Records a conversation of two callers in turn, the first of which compresses: for each call its function,
    /// whether it is a notification, and its payload.
    ///
    /// # Errors
    /// The words of what was not taken.
    pub fn record(
        host: &mut Host,
        seed: u64,
        plan: &[(&'static str, bool, Vec<u8>)],
    ) -> Result<Self, String> {
        let (key, first) = (Key::new(KEY), (seed + 1) << 8);
        let mut compressing =
            Encryptor::new(key.clone(), first, random_of(seed)).with_lz4(LZ4_THRESHOLD as usize);
        let mut plain = Encryptor::new(key, first + 1, random_of(!seed));
        let mut talk = Self { messages: Vec::new(), pending: Vec::new() };
        for (number, (function, notification, payload)) in plan.iter().enumerate() {
            let (caller, session) = match number % 2 {
                0 => (&mut compressing, first),
                _ => (&mut plain, first + 1),
            };
            if *notification {
                let bytes = caller.notification(function, payload).map_err(|error| error.to_string())?;
                let answer = host.0.try_call_envelope(function, &bytes).map_err(|error| error.to_string())?;
                if !answer.is_empty() {
                    return Err("a notification was answered".into());
                }
                talk.push(Kind::Notification, function, session, bytes, None)?;
                continue;
            }
            let (bytes, pending) = caller.request(function, payload).map_err(|error| error.to_string())?;
            let reply = host.0.try_call_envelope(function, &bytes).map_err(|error| error.to_string())?;
            let nonce = talk.push(Kind::Request, function, session, bytes, None)?;
            talk.push(Kind::Reply, function, session, reply, nonce)?;
            let expected = match *function {
                "fail" => {
                    Reply::Error { code: aingle_wasm_types::ErrorCode::Application, body: payload.clone() }
                }
                name => Reply::Value([b"host_", name.as_bytes(), payload].concat()),
            };
            talk.pending.push(Waiting { pending, reply: talk.messages.len() - 1, expected });
        }
        Ok(talk)
    }

    /// Keeps a message with what is encrypted in it, and returns the nonce of a request.
    fn push(
        &mut self,
        kind: Kind,
        function: &'static str,
        session: u64,
        bytes: Vec<u8>,
        request: Option<Nonce>,
    ) -> Result<Option<Nonce>, String> {
        let envelope = Envelope::decode(&bytes, Checksum::Crc32).map_err(|error| error.to_string())?;
        let key = Key::new(KEY);
        let (nonce, plaintext) = match request {
            Some(request) => {
                encryption::decrypt_reply(&envelope, &key, function, &request).map(|text| (None, text))
            }
            None => encryption::decrypt_call(&envelope, &key, function)
                .map(|(CallId { nonce, .. }, text)| (Some(nonce), text)),
        }
        .map_err(|error| error.to_string())?;
        self.messages.push(Message { kind, function, session, bytes, plaintext });
        Ok(nonce)
    }

    /// Sends every message in the place of every other, back, again, later, and without its encryption, also with parts
    /// of one put before parts of another. `remembering` received the conversation; `forgetful` remembers nothing.
    ///
    /// # Errors
    /// The words of the first that was taken.
    pub fn attack_every_pair(
        &mut self,
        remembering: &mut Host,
        forgetful: &mut Host,
        mut count: impl FnMut(&'static str),
    ) -> Result<(), String> {
        let messages = std::mem::take(&mut self.messages);
        for (i, place) in messages.iter().enumerate() {
            for (j, sent) in messages.iter().enumerate() {
                // Again, under every name: nothing that was received is received twice.
                let what = |link| (link, format!("message {j} in the place of {i}"));
                check(what(remembering.deliver(place.function, &sent.bytes)), &mut count)?;
                let same_call = sent.kind != Kind::Reply && sent.function == place.function;
                if !same_call {
                    check(what(forgetful.deliver(place.function, &sent.bytes)), &mut count)?;
                }
                for waiting in self.pending.iter_mut().filter(|waiting| waiting.reply != j) {
                    check(what(waiting.open(&sent.bytes)), &mut count)?;
                }
                for forged in forgeries(place, sent) {
                    if messages.iter().any(|message| message.bytes == forged) {
                        continue;
                    }
                    let what = |link| (link, format!("{forged:02x?}, made of {i} and {j}"));
                    for function in FUNCTIONS {
                        check(what(remembering.deliver(function, &forged)), &mut count)?;
                        check(what(forgetful.deliver(function, &forged)), &mut count)?;
                    }
                    for waiting in &mut self.pending {
                        check(what(waiting.open(&forged)), &mut count)?;
                    }
                }
            }
        }
        self.messages = messages;
        Ok(())
    }

    /// Hands each caller its reply, which is still taken, and once. A host that remembers nothing takes each call.
    ///
    /// # Errors
    /// The words of the first that was not taken.
    pub fn finish(mut self, forgetful: &mut Host) -> Result<(), String> {
        for waiting in &mut self.pending {
            let reply = &self.messages[waiting.reply].bytes;
            let opened = waiting.pending.open(reply, LIMIT);
            if opened.as_ref() != Ok(&waiting.expected) {
                return Err(format!("the true reply is {opened:?}"));
            }
            if waiting.open(reply) != Link::Refused("answered before") {
                return Err("a reply was taken twice".into());
            }
        }
        for message in self.messages.iter().filter(|message| message.kind != Kind::Reply) {
            if forgetful.deliver(message.function, &message.bytes) != Link::Accepted {
                return Err("a true call was refused".into());
            }
        }
        Ok(())
    }
}

fn random_of(seed: u64) -> impl FnMut() -> Option<[u8; 16]> {
    let mut drawn = 0u64;
    move || {
        drawn += 1;
        aingle_wasm_generator::bytes(seed ^ drawn << 40, 32).last_chunk().copied()
    }
}

fn check((link, what): (Link, String), count: &mut impl FnMut(&'static str)) -> Result<(), String> {
    match link {
        Link::Accepted => Err(format!("accepted: {what}")),
        Link::Refused(why) => {
            count(why);
            Ok(())
        }
    }
}

/// An envelope with these flags whose checksum fits, as someone without the key can write it.
#[must_use]
pub fn checked(flags: u8, payload: &[u8]) -> Vec<u8> {
    let all = [Flags::LZ4, Flags::ENCRYPTED, Flags::EXPECTS_RESPONSE, Flags::ERROR];
    let flags = all.into_iter().filter(|flag| flags & flag.bits() != 0).fold(Flags::NONE, Flags::with);
    encode(payload, flags, Format::default()).unwrap_or_default()
}

/// What can be made of two messages without the key.
fn forgeries(first: &Message, second: &Message) -> Vec<Vec<u8>> {
    let (flags, payload) = (second.bytes[3], &second.bytes[12..]);
    let mut forged = Vec::new();
    // Each set of flags: the encryption stripped, requests as notifications, errors as replies, and so on.
    forged.extend((0..16).map(|flags| checked(flags, payload)));
    // Each form, with the flags of each.
    for form in 0..5 {
        let payload = [&[form], &payload[1..]].concat();
        forged.extend([2, 6, flags, first.bytes[3]].map(|flags| checked(flags, &payload)));
    }
    // Not encrypted at all, in both versions; what was encrypted, if someone should know it.
    for version in [Version::V1, Version::V2] {
        let format = Format { version, checksum: Checksum::Crc32 };
        for flags in [Flags::NONE, Flags::EXPECTS_RESPONSE, Flags::ERROR, Flags::LZ4] {
            forged.extend(encode(&second.plaintext, flags, format));
        }
        forged.extend(encode(payload, Flags::ENCRYPTED, format));
        forged.extend(encode(payload, Flags::ENCRYPTED.with(Flags::EXPECTS_RESPONSE), format));
    }
    // The beginning of one, and the rest of the other, cut between any two fields.
    let other = &first.bytes[12..];
    for cut in [1, 17, 25, 33, other.len().saturating_sub(16)] {
        if let (Some(begin), Some(rest)) = (other.get(..cut), payload.get(cut..)) {
            let spliced = [begin, rest].concat();
            forged.extend([flags, first.bytes[3]].map(|flags| checked(flags, &spliced)));
        }
    }
    // The context of a call in a reply, and left out of a call.
    for (without, with) in [(17, 33), (33, 17)] {
        if let (Some(begin), Some(rest)) = (other.get(..without), payload.get(with..)) {
            forged.push(checked(flags, &[begin, rest].concat()));
        }
    }
    forged
}
