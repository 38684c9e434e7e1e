//! Keys as files.

use crate::failure::{Failure, Kind, Outcome};
use aingle_wasm_manifest::SigningKey;
use clap::ValueEnum;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey, EncodePublicKey, KeypairBytes};
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::Ed25519PublicKey;

/// How a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// PKCS#8, and SubjectPublicKeyInfo, as text
    Pem,
    /// The same as bytes
    Der,
    /// A private key and a line of `authorized_keys`
    Openssh,
    /// 64 hexadecimal digits
    Hex,
}

/// Returns the file of a private key.
///
/// # Errors
/// [`Kind::Key`] when a library cannot write it.
pub fn private(key: &SigningKey, format: Format) -> Outcome<Vec<u8>> {
    Ok(match format {
        Format::Pem => pkcs8(key).to_pkcs8_pem(LineEnding::LF).map_err(failed)?.as_bytes().to_vec(),
        Format::Der => pkcs8(key).to_pkcs8_der().map_err(failed)?.as_bytes().to_vec(),
        Format::Openssh => {
            let pair = Ed25519Keypair::from_bytes(&key.to_keypair_bytes()).map_err(failed)?;
            let text = ssh_key::PrivateKey::from(pair).to_openssh(ssh_key::LineEnding::LF).map_err(failed)?;
            text.as_bytes().to_vec()
        }
        Format::Hex => hexadecimal(key.as_bytes()),
    })
}

/// Returns the file of a public key.
///
/// # Errors
/// [`Kind::Key`] when a library cannot write it.
pub fn public(key: &VerifyingKey, format: Format) -> Outcome<Vec<u8>> {
    Ok(match format {
        Format::Pem => key.to_public_key_pem(LineEnding::LF).map_err(failed)?.into_bytes(),
        Format::Der => key.to_public_key_der().map_err(failed)?.into_vec(),
        Format::Openssh => {
            let key = ssh_key::PublicKey::from(Ed25519PublicKey(key.to_bytes()));
            format!("{}\n", key.to_openssh().map_err(failed)?.trim_end()).into_bytes()
        }
        Format::Hex => hexadecimal(key.as_bytes()),
    })
}

/// A key for version 0 of PKCS#8, which has no public key. OpenSSL does not read version 1, which has one.
fn pkcs8(key: &SigningKey) -> KeypairBytes {
    KeypairBytes { secret_key: key.to_bytes(), public_key: None }
}

fn hexadecimal(bytes: &[u8; 32]) -> Vec<u8> {
    format!("{}\n", crate::hex::hex(bytes)).into_bytes()
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Key, format!("cannot write the key: {error}"))
}
