//! What devices and operators of a fleet say.

use aingle_wasm_fleet::{Announcement, Status};
use aingle_wasm_manifest::{Key, SigningKey};
use std::sync::LazyLock;

static OPERATOR: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[5; 32]));

/// Any bytes as a status, and, signed by an operator, as an announcement. What is accepted is written again as it was read.
pub fn fleet_messages(bytes: &[u8]) {
    if let Some(status) = Status::decode(bytes) {
        let again = status.encode();
        // Reserved bytes are not read, and outcomes that are not known read as none.
        assert_eq!(Status::decode(&again), Some(status));
    }
    let operators = [Key::module(OPERATOR.verifying_key().to_bytes())];
    let group = bytes.get(24..29).and_then(|name| core::str::from_utf8(name).ok()).unwrap_or("group");
    let _ = Announcement::verify(bytes, group, &operators);
    let Some(announcement) = Announcement::read(bytes) else { return };
    assert!(announcement.chunks() > 0 && announcement.permille <= 1_000);
    let signed = announcement.sign(&OPERATOR).expect("what was read can be written");
    assert_eq!(Announcement::verify(&signed, announcement.group, &operators), Ok(announcement));
    assert_eq!(&signed[..signed.len() - 64], bytes);
}
