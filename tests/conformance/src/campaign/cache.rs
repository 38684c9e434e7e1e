//! The folder of compiled modules, shared by engines with different keys and limits, while its files are damaged at random.
//! Engines share nothing but the folder, so that each stands for a process.

use super::state::{Dice, call, config, guest};
use super::{Counts, Trial};
use aingle_wasm_host::prelude::*;
use aingle_wasm_host::{CacheKey, CacheStats};
use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

pub(super) const TRIAL: Trial = Trial {
    name: "cache",
    about: "whatever happens to the files of the cache, the module that was asked for runs",
    bounded: 6,
    run,
};

const MODULES: u64 = 4;

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = dir.path().join("code");
    let mut dice = Dice::new(seed);
    let results: Vec<Result<Vec<CacheStats>, String>> = thread::scope(|threads| {
        let users: Vec<_> = (0..1 + dice.roll(3))
            .map(|user| {
                let (folder, dice) = (folder.clone(), Dice::new(seed.wrapping_mul(17).wrapping_add(user)));
                threads.spawn(move || use_cache(&folder, dice))
            })
            .collect();
        while users.iter().any(|user| !user.is_finished()) {
            // What cannot be damaged any more is not.
            let _ = damage(&folder, &mut dice);
            thread::sleep(Duration::from_millis(dice.roll(20)));
        }
        let ended = users.into_iter().map(|user| user.join());
        ended.map(|ended| ended.unwrap_or_else(|_| Err("a user's thread panicked".into()))).collect()
    });
    let results: Result<Vec<_>, _> = results.into_iter().collect();
    for stats in results?.into_iter().flatten() {
        let outcomes = [
            ("hits", stats.disk_hits),
            ("misses", stats.disk_misses),
            ("refused", stats.disk_rejected),
            ("evicted", stats.disk_evictions),
            ("errors", stats.disk_errors),
        ];
        outcomes.iter().for_each(|(outcome, number)| (0..*number).for_each(|_| counts.count(*outcome)));
    }
    Ok(())
}

/// Asks for modules, each time as a process that has just started, and looks at what runs.
fn use_cache(folder: &Path, mut dice: Dice) -> Result<Vec<CacheStats>, String> {
    let mut all = Vec::new();
    for _ in 0..4 {
        let cache_key =
            [None, Some(CacheKey::new([1; 32])), Some(CacheKey::new([2; 32]))][dice.roll(3) as usize].clone();
        let disk_cache_size = [20_000, 100_000, u64::MAX][dice.roll(3) as usize];
        let cache_dir = Some(folder.to_owned());
        let engine = WasmEngine::new(EngineConfig { cache_dir, cache_key, disk_cache_size, ..config() });
        let engine = engine.map_err(|error| error.to_string())?;
        for _ in 0..6 {
            let number = dice.roll(MODULES) as u32;
            let module = engine.compile_cached(b"", &guest(number)).map_err(|error| error.to_string())?;
            let mut instance = WasmInstance::new(&engine, &module).map_err(|error| error.to_string())?;
            let found = call(&mut instance, "name", 0)?;
            if found != number {
                return Err(format!("module {found} ran for module {number}"));
            }
        }
        all.push(engine.cache_stats());
    }
    Ok(all)
}

fn damage(folder: &Path, dice: &mut Dice) -> std::io::Result<()> {
    let files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    if files.is_empty() {
        return Ok(());
    }
    let mut any = || &files[dice.roll(files.len() as u64) as usize];
    let (one, other) = (any(), any());
    match dice.roll(10) {
        0 => fs::remove_file(one),
        1 => fs::rename(one, other),
        // A sparse file would fill the disk.
        2 if fs::metadata(one)?.len() < 1 << 20 => fs::copy(one, other).map(drop),
        2 => Ok(()),
        3 => File::options().write(true).open(one)?.set_len(dice.roll(5000)),
        4 => File::options().write(true).open(one)?.set_len(1 << 36),
        5 => {
            fs::remove_file(one)?;
            fs::create_dir_all(one.join("occupied"))
        }
        6 => fs::remove_dir_all(folder),
        _ => {
            let mut file = File::options().write(true).open(one)?;
            let len = file.metadata()?.len();
            file.seek(SeekFrom::Start(dice.roll(len.max(1))))?;
            file.write_all(&[dice.roll(256) as u8])
        }
    }
}
