//! Keys of every kind: those that work, and what is said of those that do not.

mod common;

use common::{Bench, key};

const PACK: &str = "pack module.wasm -o out --module-id 1 --entry echo --sequence 7";

/// The signature that the key of `ed25519.pem` makes.
fn signed_with(bench: &Bench, file: &str) -> serde_json::Value {
    let path = key(file);
    bench.succeed(&format!("{PACK} --key {}", path.display()))["signature"].clone()
}

#[test]
fn one_key_signs_alike_in_every_form() {
    let bench = Bench::new();
    let expected = signed_with(&bench, "ed25519.pem");
    for file in ["ed25519.der", "ed25519.hex"] {
        assert_eq!(signed_with(&bench, file), expected, "{file}");
    }
    // Written in every form by this program, and read again.
    for format in ["pem", "der", "openssh", "hex"] {
        bench.succeed(&format!("keygen --from key -o again --public again.pub --format {format} --force"));
        let signature = bench.succeed(&format!("{PACK} --key again"))["signature"].clone();
        assert_eq!(signature, expected, "{format}");
        bench.succeed("verify out --key again.pub");
    }
    let run = bench.run_with(&format!("{PACK} --key - --json"), &bench.read("key"));
    assert_eq!(run.json()["signature"], expected);
}

#[test]
fn keys_of_openssl_and_of_openssh_sign_and_verify() {
    let bench = Bench::new();
    for (private, public) in
        [("ed25519.pem", "ed25519.pub.pem"), ("ed25519.der", "ed25519.pub.der"), ("openssh", "openssh.pub")]
    {
        signed_with(&bench, private);
        bench.succeed(&format!("verify out --key {}", key(public).display()));
    }
    // The keys of both programs are two.
    assert!(bench.fail(&format!("verify out --key {}", key("ed25519.pub.pem").display()), 5).contains("[4]"));
}

#[test]
fn public_keys_are_what_openssl_and_openssh_write() {
    let bench = Bench::new();
    for (format, file) in [("pem", "ed25519.pub.pem"), ("der", "ed25519.pub.der")] {
        bench.succeed(&format!("keygen --from key --public public --format {format}"));
        assert_eq!(bench.read("public"), std::fs::read(key(file)).unwrap(), "{format}");
    }
    bench.succeed(&format!("keygen --from {} --public public --format openssh", key("openssh").display()));
    let line = String::from_utf8(bench.read("public")).unwrap();
    let expected = std::fs::read_to_string(key("openssh.pub")).unwrap();
    assert!(expected.starts_with(line.trim_end()), "{line}");
}

#[test]
fn the_error_of_a_wrong_private_key_names_what_was_found() {
    let bench = Bench::new();
    bench.write("empty", b" \n");
    bench.write("short.hex", b"00112233");
    bench.write("raw", &[0x80; 32]);
    bench.write("utf-16", &[0xff, 0xfe, b'0', 0]);
    bench.write("noise", b"this is not a key");
    bench.write("cut.pem", &std::fs::read(key("ed25519.pem")).unwrap()[..70]);
    let key = |name| key(name).display().to_string();
    for (file, found) in [
        (key("ed25519.pub.pem"), "found an Ed25519 public key"),
        (key("ed25519.pub.der"), "found an Ed25519 public key"),
        (key("openssh.pub"), "found an Ed25519 public key"),
        (key("rsa.pem"), "a private key of RSA"),
        (key("rsa.pub.pem"), "a public key of RSA"),
        (key("rsa-traditional.pem"), "a PEM file of the kind `RSA PRIVATE KEY`"),
        (key("ec.pem"), "a private key of ECDSA"),
        (key("ec.der"), "a private key of ECDSA, in the form of SEC 1"),
        (key("rsa.der"), "a private key of RSA, in the form of PKCS#1"),
        (key("ec-sec1.pem"), "a PEM file of the kind `EC PRIVATE KEY`"),
        (key("x25519.pem"), "a private key of X25519"),
        (key("ed448.pem"), "a private key of Ed448"),
        (key("ed25519-encrypted.pem"), "openssl pkey"),
        (
            key("ed25519-encrypted.der"),
            "a key of PKCS#8 with a passphrase. Decrypt it: `openssl pkey -inform DER",
        ),
        (key("certificate.der"), "found a certificate"),
        (key("ed25519.p12"), "found a PKCS#12 file. Take the key out"),
        ("utf-16".into(), "it is in UTF-16"),
        (key("certificate.pem"), "a PEM file of the kind `CERTIFICATE`"),
        (key("openssh-encrypted"), "a key of OpenSSH with a passphrase"),
        (key("openssh-ecdsa"), "a private key of ecdsa-sha2-nistp256"),
        (key("openssh-ecdsa.pub"), "a public key of ecdsa-sha2-nistp256"),
        ("empty".into(), "found nothing"),
        ("short.hex".into(), "8 hexadecimal digits instead of 64"),
        ("raw".into(), "32 bytes of no known format. 32 raw bytes can be written"),
        ("noise".into(), "17 bytes of no known format"),
        ("cut.pem".into(), "a damaged PEM file"),
        ("module.wasm".into(), "bytes of no known format"),
    ] {
        let error = bench.fail(&format!("{PACK} --key {file}"), 6);
        assert!(error.contains(found), "{file}: {error}");
        assert!(error.contains("expected an Ed25519 private key"), "{file}: {error}");
        assert!(!bench.has("out"), "{file}");
    }
}

#[test]
fn the_error_of_a_wrong_public_key_names_what_was_found() {
    let bench = Bench::new();
    bench.succeed(&format!("{PACK} --key key"));
    bench.write("weak.hex", b"01");
    bench.write("small.hex", format!("01{}", "00".repeat(31)).as_bytes());
    for (file, found) in [
        ("key", "found an Ed25519 private key. `aingle-wasm keygen --from FILE"),
        ("weak.hex", "2 hexadecimal digits"),
        ("small.hex", "no public key of Ed25519, or a weak one"),
    ] {
        let error = bench.fail(&format!("verify out --key {file}"), 6);
        assert!(error.contains(found), "{file}: {error}");
    }
}

#[test]
fn a_key_on_the_command_line_is_refused() {
    let bench = Bench::new();
    let secret = "f87ff28b80fc9815a7babef3e5294f787e0f454331744e8bc8e967fd4790d86a";
    for option in ["--private-key", "--secret-key", "--sign-key", "--signing-key"] {
        let error = bench.fail(&format!("{PACK} {option} {secret}"), 2);
        assert!(error.contains("--key FILE"), "{error}");
        assert!(!error.contains(secret), "{error}");
    }
    // As the name of a file, it is one that is not there.
    bench.fail(&format!("{PACK} --key {secret}"), 3);
}

#[test]
fn a_new_key_is_for_its_owner_and_replaces_none() {
    let bench = Bench::new();
    let first = bench.succeed("keygen -o new --public new.pub");
    let second = bench.succeed("keygen -o other");
    assert_ne!(first["public_key"], second["public_key"]);
    assert!(bench.fail("keygen -o new", 3).contains("--force"));
    assert_eq!(bench.succeed("keygen --from new")["key_id"], first["key_id"]);
    bench.succeed("keygen -o new --force");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name| std::fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o777;
        // The test itself has written `key`, with its umask.
        assert_eq!([mode("new"), mode("new.pub")], [0o600, mode("key")]);
    }
}

#[test]
fn marks_of_the_byte_order_and_options_of_authorized_keys_are_passed_over() {
    let bench = Bench::new();
    for name in ["ed25519.pem", "ed25519.hex", "openssh"] {
        bench.write("marked", &[&b"\xef\xbb\xbf"[..], &std::fs::read(key(name)).unwrap()].concat());
        bench.succeed(&format!("{PACK} --key marked"));
    }
    let line = std::fs::read_to_string(key("openssh.pub")).unwrap();
    for options in ["no-pty ", "command=\"run ssh-add\",no-pty\t", "\u{feff}"] {
        bench.write("listed", format!("{options}{line}").as_bytes());
        bench.succeed("verify out --key listed");
    }
    let ecdsa = std::fs::read_to_string(key("openssh-ecdsa.pub")).unwrap();
    bench.write("listed", format!("no-pty {ecdsa}").as_bytes());
    assert!(bench.fail("verify out --key listed", 6).contains("a public key of ecdsa-sha2-nistp256"));
}

#[cfg(unix)]
#[test]
fn outputs_have_the_permissions_that_the_umask_leaves() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;
    let bench = Bench::new();
    bench.succeed(PACK);
    for (umask, expected) in [("000", [0o666, 0o600]), ("027", [0o640, 0o600]), ("077", [0o600, 0o600])] {
        let line = format!("umask {umask} && \"$0\" pad out -o padded{umask} && \"$0\" keygen -o new{umask}");
        let mut run = Command::new("sh");
        run.args(["-c", &line, env!("CARGO_BIN_EXE_aingle-wasm")]);
        let output = run.current_dir(bench.path("")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mode = |name: &str| {
            std::fs::metadata(bench.path(&format!("{name}{umask}"))).unwrap().permissions().mode() & 0o777
        };
        assert_eq!([mode("padded"), mode("new")], expected, "{umask}");
    }
}
