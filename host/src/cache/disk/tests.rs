use super::*;
use crate::cache::place::CodePlace;
use std::cell::RefCell;

fn cache(dir: &Path, limit: u64, key: u8) -> (DiskCache, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let config = EngineConfig {
        cache_dir: Some(dir.into()),
        cache_key: Some(CacheKey::new([key; 32])),
        disk_cache_size: limit,
        ..Default::default()
    };
    (DiskCache::open(&config, &counters).unwrap(), counters)
}

fn name(number: usize) -> Name {
    Name::new("identity", &number.to_le_bytes())
}

/// Four entries, the first the oldest, and a limit that has room for two.
fn four(dir: &Path) -> (DiskCache, Arc<Counters>) {
    let (all, _) = cache(dir, u64::MAX, 1);
    for number in 0..4 {
        all.store(&name(number), &[7; 1000]);
        let file = File::options().append(true).open(all.path(&name(number))).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64)).unwrap();
    }
    cache(dir, 2 * (1000 + TAIL as u64), 1)
}

#[test]
fn an_entry_that_cannot_be_deleted_does_not_stop_eviction() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, counters) = four(dir.path());
    let stuck = cache.path(&name(0));
    let removed = RefCell::new(Vec::new());
    cache.evict(&cache.path(&name(3)), |path| {
        if path == stuck {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        removed.borrow_mut().push(path.to_owned());
        fs::remove_file(path)
    });
    assert_eq!(removed.into_inner(), [cache.path(&name(1)), cache.path(&name(2))]);
    let stats = counters.snapshot(0, 0);
    assert_eq!((stats.disk_evictions, stats.disk_errors), (2, 1));
    assert!(cache.load(&name(3)).is_some() && cache.load(&name(0)).is_some());
}

#[test]
fn what_another_process_evicted_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, counters) = four(dir.path());
    cache.evict(&cache.path(&name(3)), |path| {
        fs::remove_file(path).unwrap();
        fs::remove_file(path)
    });
    let stats = counters.snapshot(0, 0);
    assert_eq!((stats.disk_evictions, stats.disk_errors), (0, 0));
    assert!(cache.load(&name(2)).is_some() && cache.load(&name(1)).is_none());
}

#[test]
fn what_is_no_regular_file_is_not_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, counters) = four(dir.path());
    let folder = dir.path().join("folder").with_extension(EXTENSION);
    fs::create_dir_all(folder.join("within")).unwrap();
    assert_eq!(cache.entries().unwrap().len(), 4);
    cache.store(&name(4), &[7; 1000]);
    assert_eq!((cache.entries().unwrap().len(), counters.snapshot(0, 0).disk_errors), (2, 0));
}

#[test]
fn a_file_that_is_being_written_is_left_to_its_writer() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, _) = four(dir.path());
    let writing = dir.path().join("other").with_extension(TEMPORARY);
    fs::write(&writing, [0; 5000]).unwrap();
    cache.store(&name(4), &[7; 1000]);
    assert!(writing.exists() && cache.load(&name(4)).is_some());
}

/// The code's length is authentic before anything is read: a file of 1 TiB costs nothing.
#[cfg(unix)]
#[test]
fn a_sparse_file_is_refused_by_its_tail() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, counters) = cache(dir.path(), u64::MAX, 1);
    cache.store(&name(0), &[7; 1000]);
    let path = cache.path(&name(0));
    let whole = fs::read(&path).unwrap();
    let sparse = File::create(&path).unwrap();
    let began = std::time::Instant::now();
    for tail in [&[][..], &whole[1000..]] {
        sparse.set_len(1 << 40).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&sparse, tail, (1 << 40) - tail.len() as u64).unwrap();
        assert!(cache.load(&name(0)).is_none());
    }
    assert_eq!(counters.snapshot(0, 0).disk_rejected, 2);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn two_keys_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let ((one, _), (two, counters)) = (cache(dir.path(), u64::MAX, 1), cache(dir.path(), u64::MAX, 2));
    one.store(&name(0), b"of one");
    assert!(two.load(&name(0)).is_none());
    two.store(&name(0), b"of two");
    assert_eq!(one.load(&name(0)).unwrap().into_bytes(), b"of one");
    assert_eq!(two.load(&name(0)).unwrap().into_bytes(), b"of two");
    let stats = counters.snapshot(0, 0);
    assert_eq!((stats.disk_misses, stats.disk_rejected, stats.disk_errors), (1, 0, 0));
}

#[test]
fn another_keys_file_under_this_keys_name_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let ((one, _), (two, counters)) = (cache(dir.path(), u64::MAX, 1), cache(dir.path(), u64::MAX, 2));
    one.store(&name(0), b"of one");
    fs::rename(one.path(&name(0)), two.path(&name(0))).unwrap();
    assert!(two.load(&name(0)).is_none());
    assert_eq!(counters.snapshot(0, 0).disk_rejected, 1);
}

#[test]
fn a_directory_that_was_taken_away_is_made_again_with_its_key() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("code");
    let counters = Arc::new(Counters::default());
    let config = EngineConfig { cache_dir: Some(dir.clone()), ..Default::default() };
    let cache = DiskCache::open(&config, &counters).unwrap();
    fs::remove_dir_all(&dir).unwrap();
    assert!(cache.load(&name(0)).is_none());
    cache.store(&name(0), b"again");
    let reopened = DiskCache::open(&config, &counters).unwrap();
    assert_eq!(reopened.load(&name(0)).unwrap().into_bytes(), b"again");
    assert_eq!(counters.snapshot(0, 0).disk_errors, 0);
    // A file in its place is an error at each store, and nothing else.
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, b"a file").unwrap();
    cache.store(&name(0), b"again");
    assert!(cache.load(&name(0)).is_none() && counters.snapshot(0, 0).disk_errors > 0);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let (cache, counters) = cache(dir.path(), u64::MAX, 1);
    std::os::unix::fs::symlink("/dev/zero", cache.path(&name(0))).unwrap();
    assert!(cache.load(&name(0)).is_none());
    cache.store(&name(0), b"in its place");
    assert_eq!(cache.load(&name(0)).unwrap().into_bytes(), b"in its place");
    let stats = counters.snapshot(0, 0);
    assert_eq!((stats.disk_misses, stats.disk_errors), (1, 1));
}

/// Loads code as what is mapped: the file's bytes. Returns whether it was there.
#[cfg(unix)]
fn load_mapped(cache: &DiskCache, name: &Name, code: &[u8]) -> bool {
    cache.load_into(name, |_, file| file.map(|_| CodePlace::Mapped(code)))
}

/// A cache whose key its folder keeps, which remembers at once what it has verified.
#[cfg(unix)]
fn remembering(dir: &Path, settles: Duration) -> DiskCache {
    let config = EngineConfig { cache_dir: Some(dir.into()), ..Default::default() };
    let cache = DiskCache::open(&config, &Arc::new(Counters::default())).unwrap();
    DiskCache { settles, may_be_mapped: |_, _| true, ..cache }
}

/// Here the code that is mapped is another than the file's, which shows whether it was read.
#[cfg(unix)]
#[test]
fn what_was_verified_is_read_again_when_it_was_changed() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let cache = remembering(dir.path(), Duration::ZERO);
    cache.store(&name(0), &[7; 1000]);
    assert!(!load_mapped(&cache, &name(0), &[8; 1000]), "it is read");
    assert!(load_mapped(&cache, &name(0), &[7; 1000]));
    assert!(load_mapped(&cache, &name(0), &[8; 1000]), "it is remembered");
    assert!(cache.load(&name(0)).is_some(), "a copy is read always");
    // What changes the file, or puts another in its place, has another time.
    let path = cache.path(&name(0));
    let whole = fs::read(&path).unwrap();
    let used = fs::metadata(&path).unwrap().modified().unwrap();
    let changes: [&dyn Fn(); 3] = [
        &|| {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let mut file = File::options().write(true).open(&path).unwrap();
            std::io::Write::write_all(&mut file, &whole).unwrap();
            file.set_modified(used).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        },
        &|| {
            let copy = dir.path().join("copy");
            fs::write(&copy, &whole).unwrap();
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o400)).unwrap();
            fs::rename(copy, &path).unwrap();
        },
        &|| cache.store(&name(0), &[7; 1000]),
    ];
    for change in changes {
        std::thread::sleep(Duration::from_millis(20));
        change();
        assert!(!load_mapped(&cache, &name(0), &[8; 1000]), "it is read");
        assert!(load_mapped(&cache, &name(0), &[7; 1000]));
        assert!(load_mapped(&cache, &name(0), &[8; 1000]), "it is remembered");
    }
    // Not what is remembered of another name, or by another key.
    let seen = path.with_extension(SEEN);
    cache.store(&name(1), &[7; 1000]);
    fs::copy(&seen, cache.path(&name(1)).with_extension(SEEN)).unwrap();
    assert!(!load_mapped(&cache, &name(1), &[8; 1000]));
    fs::remove_file(&seen).unwrap();
    fs::write(&seen, [0; 32]).unwrap();
    assert!(!load_mapped(&cache, &name(0), &[8; 1000]));
}

#[cfg(unix)]
#[test]
fn what_changed_lately_is_not_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let cache = remembering(dir.path(), SETTLES);
    cache.store(&name(0), &[7; 1000]);
    assert!(load_mapped(&cache, &name(0), &[7; 1000]));
    assert!(!load_mapped(&cache, &name(0), &[8; 1000]));
}

/// Who has the key need not be who can write to the file.
#[cfg(unix)]
#[test]
fn with_a_key_from_elsewhere_nothing_is_mapped() {
    let dir = tempfile::tempdir().unwrap();
    let (keyed, _) = cache(dir.path(), u64::MAX, 1);
    let keyed = DiskCache { may_be_mapped: |_, _| true, ..keyed };
    keyed.store(&name(0), &[7; 1000]);
    let mut offered = None;
    keyed.load_into(&name(0), |_, file| {
        offered = Some(file.is_some());
        None
    });
    assert_eq!(offered, Some(false));
}

/// Marked as used, it would be another than the one that is remembered.
#[cfg(unix)]
#[test]
fn what_was_used_long_ago_is_marked_and_remembered_the_next_time() {
    let dir = tempfile::tempdir().unwrap();
    let cache = remembering(dir.path(), Duration::ZERO);
    cache.store(&name(0), &[7; 1000]);
    let path = cache.path(&name(0));
    let used = || fs::metadata(&path).unwrap().modified().unwrap();
    let file = File::open(&path).unwrap();
    for (age, is_marked) in [(2 * LATELY, true), (LATELY / 2, false)] {
        let before = SystemTime::now() - age;
        file.set_modified(before).unwrap();
        assert!(load_mapped(&cache, &name(0), &[7; 1000]));
        cache.accept(&name(0));
        assert_eq!(used() > before, is_marked);
        assert_eq!(path.with_extension(SEEN).exists(), !is_marked);
    }
    assert!(load_mapped(&cache, &name(0), &[8; 1000]), "it is remembered");
}

#[cfg(unix)]
#[test]
fn what_is_remembered_of_a_file_goes_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let cache = remembering(dir.path(), Duration::ZERO);
    for number in 0..2 {
        cache.store(&name(number), &[7; 1000]);
        assert!(load_mapped(&cache, &name(number), &[7; 1000]));
    }
    let left = dir.path().join("gone").with_extension(SEEN);
    fs::write(&left, [0; 32]).unwrap();
    let seen = |number| cache.path(&name(number)).with_extension(SEEN);
    assert!(seen(0).exists() && seen(1).exists());
    assert_eq!(cache.entries().unwrap().len(), 3, "two files, and what is left of one that is gone");
    let small = DiskCache { limit: 1000 + TAIL as u64, ..remembering(dir.path(), Duration::ZERO) };
    small.evict(&cache.path(&name(1)), |path| fs::remove_file(path));
    assert!(!seen(0).exists() && seen(1).exists());
}
