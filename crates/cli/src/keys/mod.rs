//! Keys, in every form in which tools write them.

mod der;
mod found;
mod openssh;
mod write;

use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use aingle_wasm_manifest::{Key, SigningKey};
use std::path::Path;

pub use found::Found;
pub use write::{Format, private, public};

/// Reads a private key from a file or standard input: PKCS#8 as PEM or DER, OpenSSH, or 64 hexadecimal digits.
///
/// # Errors
/// [`Kind::Io`], or [`Kind::Key`] that names what was found.
pub fn read_private(path: &Path) -> Outcome<SigningKey> {
    match parse(&files::read(path)?) {
        Found::Private(key) => Ok(*key),
        Found::Hex(bytes) => Ok(SigningKey::from_bytes(&bytes)),
        found => Err(wrong(path, "an Ed25519 private key", &found)),
    }
}

/// Reads a public key from a file or standard input: SubjectPublicKeyInfo as PEM or DER, OpenSSH, or 64 hexadecimal
/// digits.
///
/// # Errors
/// [`Kind::Io`], or [`Kind::Key`] that names what was found.
pub fn read_public(path: &Path) -> Outcome<[u8; 32]> {
    let public = match parse(&files::read(path)?) {
        Found::Public(bytes) | Found::Hex(bytes) => bytes,
        found => return Err(wrong(path, "an Ed25519 public key", &found)),
    };
    if Key::module(public).is_strong() {
        return Ok(public);
    }
    let message =
        format!("{}: these 32 bytes are no public key of Ed25519, or a weak one", files::name(path));
    Err(Failure::new(Kind::Key, message))
}

fn wrong(path: &Path, expected: &str, found: &Found) -> Failure {
    let hint = found.hint().map_or_else(String::new, |hint| format!(". {hint}"));
    Failure::new(Kind::Key, format!("{}: expected {expected}, found {found}{hint}", files::name(path)))
}

/// Returns what bytes are. The label of a PEM file decides, or how the bytes begin.
fn parse(bytes: &[u8]) -> Found {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Found::Damaged("text", "it is in UTF-16, expected ASCII or UTF-8".into());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return der::parse(bytes) };
    // Some editors begin a file with a mark of the byte order.
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Found::Nothing;
    }
    match text.split_once("-----BEGIN ") {
        Some((_, rest)) => pem(text, rest.split("-----").next().unwrap_or_default()),
        None if bytes.first() == Some(&0x30) && hexadecimal(text).is_none() => der::parse(bytes),
        None => hexadecimal(text).or_else(|| openssh::line(text)).unwrap_or(Found::Unknown(text.len())),
    }
}

fn pem(text: &str, label: &str) -> Found {
    match label {
        "OPENSSH PRIVATE KEY" => openssh::private(text),
        "PRIVATE KEY" | "PUBLIC KEY" => der::pem(text),
        other => Found::Pem(other.to_owned()),
    }
}

/// 64 hexadecimal digits, which can be a private key or a public one.
fn hexadecimal(text: &str) -> Option<Found> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return Some(Found::HexOf(digits.len()));
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(Found::Hex(bytes))
}
