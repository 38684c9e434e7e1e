//! Where outputs go, and what they must not destroy.

mod common;

use common::Bench;
use std::io::Write;
use std::process::Command;

const PACK: &str = "pack module.wasm --module-id 1 --entry echo --sequence 7";

/// Returns whether a program answers. Printed past the capture of the test harness if it does not.
fn is_there(program: &str, arguments: &[&str]) -> bool {
    let found = Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !found {
        let _ =
            writeln!(std::io::stderr(), "NOT CHECKED: `{program} {}` does not run here", arguments.join(" "));
    }
    found
}

#[test]
fn private_keys_are_what_openssl_writes_and_reads() {
    let bench = Bench::new();
    bench.succeed("keygen --from key -o again.der --format der");
    bench.succeed("keygen --from key -o again.pem");
    let der = std::fs::read(common::key("ed25519.der")).unwrap();
    assert_eq!(der.len(), 48);
    assert_eq!(bench.read("again.der"), der);
    assert_eq!(bench.read("again.pem"), bench.read("key"));
    bench.succeed("keygen -o new.pem --public new.pub.pem");
    bench.succeed("keygen --from new.pem -o new.der --public new.pub.der --format der");
    if !is_there("openssl", &["version"]) {
        return;
    }
    for (form, private, public) in [("PEM", "new.pem", "new.pub.pem"), ("DER", "new.der", "new.pub.der")] {
        let arguments = ["pkey", "-inform", form, "-in", private, "-pubout", "-outform", form];
        let output = Command::new("openssl").args(arguments).current_dir(bench.path("")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, bench.read(public), "{form}");
    }
}

#[test]
fn an_output_is_no_other_output_and_no_input_that_would_be_lost() {
    let bench = Bench::new();
    let before = bench.read("key");
    bench.succeed(&format!("{PACK} -o old --key key"));
    for line in [
        "keygen -o same --public same",
        "keygen -o same --public ./same",
        "keygen --from key --public key",
        "keygen --from key -o ./key --force",
        "pack module.wasm --module-id 1 --entry echo --sequence 7 -o key --key key",
        "sign old -o key --key key",
        "delta old old -o key --key key",
        "delta old old -o old",
        "native module.wasm -o module.wasm --target thumbv7m",
        "pack module.wasm --module-id 1 --entry echo --sequence 7 -o module.wasm",
        "key-list -o key --sequence 1 --root-key key.pub --key key",
        "key-list -o key.pub --sequence 1 --root-key key.pub --key key",
        "keygen -o - --public -",
    ] {
        let error = bench.fail(line, 2);
        assert!(error.contains("the same file"), "{line}: {error}");
        assert!(!bench.has("same"), "{line}");
    }
    assert_eq!(bench.read("key"), before);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("key", bench.path("link")).unwrap();
        std::fs::hard_link(bench.path("key"), bench.path("hard")).unwrap();
        for other in ["link", "hard"] {
            bench.fail(&format!("{PACK} -o {other} --key key"), 2);
        }
        assert_eq!(bench.read("key"), before);
    }
}

#[test]
fn a_key_is_replaced_only_if_every_output_can_be_written() {
    let bench = Bench::new();
    bench.succeed("keygen -o new");
    let before = bench.read("new");
    std::fs::create_dir(bench.path("directory")).unwrap();
    for public in ["missing/new.pub", "directory"] {
        bench.fail(&format!("keygen -o new --force --public {public}"), 3);
        assert_eq!(bench.read("new"), before, "{public}");
    }
    assert_eq!(bench.files(), ["directory", "key", "key.pub", "module.wasm", "new"]);
}

#[test]
fn of_two_runs_at_once_one_makes_the_key() {
    let bench = Bench::new();
    for round in 0..20 {
        let name = format!("new{round}");
        let codes: Vec<i32> = std::thread::scope(|scope| {
            let run = || bench.run(&format!("keygen -o {name}")).code;
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
        assert_eq!(codes.iter().filter(|code| **code == 3).count(), 3, "{codes:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_pipes_are_written() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let bench = Bench::new();
    std::fs::create_dir(bench.path("deep")).unwrap();
    bench.write("deep/there", b"old");
    symlink("deep/there", bench.path("link")).unwrap();
    symlink("deep/new", bench.path("dangling")).unwrap();
    for (link, file) in [("link", "deep/there"), ("dangling", "deep/new")] {
        bench.succeed(&format!("{PACK} -o {link}"));
        assert!(bench.path(link).is_symlink(), "{link}");
        assert!(bench.read(file).starts_with(b"SMNY"), "{file}");
    }
    let made = Command::new("mkfifo").arg(bench.path("pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        let _ = writeln!(std::io::stderr(), "NOT CHECKED: `mkfifo` does not run here");
        return;
    }
    let path = bench.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read(path).unwrap());
    bench.succeed(&format!("{PACK} -o pipe"));
    assert_eq!(reader.join().unwrap(), bench.read("link"));
    assert!(bench.path("pipe").metadata().unwrap().file_type().is_fifo());
    bench.succeed(&format!("{PACK} -o /dev/null"));
}

#[test]
fn an_input_is_as_large_as_can_be_and_no_larger() {
    let bench = Bench::new();
    let large = std::fs::File::create(bench.path("large")).unwrap();
    // It takes no room on the disk.
    large.set_len((1 << 30) + 1).unwrap();
    for line in ["inspect large", "meter large -o out", "validate large", "sign large -o out --key key"] {
        let error = bench.fail(line, 4);
        assert!(error.contains("`large`: expected at most 1073741824 bytes, found more"), "{line}: {error}");
    }
}

#[test]
fn standard_input_and_standard_output_are_named_as_what_they_are() {
    let bench = Bench::new();
    assert!(bench.fail("validate -", 4).starts_with("error: standard input: "));
    #[cfg(target_os = "linux")]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_aingle-wasm"));
        let output =
            command.args(["inspect", "module.wasm"]).current_dir(bench.path("")).stdout(full).output();
        let output = output.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.starts_with("error: cannot write standard output: No space left"), "{said}");
    }
}
