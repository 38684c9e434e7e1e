//! Encrypted envelopes against someone who records a conversation and sends it on as something else.

use aingle_wasm_codec::encryption::{Encryptor, Key};
use aingle_wasm_host::{EncryptionKey, EngineConfig};
use aingle_wasm_tests::wire::{Conversation, Host, Kind, Link};
use aingle_wasm_vectors::{BOUND, Vector, all};
use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

/// Calls of two exports by two callers, notifications, an error, and payloads that LZ4 makes shorter.
fn plan() -> Vec<(&'static str, bool, Vec<u8>)> {
    let long = || vec![b'a'; 500];
    vec![
        ("one", false, b"hello".to_vec()),
        ("one", false, b"hello".to_vec()),
        ("two", false, long()),
        ("two", false, long()),
        ("fail", false, b"no such thing".to_vec()),
        ("one", true, b"hello".to_vec()),
        ("one", true, long()),
        ("two", false, b"hello".to_vec()),
        ("one", false, Vec::new()),
    ]
}

#[test]
fn wire_no_message_of_a_conversation_is_taken_as_another() {
    let (mut remembering, mut forgetful) = (Host::new(1024, 0), Host::new(0, 0));
    let mut talk = Conversation::record(&mut remembering, 1, &plan()).unwrap();
    assert_eq!(talk.messages.len(), 16);
    let compressed = talk.messages.iter().filter(|message| message.bytes[3] & 1 != 0);
    assert_eq!(compressed.count(), 3, "a request, its reply, and a notification");
    assert!(talk.messages.iter().any(|message| message.bytes[3] & 8 != 0), "an error");

    let mut counts = BTreeMap::new();
    let attacked = talk.attack_every_pair(&mut remembering, &mut forgetful, |why| {
        *counts.entry(why).or_insert(0u32) += 1;
    });
    assert_eq!(attacked, Ok(()));
    println!("{counts:?}");
    for why in ["does not open", "not encrypted", "another form", "another version", "replayed"] {
        assert!(counts[why] > 50, "{counts:?}");
    }
    assert_eq!(talk.finish(&mut forgetful), Ok(()));
}

/// Of two calls of a session that arrive in the other order, the one that was overtaken is refused.
#[test]
fn wire_no_two_calls_are_taken_in_another_order() {
    let talk = Conversation::record(&mut Host::new(1024, 0), 2, &plan()).unwrap();
    let calls: Vec<_> = talk.messages.iter().filter(|message| message.kind != Kind::Reply).collect();
    for (i, first) in calls.iter().enumerate() {
        for second in &calls[i + 1..] {
            let mut fresh = Host::new(1024, 0);
            assert_eq!(fresh.deliver(second.function, &second.bytes), Link::Accepted);
            let late = fresh.deliver(first.function, &first.bytes);
            let expected =
                if first.session == second.session { Link::Refused("overtaken") } else { Link::Accepted };
            assert_eq!(late, expected, "callers of two sessions have no order");
            let again = if late == Link::Accepted { Link::Refused("replayed") } else { late };
            assert_eq!(fresh.deliver(first.function, &first.bytes), again);
        }
    }
}

/// A host whose key was taken away serves nothing that is encrypted.
#[test]
fn wire_a_host_without_the_key_takes_no_encrypted_message() {
    let talk = Conversation::record(&mut Host::new(1024, 0), 3, &plan()).unwrap();
    let mut keyless = Host::with(EngineConfig::default());
    for message in &talk.messages {
        // An error is no request, encrypted or not.
        let why = if message.bytes[3] & 8 == 0 { "no key" } else { "flags" };
        assert_eq!(keyless.deliver(message.function, &message.bytes), Link::Refused(why));
    }
}

/// The golden envelopes of `tests/vectors/bound.txt`, at a host that remembers nothing and at a caller.
#[test]
fn wire_vectors_are_taken_and_refused_as_they_say() {
    let mut hosts = BTreeMap::new();
    for vector in all(BOUND) {
        let key: [u8; 16] = vector.bytes("key").try_into().expect(vector.name);
        let bytes = vector.bytes("envelope");
        let link = if vector.text("encrypted") == "call" {
            let host = hosts.entry(key).or_insert_with(|| {
                Host::with(EngineConfig {
                    encryption_key: Some(EncryptionKey::new(key)),
                    encryption_sessions: 0,
                    encryption_since: Some(UNIX_EPOCH),
                    ..Default::default()
                })
            });
            host.deliver(vector.text("function"), &bytes)
        } else {
            answered(&vector, key, &bytes)
        };
        assert_eq!(link == Link::Accepted, vector.get("refused").is_none(), "{}: {link:?}", vector.name);
    }
}

/// What the caller of a vector's request makes of its reply.
fn answered(vector: &Vector<'_>, key: [u8; 16], reply: &[u8]) -> Link {
    let nonce: [u8; 16] = vector.bytes("request").try_into().expect(vector.name);
    let mut caller = Encryptor::new(Key::new(key), 0, || Some(nonce)).with_lz4(0);
    let (_, mut pending) = caller.request(vector.text("function"), &[b'a'; 64]).expect(vector.name);
    pending.open(reply, 64).map_or_else(Link::from, |_| Link::Accepted)
}

/// A caller writes the vectors' bytes.
#[test]
fn wire_a_caller_encrypts_as_the_vectors_say() {
    let hello = aingle_wasm_vectors::named(BOUND, "request_hello");
    let key = Key::new(hello.bytes("key").try_into().unwrap());
    let nonce: [u8; 16] = hello.bytes("nonce").try_into().unwrap();
    let mut caller = Encryptor::new(key, hello.hex_number("session"), || Some(nonce));
    assert_eq!(caller.request("echo", b"hello").unwrap().0, hello.bytes("envelope"));
}
