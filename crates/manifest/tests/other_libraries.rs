//! Signatures of OpenSSL and of Python's `cryptography` are accepted here, and those of the vectors there.
//!
//! The vectors hold signatures that both made, so that nothing of this depends on them. Where one of them is not
//! installed, its test says so on standard error and checks nothing.

use aingle_wasm_manifest::{Builder, DOMAIN, Key, KeyId, Manifest, Policy, SIGNATURE_LEN, Verifier};
use aingle_wasm_vectors::{MANIFESTS, all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What stands before the 32 bytes of a public key in a DER file.
const PUBLIC_DER: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// The public key of test 1 of RFC 8032.
const PUBLIC: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e,
    0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];

/// Whether a program answers. Printed past the capture of the test harness if it does not.
fn is_there(program: &str, arguments: &[&str]) -> bool {
    let found = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !found {
        let _ =
            writeln!(std::io::stderr(), "NOT CHECKED: `{program} {}` does not run here", arguments.join(" "));
    }
    found
}

/// A directory of a test.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Runs a program in a directory, and returns whether it succeeded.
fn run(directory: &Path, program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).current_dir(directory).output().unwrap().status.success()
}

/// Signed bytes and signature of each signed vector.
fn signed() -> Vec<(Vec<u8>, [u8; SIGNATURE_LEN])> {
    let vectors = all(MANIFESTS).filter(|vector| vector.get("signed").is_some());
    let signed: Vec<_> = vectors
        .map(|vector| {
            let blob = vector.bytes("blob");
            let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
            (vector.bytes("signed"), *manifest.signature().unwrap())
        })
        .collect();
    assert!(signed.len() >= 6);
    signed
}

/// Has a module signed by a program whose public key is in a DER file, and verifies it.
fn verify_foreign(directory: &Path, sign: impl Fn()) {
    let public: [u8; 32] = std::fs::read(directory.join("public.der")).unwrap()[12..].try_into().unwrap();
    let builder = Builder::module(1, 7, "main").abi(2);
    let header = builder.to_sign(b"module", KeyId::of(&public)).unwrap();
    std::fs::write(directory.join("signed.bin"), [DOMAIN.as_slice(), &header].concat()).unwrap();
    sign();
    let mut signature = std::fs::read(directory.join("signature.bin")).unwrap();
    for expected in [true, false] {
        let blob = [header.as_slice(), &signature, b"module"].concat();
        let manifest = Manifest::parse(&blob, blob.len() as u32).unwrap();
        let keys = [Key::module(public)];
        let admitted = Policy::new(&keys).check(&manifest, None).unwrap();
        assert_eq!(Verifier::begin(&admitted).is_ok(), expected);
        signature[7] ^= 1;
    }
}

#[test]
fn openssl_verifies_the_vectors_and_its_signatures_are_accepted() {
    if !is_there("openssl", &["version"]) {
        return;
    }
    let directory = directory("openssl");
    let verify = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "public.der", "-rawin"];
    let verify = [&verify[..], &["-in", "signed.bin", "-sigfile", "signature.bin"]].concat();
    std::fs::write(directory.join("public.der"), [&PUBLIC_DER[..], &PUBLIC].concat()).unwrap();
    for (bytes, mut signature) in signed() {
        std::fs::write(directory.join("signed.bin"), bytes).unwrap();
        std::fs::write(directory.join("signature.bin"), signature).unwrap();
        assert!(run(&directory, "openssl", &verify));
        signature[40] ^= 1;
        std::fs::write(directory.join("signature.bin"), signature).unwrap();
        assert!(!run(&directory, "openssl", &verify));
    }
    assert!(run(&directory, "openssl", &["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]));
    let public = ["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public.der"];
    assert!(run(&directory, "openssl", &public));
    let sign =
        ["pkeyutl", "-sign", "-inkey", "key.pem", "-rawin", "-in", "signed.bin", "-out", "signature.bin"];
    verify_foreign(&directory, || assert!(run(&directory, "openssl", &sign)));
}

/// Verifies a signature with a public key in DER, or signs with a new key.
const PYTHON: &str = r#"
import sys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
if sys.argv[1] == "verify":
    public = serialization.load_der_public_key(open("public.der", "rb").read())
    public.verify(open("signature.bin", "rb").read(), open("signed.bin", "rb").read())
else:
    key = Ed25519PrivateKey.from_private_bytes(bytes([5] * 32))
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    open("public.der", "wb").write(key.public_key().public_bytes(encoding, form))
    if sys.argv[1] == "sign":
        open("signature.bin", "wb").write(key.sign(open("signed.bin", "rb").read()))
"#;

#[test]
fn python_verifies_the_vectors_and_its_signatures_are_accepted() {
    if !is_there("python3", &["-c", "import cryptography"]) {
        return;
    }
    let directory = directory("python");
    std::fs::write(directory.join("public.der"), [&PUBLIC_DER[..], &PUBLIC].concat()).unwrap();
    for (bytes, mut signature) in signed() {
        std::fs::write(directory.join("signed.bin"), bytes).unwrap();
        std::fs::write(directory.join("signature.bin"), signature).unwrap();
        assert!(run(&directory, "python3", &["-c", PYTHON, "verify"]));
        signature[40] ^= 1;
        std::fs::write(directory.join("signature.bin"), signature).unwrap();
        assert!(!run(&directory, "python3", &["-c", PYTHON, "verify"]));
    }
    assert!(run(&directory, "python3", &["-c", PYTHON, "key"]));
    verify_foreign(&directory, || assert!(run(&directory, "python3", &["-c", PYTHON, "sign"])));
}
