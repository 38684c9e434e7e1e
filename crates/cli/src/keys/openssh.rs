//! Keys of OpenSSH.

use super::found::Found;
use aingle_wasm_manifest::SigningKey;
use ssh_key::private::KeypairData;
use ssh_key::{PrivateKey, PublicKey};

/// Returns what a private key file holds.
pub(super) fn private(text: &str) -> Found {
    let key = match PrivateKey::from_openssh(text) {
        Ok(key) => key,
        Err(error) => return Found::Damaged("OpenSSH", error.to_string()),
    };
    match key.key_data() {
        KeypairData::Ed25519(pair) => {
            Found::Private(Box::new(SigningKey::from_bytes(&pair.private.to_bytes())))
        }
        KeypairData::Encrypted(_) => Found::Encrypted("OpenSSH"),
        _ => Found::Other(true, key.algorithm().to_string()),
    }
}

/// Returns what a line of a public key file holds, or `None` if it is none.
pub(super) fn line(text: &str) -> Option<Found> {
    if text.starts_with("PuTTY-User-Key-File") {
        return Some(Found::Other(true, "PuTTY, which `puttygen -O private-openssh` converts".into()));
    }
    let is_algorithm = |word: &str| word.starts_with("ssh-") || word.starts_with("ecdsa-");
    // In `authorized_keys`, options come before the key.
    let starts = text.match_indices([' ', '\t']).map(|(at, _)| &text[at + 1..]);
    let behind_options = |rest: &&str| {
        let mut words = rest.split_whitespace();
        words.next().is_some_and(is_algorithm) && words.next().is_some_and(|data| data.starts_with("AAAA"))
    };
    let text = if is_algorithm(text) { text } else { starts.into_iter().find(behind_options)? };
    let algorithm = text.split_whitespace().next()?;
    Some(match PublicKey::from_openssh(text) {
        Ok(key) => match key.key_data().ed25519() {
            Some(public) => Found::Public(public.0),
            None => Found::Other(false, algorithm.into()),
        },
        Err(_) if algorithm != "ssh-ed25519" => Found::Other(false, algorithm.into()),
        Err(error) => Found::Damaged("OpenSSH", error.to_string()),
    })
}
