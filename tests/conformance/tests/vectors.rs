//! The golden envelopes of `tests/vectors/`, read by the guest, and by the host of every engine as replies.

use aingle_wasm_tests::{Engines, Failure, Subject, guest, on_every_engine};
use aingle_wasm_types::ErrorCode;
use aingle_wasm_vectors::{ENVELOPES, Vector, all};

#[test]
fn the_guest_reads_them_as_they_say() {
    fn check(subject: &mut impl Subject) {
        for vector in all(ENVELOPES) {
            let weakest =
                ["none", "sum", "crc-32"].iter().position(|&checksum| checksum == vector.text("accept"));
            let request = [&[weakest.expect(vector.name) as u8], vector.bytes("bytes").as_slice()].concat();
            let read = subject.raw("open_envelope", &request);
            match vector.get("refused") {
                None => assert_eq!(read, Ok(vector.bytes("payload")), "{}", vector.name),
                Some(_) => assert!(matches!(read, Err(Failure::Guest(..))), "{}: {read:?}", vector.name),
            }
        }
    }
    on_every_engine!(guest("conformance_guest"), check);
}

#[test]
fn every_host_reads_them_as_they_say() {
    // A host of this guest asks for a sum at least: vectors for another origin say nothing about it.
    let asks = |vector: &Vector<'_>| {
        vector.text("accept") != "none" && vector.get("refused") != Some("weak-checksum")
    };
    for vector in all(ENVELOPES).filter(asks) {
        // A host without a threshold refuses what is compressed.
        let mut engines = Engines::default();
        engines.protocol.lz4_threshold = u32::MAX;
        // A refused reply poisons its instance, so that each gets another.
        let reply = on_every_engine!(engines, guest("conformance_guest"), |subject: &mut _| {
            Subject::raw(subject, "forge", &vector.bytes("bytes"))
        });
        assert!(says(&vector, &reply), "{}: {reply:?}", vector.name);
    }
}

/// Whether a host that called in version 2 made of a reply what its vector says.
fn says(vector: &Vector<'_>, reply: &Result<Vec<u8>, Failure>) -> bool {
    let refused = matches!(reply, Err(Failure::Reply(_)));
    if vector.get("refused").is_some() || vector.number("version") == 1 {
        return refused;
    }
    match vector.text("flags") {
        "00" | "20" => reply.as_ref().ok() == Some(&vector.bytes("payload")),
        "08" | "28" => {
            let code = ErrorCode::from_u16(vector.number("code") as u16);
            let body = vector.get("body").map_or_else(Vec::new, |_| vector.bytes("body"));
            code.is_some_and(|code| *reply == Err(Failure::Guest(code, body)))
        }
        "01" | "21" => reply.as_deref() == Ok(b"hello"),
        // Nobody waits for an answer to a reply, or encrypts one for a guest.
        _ => refused,
    }
}
