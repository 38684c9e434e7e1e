//! `--cache` with programs of WASI: the folder that guests of the SDK are also kept in.
#![cfg(feature = "wasi")]

mod common;

use common::Bench;
use std::path::{Path, PathBuf};

const PROGRAM: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (func (export "seven") (result i32) (i32.const 7))
    (func (export "_start") (call 0 (i32.const 33))))"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("program", &wat::parse_str(PROGRAM).unwrap());
    bench
}

/// Runs the program; returns its code, and whether its machine code was there.
fn run(bench: &Bench, options: &str) -> (i32, Option<bool>) {
    let run = bench.run(&format!("run program --json {options}"));
    let said: serde_json::Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    (run.code, said["cache_hit"].as_bool())
}

/// The files of machine code.
fn entries(bench: &Bench) -> Vec<PathBuf> {
    let files = std::fs::read_dir(bench.path("kept")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "aiwcode")).collect()
}

/// Puts a file in the place of one that nobody may write to, and lets nobody write to it either, so that it is mapped.
fn put(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
    let mut rights = std::fs::metadata(path).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(path, rights).unwrap();
}

#[test]
fn a_program_is_compiled_once() {
    let bench = bench();
    assert_eq!(run(&bench, ""), (33, None));
    assert_eq!(run(&bench, "--cache kept"), (33, Some(false)));
    assert_eq!(run(&bench, "--cache kept"), (33, Some(true)));
    assert_eq!(entries(&bench).len(), 1);
    // Limits that decide no code change nothing, and limits are kept.
    assert_eq!(run(&bench, "--cache kept --memory 1MiB --stack 2MiB"), (33, Some(true)));
    assert_eq!(bench.run("run program --cache kept --invoke seven").stdout, b"7\n");
    assert_eq!(bench.run("run program --cache kept --fuel 0").code, 11);
    // Guests of the SDK have the same folder.
    bench.write("plain", &wat::parse_str("(module (func (export \"f\")))").unwrap());
    for hit in [false, true] {
        assert_eq!(bench.run("run plain --cache kept --json").json()["cache_hit"], hit);
    }
    assert_eq!(entries(&bench).len(), 2);
}

#[test]
fn a_component_is_compiled_once() {
    let bench = Bench::new();
    bench.write("program", &wat::parse_str(include_str!("components/empty.wat")).unwrap());
    assert_eq!(run(&bench, "--cache kept"), (0, Some(false)));
    assert_eq!(run(&bench, "--cache kept"), (0, Some(true)));
}

#[test]
fn code_that_was_changed_is_not_loaded() {
    let bench = bench();
    assert_eq!(run(&bench, "--cache kept"), (33, Some(false)));
    let [entry] = &entries(&bench)[..] else { panic!("one file") };
    let whole = std::fs::read(entry).unwrap();
    let mut changed = whole.clone();
    for at in [0, whole.len() / 2, whole.len() - 1] {
        changed.clone_from(&whole);
        changed[at] ^= 1;
        put(entry, &changed);
        assert_eq!(run(&bench, "--cache kept"), (33, Some(false)), "byte {at}");
        assert_eq!(std::fs::read(entry).unwrap().len(), whole.len(), "it was written anew");
    }
    put(entry, &whole[..whole.len() - 100]);
    assert_eq!(run(&bench, "--cache kept"), (33, Some(false)));
    assert_eq!(run(&bench, "--cache kept"), (33, Some(true)));
}

/// A file that was verified some time after it was written is mapped, and is not read whole again until it is changed. The superuser's is
/// copied, so that this runs as another user.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn code_that_was_verified_before_is_not_loaded_when_it_is_changed() {
    use std::os::unix::process::CommandExt;
    let bench = bench();
    let user = bench.ordinary_user();
    let run = || {
        let line = "run program --cache kept --json";
        let mut command = bench.command(line);
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let run = bench.run_command(&mut command, line, b"");
        let said: serde_json::Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
        (run.code, said["cache_hit"].as_bool())
    };
    assert_eq!(run(), (33, Some(false)));
    let [entry] = &entries(&bench)[..] else { panic!("one file") };
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    let seen = entry.with_extension("aiwseen");
    assert!(!seen.exists());
    for _ in 0..2 {
        assert_eq!(run(), (33, Some(true)));
        assert!(seen.exists());
    }
    let mut changed = std::fs::read(entry).unwrap();
    changed[5000] ^= 1;
    put(entry, &changed);
    if let Some(user) = user {
        std::os::unix::fs::chown(entry, Some(user), Some(user)).unwrap();
    }
    assert_eq!(run(), (33, Some(false)));
    assert_eq!(run(), (33, Some(true)));
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let bench = bench();
    bench.write("file", b"");
    bench.write("plain", &wat::parse_str("(module (func (export \"f\")))").unwrap());
    for (line, code) in [("run program --cache file", 33), ("run plain --cache file", 0)] {
        let run = bench.run(line);
        assert_eq!(run.code, code);
        assert!(run.stderr.starts_with("note: --cache `file`: nothing is kept: "), "{}", run.stderr);
    }
}

#[test]
fn code_of_another_key_or_program_is_not_loaded() {
    let bench = bench();
    assert_eq!(run(&bench, "--cache kept"), (33, Some(false)));
    let [entry] = &entries(&bench)[..] else { panic!("one file") };
    let code = std::fs::read(entry).unwrap();
    bench.write("program", &wat::parse_str(PROGRAM.replace("33", "34")).unwrap());
    assert_eq!(run(&bench, "--cache kept"), (34, Some(false)));
    let other = entries(&bench).into_iter().find(|path| path != entry).unwrap();
    put(&other, &code);
    assert_eq!(run(&bench, "--cache kept"), (34, Some(false)), "the code of the first program");
    // Another folder has another key.
    assert_eq!(run(&bench, "--cache foreign"), (34, Some(false)));
    std::fs::copy(bench.path("foreign/key"), bench.path("kept/key")).unwrap();
    assert_eq!(run(&bench, "--cache kept"), (34, Some(false)));
}
