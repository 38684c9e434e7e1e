//! The byte vectors of announcements and statuses, which an implementation of its own can be written from.

use aingle_wasm_fleet::{Announcement, BlobId, Stage, Status, share_of};
use aingle_wasm_manifest::{Builder, Key, Manifest, SigningKey};
use aingle_wasm_update::{Outcome, Report};
use aingle_wasm_vectors::{ANNOUNCEMENTS, named};

#[test]
fn an_announcement_is_its_bytes() {
    for (name, paused, permille) in [("running", false, 125), ("paused", true, 1_000)] {
        let vector = named(ANNOUNCEMENTS, name);
        let (maker, operator) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let module = b"\0asm\x01\0\0\0";
        let blob = Builder::module(1, 7, "main").build(module, Some(&maker)).expect("a blob");
        let blob_len = blob.len() as u32;
        let header = &blob[..Manifest::parse(&blob, blob_len).expect("a manifest").payload_offset() as usize];
        let (number, chunk_len, group) = (1_796_000_000, 1024, "north");
        let announcement = Announcement { paused, permille, number, blob_len, chunk_len, group, header };
        let bytes = announcement.sign(&operator).expect("it fits");
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(bytes, vector.bytes("announcement"), "{}", hex.join(" "));
        let operators = [Key::module(operator.verifying_key().to_bytes())];
        assert_eq!(Announcement::verify(&bytes, "north", &operators), Ok(announcement));
        assert_eq!(announcement.blob().to_string(), vector.text("blob"));
        assert_eq!(u64::from(share_of("valve-12", &announcement.blob())), vector.number("share_of_valve_12"));
    }
}

#[test]
fn a_status_is_its_bytes() {
    let vector = named(ANNOUNCEMENTS, "status");
    let status = Status {
        stage: Stage::Fetching,
        boots_left: None,
        ignored: 2,
        number: 1_796_000_000,
        blob: BlobId([1, 2, 3, 4, 5, 6, 7, 8]),
        have: 2048,
        blob_len: 19_662,
        module_id: 1,
        sequence: 6,
        report: Report { outcome: Outcome::Confirmed, code: 0, module_id: 1, sequence: 6 },
    };
    let hex: Vec<String> = status.encode().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(status.encode().as_slice(), vector.bytes("status"), "{}", hex.join(" "));
}
