//! Lesson 12: compiled modules on disk are only as good as their authentication.

mod common;

use aingle_wasm_host::CacheKey;
use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{LoadError, MAX_DEPTH_LIMIT, PriceList};
use aingle_wasm_metering::Meter;
use common::*;
use std::fs;
use std::path::{Path, PathBuf};

fn config(dir: &Path) -> EngineConfig {
    EngineConfig { cache_dir: Some(dir.into()), ..Default::default() }
}

/// What a process that starts now sees: compiles through the cache, calls, and returns the statistics.
fn process(config: EngineConfig, wasm: &[u8]) -> aingle_wasm_host::CacheStats {
    let engine = engine_with(config);
    let module = engine.compile_cached(b"module", wasm).unwrap();
    let mut instance = WasmInstance::new(&engine, &module).unwrap();
    assert_eq!(instance.call_raw("echo", b"whole").unwrap(), b"whole");
    engine.cache_stats()
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "aiwcode"))
        .collect();
    found.sort();
    found
}

/// Puts a file in the place of one that nobody may write to.
fn put(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A directory with one entry, and that entry's path and bytes.
fn filled() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    process(config(dir.path()), &guest(""));
    let [entry] = entries(dir.path()).try_into().unwrap();
    let bytes = fs::read(&entry).unwrap();
    (dir, entry, bytes)
}

#[test]
fn a13_a_restart_hits() {
    let (dir, _, _) = filled();
    let stats = process(config(dir.path()), &guest(""));
    assert_eq!((stats.disk_hits, stats.disk_misses, stats.disk_rejected, stats.disk_errors), (1, 0, 0, 0));
}

#[test]
fn a13_code_from_a_file_traps_as_it_did() {
    let (dir, _, _) = filled();
    let engine = engine_with(config(dir.path()));
    let module = engine.compile_cached(b"module", &guest("")).unwrap();
    assert_eq!(engine.cache_stats().disk_hits, 1);
    for (function, trap) in TRAPS {
        let mut instance = WasmInstance::new(&engine, &module).unwrap();
        assert_eq!(*failure(&mut instance, function).kind(), HostErrorKind::Trap(trap), "{function}");
    }
}

#[test]
fn a13_lesson_12_a_changed_byte_anywhere_is_a_miss_and_is_replaced() {
    let (dir, entry, bytes) = filled();
    let step = bytes.len() / 12;
    for at in (0..48).step_by(5).chain((48..bytes.len()).step_by(step)).chain([bytes.len() - 1]) {
        let mut tampered = bytes.clone();
        tampered[at] ^= 1 << (at % 8);
        put(&entry, &tampered);
        let stats = process(config(dir.path()), &guest(""));
        assert_eq!((stats.disk_hits, stats.disk_rejected), (0, 1), "byte {at}");
        assert_ne!(fs::read(&entry).unwrap(), tampered, "byte {at}");
    }
    assert_eq!(process(config(dir.path()), &guest("")).disk_hits, 1);
}

#[test]
fn a13_lesson_12_a_truncated_or_longer_file_is_a_miss() {
    let (dir, entry, bytes) = filled();
    for len in [0, 1, 7, 8, 39, 40, 41, bytes.len() / 2, bytes.len() - 1] {
        put(&entry, &bytes[..len]);
        let stats = process(config(dir.path()), &guest(""));
        assert_eq!((stats.disk_hits, stats.disk_rejected), (0, 1), "{len} bytes");
    }
    put(&entry, &[&bytes[..], b"more"].concat());
    assert_eq!(process(config(dir.path()), &guest("")).disk_rejected, 1);
}

#[test]
fn a13_lesson_12_entries_that_change_places_are_misses() {
    let dir = tempfile::tempdir().unwrap();
    let modules = [guest(""), guest("(func)")];
    for wasm in &modules {
        process(config(dir.path()), wasm);
    }
    let [one, two] = entries(dir.path()).try_into().unwrap();
    let aside = dir.path().join("aside");
    fs::rename(&one, &aside).unwrap();
    fs::rename(&two, &one).unwrap();
    fs::rename(&aside, &two).unwrap();
    for wasm in &modules {
        let stats = process(config(dir.path()), wasm);
        assert_eq!((stats.disk_hits, stats.disk_rejected), (0, 1));
    }
}

fn dearer() -> PriceList {
    let mut prices = PriceList::default();
    prices.call += 1;
    prices
}

#[test]
fn a13_lesson_12_another_configuration_or_module_is_a_miss() {
    let (dir, _, _) = filled();
    let base = || config(dir.path());
    let others = [
        EngineConfig { metering_limit: u64::MAX, ..base() },
        EngineConfig { prices: dearer(), ..base() },
        EngineConfig { trust_carried_limits: true, ..base() },
        EngineConfig { depth_limit: 100, ..base() },
        EngineConfig { canonicalize_nans: false, ..base() },
        EngineConfig { static_memory_bound: 1, ..base() },
        EngineConfig { memory_limit: 1 << 20, ..base() },
    ];
    for other in others {
        let stats = process(other, &guest(""));
        assert_eq!((stats.disk_hits, stats.disk_misses, stats.disk_rejected), (0, 1, 0));
    }
    assert_eq!(process(base(), &guest("(func)")).disk_misses, 1);
    // How much fuel there is is no part of the code.
    assert_eq!(process(EngineConfig { metering_limit: 5_000_000, ..base() }, &guest("")).disk_hits, 1);
    assert_eq!(process(base(), &guest("")).disk_hits, 1);
}

/// On an engine that does not meter, a module runs with the limits that it carries.
#[test]
fn a02_a_depth_limit_that_the_stack_cannot_take_is_refused_from_the_cache_too() {
    let chain: String = (0..6000).map(|at| format!("(func $f{at} (call $f{}))", at + 1)).collect();
    let carrying = Meter::default().instrument(&guest(&format!("{chain} (func $f6000)"))).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let unmetered =
        |depth_limit| EngineConfig { metering_limit: u64::MAX, depth_limit, ..config(dir.path()) };
    process(unmetered(128), &carrying);
    let engine = engine_with(unmetered(MAX_DEPTH_LIMIT));
    for result in [engine.compile(&carrying), engine.compile_cached(b"deep", &carrying)] {
        let kind = result.map(drop).unwrap_err().into_kind();
        let HostErrorKind::Load(LoadError::DepthLimit { limit, needed, found, .. }) = kind else {
            panic!("{kind:?}")
        };
        assert!(limit == MAX_DEPTH_LIMIT && needed > found, "{needed}, {found}");
    }
    assert_eq!(process(unmetered(128), &carrying).disk_hits, 1);
}

#[test]
fn a02_a13_another_key_is_a_miss() {
    let dir = tempfile::tempdir().unwrap();
    let keyed = |byte| EngineConfig { cache_key: Some(CacheKey::new([byte; 32])), ..config(dir.path()) };
    assert_eq!(process(keyed(1), &guest("")).disk_misses, 1);
    assert_eq!(process(keyed(1), &guest("")).disk_hits, 1);
    let stats = process(keyed(2), &guest(""));
    assert_eq!((stats.disk_hits, stats.disk_misses, stats.disk_rejected), (0, 1, 0));
    for byte in [1, 2] {
        assert_eq!(process(keyed(byte), &guest("")).disk_hits, 1, "each key finds its own files");
    }
    assert!(!dir.path().join("key").exists(), "no key is drawn where one is given");
}

#[test]
fn a02_disk_cache_size_bounds_the_files() {
    let (dir, _, bytes) = filled();
    let disk_cache_size = bytes.len() as u64 * 5 / 2;
    let bounded = || EngineConfig { disk_cache_size, ..config(dir.path()) };
    let mut evicted = 0;
    for count in 1..5 {
        evicted += process(bounded(), &guest(&"(func)".repeat(count))).disk_evictions;
        let total: u64 = entries(dir.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
        assert!(total <= disk_cache_size, "{total} of {disk_cache_size} bytes");
    }
    assert_eq!(evicted, 3);
    assert_eq!(process(bounded(), &guest(&"(func)".repeat(4))).disk_hits, 1, "the last is kept");
}

#[test]
fn remains_of_a_writer_that_died_count_and_go_first() {
    let (dir, entry, bytes) = filled();
    let remains = entry.with_extension("0123456789abcdef.tmp");
    fs::write(&remains, &bytes).unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options().append(true).open(&remains).unwrap().set_modified(old).unwrap();
    let disk_cache_size = bytes.len() as u64 * 5 / 2;
    process(EngineConfig { disk_cache_size, ..config(dir.path()) }, &guest("(func)"));
    assert!(!remains.exists() && entry.exists());
}

#[test]
fn a_disk_that_fails_is_counted_and_nothing_fails() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let stats = process(config(&file.path().join("beneath a file")), &guest(""));
    assert!(stats.disk_errors == 1 && stats.disk_hits == 0, "{stats:?}");
    // An entry that cannot be replaced, because a directory stands in its place.
    let (dir, entry, _) = filled();
    fs::remove_file(&entry).unwrap();
    fs::create_dir_all(entry.join("occupied")).unwrap();
    assert!(process(config(dir.path()), &guest("")).disk_errors >= 1);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// The folder of [`on_a_full_disk`].
    const FOLDER: &str = "AINGLE_WASM_TEST_FOLDER";

    /// A limit on the length of files ends a write in its middle, as a full disk does.
    #[test]
    fn a_full_disk_loses_no_entry_and_leaves_no_part_of_one() {
        let (dir, entry, bytes) = filled();
        let child = Command::new("sh")
            .args(["-c", r#"trap "" XFSZ; ulimit -f 1; exec "$0" "$@""#])
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "unix::on_a_full_disk"])
            .env(FOLDER, dir.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{said}");
        assert_eq!(fs::read(&entry).unwrap(), bytes);
        let mut names: Vec<_> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        assert_eq!(names, [entry, dir.path().join("key")]);
    }

    #[test]
    #[ignore = "the test above runs it, in a process that cannot write long files"]
    fn on_a_full_disk() {
        let dir = PathBuf::from(std::env::var_os(FOLDER).unwrap());
        let stats = process(config(&dir), &guest("(func)"));
        assert_eq!((stats.disk_misses, stats.disk_errors), (1, 1), "compiled, called, and not kept");
        let stats = process(config(&dir), &guest(""));
        assert_eq!((stats.disk_hits, stats.disk_errors), (1, 0), "what was kept before is there");
    }

    #[test]
    fn files_are_for_their_owner_only() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("new");
        process(config(&dir), &guest(""));
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("key")), 0o400);
        assert_eq!(mode(&entries(&dir)[0]), 0o400);
    }

    #[test]
    fn lesson_12_what_others_can_write_or_read_is_not_used() {
        for (name, loose) in [("", 0o777), ("key", 0o644)] {
            let (dir, _, _) = filled();
            let path = dir.path().join(name);
            fs::set_permissions(&path, fs::Permissions::from_mode(loose)).unwrap();
            let stats = process(config(dir.path()), &guest(""));
            assert_eq!((stats.disk_hits, stats.disk_errors), (0, 1), "`{name}`");
        }
    }
}
