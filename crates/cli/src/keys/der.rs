//! PKCS#8 private keys and SubjectPublicKeyInfo, as PEM and DER.

use super::found::Found;
use ed25519_dalek::pkcs8::spki::SubjectPublicKeyInfoRef;
use ed25519_dalek::pkcs8::{DecodePrivateKey, Document, ObjectIdentifier, PrivateKeyInfoRef};
use ed25519_dalek::{SigningKey, VerifyingKey, pkcs8::DecodePublicKey};

/// Returns what a PEM file with the label of a private or a public key holds.
pub(super) fn pem(text: &str) -> Found {
    match Document::from_pem(text) {
        Ok((_, document)) => parse(document.as_bytes()),
        Err(error) => Found::Damaged("PEM", error.to_string()),
    }
}

/// Returns what a DER file holds.
pub(super) fn parse(bytes: &[u8]) -> Found {
    if let Ok(key) = SigningKey::from_pkcs8_der(bytes) {
        return Found::Private(Box::new(key));
    }
    if let Ok(key) = VerifyingKey::from_public_key_der(bytes) {
        return Found::Public(key.to_bytes());
    }
    if let Ok(info) = PrivateKeyInfoRef::try_from(bytes) {
        return of_algorithm(true, info.algorithm.oid);
    }
    if let Ok(info) = SubjectPublicKeyInfoRef::try_from(bytes) {
        return of_algorithm(false, info.algorithm.oid);
    }
    if bytes.first() == Some(&0x30) {
        if let Some(found) = other(bytes) {
            return found;
        }
        return Found::Damaged("DER", "neither PKCS#8 nor SubjectPublicKeyInfo".into());
    }
    Found::Unknown(bytes.len())
}

/// What begins as DER does and is no key of its own.
fn other(bytes: &[u8]) -> Option<Found> {
    let ec = || Found::Other(true, "ECDSA, in the form of SEC 1".into());
    let rsa = || Found::Other(true, "RSA, in the form of PKCS#1".into());
    let body = body(bytes)?;
    match body {
        [2, 1, 1, 4, ..] => Some(ec()),
        [2, 1, 0, 2, ..] => Some(rsa()),
        // Version 3, and what is protected.
        [2, 1, 3, 0x30, ..] => Some(Found::Container("a PKCS#12 file")),
        [0x30, ..] => match self::body(body)? {
            // An algorithm of PKCS#5 or PKCS#12, which encrypts with a passphrase.
            [6, _, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5 | 12, ..] => Some(Found::Encrypted("PKCS#8")),
            // Version 3 of what the signature of a certificate covers.
            [0xa0, 3, 2, 1, 2, ..] => Some(Found::Container("a certificate")),
            _ => None,
        },
        _ => None,
    }
}

/// Returns what follows the head of a sequence, whose length has one to three bytes.
fn body(bytes: &[u8]) -> Option<&[u8]> {
    let body = bytes.get(1..)?;
    match body.first()? {
        0x81 => body.get(2..),
        0x82 => body.get(3..),
        _ => body.get(1..),
    }
}

fn of_algorithm(private: bool, oid: ObjectIdentifier) -> Found {
    let name = match oid.to_string().as_str() {
        "1.3.101.112" => {
            let kind = if private { "PKCS#8" } else { "SubjectPublicKeyInfo" };
            return Found::Damaged(kind, "its Ed25519 key is not valid".into());
        }
        "1.2.840.113549.1.1.1" => "RSA".to_owned(),
        "1.2.840.10045.2.1" => "ECDSA, on an elliptic curve other than Ed25519".to_owned(),
        "1.3.101.110" => "X25519, which exchanges keys and does not sign".to_owned(),
        "1.3.101.111" => "X448, which exchanges keys and does not sign".to_owned(),
        "1.3.101.113" => "Ed448".to_owned(),
        "1.2.840.10040.4.1" => "DSA".to_owned(),
        other => format!("the algorithm {other}"),
    };
    Found::Other(private, name)
}
