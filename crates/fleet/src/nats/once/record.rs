//! What is stored of a call.

use crate::nats::wire::{Answer, Failure, Reply, Target};
use aingle_wasm_manifest::sha256;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What tells a call from another one of the same id: the hash of subject and payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    pub(crate) fn of(target: &Target, payload: &[u8]) -> Self {
        let mut bytes = target.subject().into_bytes();
        bytes.push(0);
        bytes.extend_from_slice(payload);
        Self(sha256(&bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The state of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// A host has begun, or is about to. `claim` is a number of the host's, another one for each claim.
    Claimed { host: String, claim: u64, of: Fingerprint },
    /// It has ended.
    Done { of: Fingerprint, reply: Reply },
    /// Its caller has given it up before a host began. It never runs.
    GivenUp,
}

/// The first line of an entry: JSON. The body of the reply is behind it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Line {
    Claimed { host: String, claim: u64, of: Fingerprint },
    Done { host: String, of: Fingerprint, status: String, fuel: u64, queued_us: u64, ran_us: u64 },
    GivenUp,
}

impl State {
    /// Encodes an entry. The reply is left out if its body has more than `keep` bytes.
    pub(crate) fn encode(&self, keep: usize) -> Vec<u8> {
        let (line, body) = match self {
            Self::Claimed { host, claim, of } => {
                (Line::Claimed { host: host.clone(), claim: *claim, of: of.clone() }, Vec::new())
            }
            Self::GivenUp => (Line::GivenUp, Vec::new()),
            Self::Done { of, reply } => {
                let (status, body) = kept(&reply.answer, keep);
                let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
                let line = Line::Done {
                    host: reply.host.clone(),
                    of: of.clone(),
                    status: status.into(),
                    fuel: reply.fuel,
                    queued_us: micros(reply.queued),
                    ran_us: micros(reply.ran),
                };
                (line, body)
            }
        };
        // Text and numbers can always be written.
        let mut bytes = serde_json::to_vec(&line).unwrap_or_default();
        bytes.push(b'\n');
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads an entry. `None` if it is none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (line, body) = (&bytes[..end], &bytes[end + 1..]);
        Some(match serde_json::from_slice(line).ok()? {
            Line::Claimed { host, claim, of } => Self::Claimed { host, claim, of },
            Line::GivenUp => Self::GivenUp,
            Line::Done { host, of, status, fuel, queued_us, ran_us } => {
                let answer = Answer::decode(&status, body)?;
                let (queued, ran) = (Duration::from_micros(queued_us), Duration::from_micros(ran_us));
                Self::Done { of, reply: Reply { answer, host, fuel, queued, ran, kept: true } }
            }
        })
    }
}

fn kept(answer: &Answer, keep: usize) -> (&'static str, Vec<u8>) {
    let (status, body) = answer.encode();
    if body.len() <= keep {
        return (status, body);
    }
    Answer::Failed(Failure::NotKept { limit: keep as u64, found: body.len() as u64 }).encode()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nats::module_hash::ModuleHash;
    use crate::nats::wire::{Form, Taken};
    use aingle_wasm_types::ErrorCode;

    fn done(answer: Answer) -> State {
        let target = Target { module: ModuleHash([7; 32]), form: Form::Bytes, function: "f".into() };
        let (queued, ran) = (Duration::from_micros(3), Duration::from_micros(1_000_000));
        let reply = Reply { answer, host: "h".into(), fuel: u64::MAX, queued, ran, kept: true };
        State::Done { of: Fingerprint::of(&target, b"x"), reply }
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let answers = [
            Answer::Done(vec![b'\n', 0, 255]),
            Answer::Error { code: ErrorCode::ApplicationTyped, body: vec![1, 2] },
            Answer::Failed(Failure::OutOfFuel { limit: 1, used: 2 }),
            Answer::Taken(Taken::OtherCall),
        ];
        for state in answers.map(done).into_iter().chain([State::GivenUp]) {
            assert_eq!(State::decode(&state.encode(100)), Some(state));
        }
    }

    #[test]
    fn a_reply_that_is_too_large_is_said_not_to_be_kept() {
        let read = State::decode(&done(Answer::Done(vec![0; 11])).encode(10));
        let Some(State::Done { reply, .. }) = read else { panic!("{read:?}") };
        assert_eq!(reply.answer, Answer::Failed(Failure::NotKept { limit: 10, found: 11 }));
    }

    #[test]
    fn other_bytes_are_no_entry() {
        for bytes in [&b""[..], b"\n", b"{}\n", b"{\"state\":\"given_up\"}", b"\xff\n"] {
            assert_eq!(State::decode(bytes), None, "{bytes:?}");
        }
    }
}
