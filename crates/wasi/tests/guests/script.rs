//! A guest of preview 1 that runs one operation for each argument, by the functions of WASI themselves, and prints how each
//! ended: `ok`, what it returned, or the name of the error.

use std::collections::HashMap;

#[repr(C)]
#[derive(Clone, Copy)]
struct Iovec {
    buf: *const u8,
    len: usize,
}

#[link(wasm_import_module = "wasi_snapshot_preview1")]
unsafe extern "C" {
    fn fd_close(fd: u32) -> u16;
    fn fd_renumber(from: u32, to: u32) -> u16;
    fn fd_read(fd: u32, iovs: *const Iovec, count: usize, read: *mut usize) -> u16;
    fn fd_write(fd: u32, iovs: *const Iovec, count: usize, written: *mut usize) -> u16;
    fn fd_seek(fd: u32, offset: i64, whence: u8, at: *mut u64) -> u16;
    fn fd_filestat_set_size(fd: u32, size: u64) -> u16;
    fn fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, flags: u16) -> u16;
    fn fd_prestat_get(fd: u32, prestat: *mut [u32; 2]) -> u16;
    fn fd_readdir(fd: u32, buf: *mut u8, len: usize, cookie: u64, used: *mut usize) -> u16;
    fn path_open(
        fd: u32, dirflags: u32, path: *const u8, len: usize, oflags: u16, base: u64, inheriting: u64, fdflags: u16, out: *mut u32,
    ) -> u16;
    fn path_create_directory(fd: u32, path: *const u8, len: usize) -> u16;
    fn path_remove_directory(fd: u32, path: *const u8, len: usize) -> u16;
    fn path_unlink_file(fd: u32, path: *const u8, len: usize) -> u16;
    fn path_rename(fd: u32, path: *const u8, len: usize, new_fd: u32, new: *const u8, new_len: usize) -> u16;
    fn path_link(fd: u32, flags: u32, path: *const u8, len: usize, new_fd: u32, new: *const u8, new_len: usize) -> u16;
    fn path_symlink(target: *const u8, target_len: usize, fd: u32, path: *const u8, len: usize) -> u16;
    fn path_readlink(fd: u32, path: *const u8, len: usize, buf: *mut u8, buf_len: usize, used: *mut usize) -> u16;
    fn path_filestat_get(fd: u32, flags: u32, path: *const u8, len: usize, stat: *mut [u64; 8]) -> u16;
    fn path_filestat_set_times(
        fd: u32, flags: u32, path: *const u8, len: usize, atim: u64, mtim: u64, fstflags: u16,
    ) -> u16;
    fn clock_time_get(id: u32, precision: u64, time: *mut u64) -> u16;
    fn clock_res_get(id: u32, time: *mut u64) -> u16;
    fn poll_oneoff(subscriptions: *const u8, events: *mut u8, count: usize, ready: *mut usize) -> u16;
    fn random_get(buf: *mut u8, len: usize) -> u16;
    fn sched_yield() -> u16;
}

/// Rights to read, seek, write and so on: all of files and directories.
const ALL: u64 = 0x0fff_ffff;
const READ: u64 = 1 << 1 | 1 << 2 | 1 << 14;
const WRITE: u64 = 1 << 6;

fn name(errno: u16) -> String {
    let names = HashMap::from([
        (2, "acces"), (8, "badf"), (20, "exist"), (28, "inval"), (31, "isdir"), (32, "loop"), (37, "nametoolong"),
        (44, "noent"), (48, "nomem"), (52, "nosys"), (54, "notdir"), (55, "notempty"), (58, "notsup"), (61, "overflow"),
        (63, "perm"), (70, "spipe"), (75, "xdev"), (76, "notcapable"),
    ]);
    names.get(&errno).map_or_else(|| format!("errno {errno}"), |name| (*name).to_string())
}

fn done(errno: u16) -> String {
    if errno == 0 { "ok".into() } else { name(errno) }
}

fn told<T: ToString>(errno: u16, value: T) -> String {
    if errno == 0 { value.to_string() } else { name(errno) }
}

fn fd(text: &str) -> u32 {
    text.parse().expect("a descriptor")
}

fn open(words: &[&str]) -> String {
    let (path, how) = (words[1], words.get(2).copied().unwrap_or("r"));
    let flag = |letter: char, value| if how.contains(letter) { value } else { 0 };
    let oflags = flag('c', 1) | flag('d', 2) | flag('x', 4) | flag('t', 8);
    let rights = flag('r', READ) | flag('w', WRITE) | flag('a', ALL);
    let mut out = 0;
    let follow = flag('f', 1) as u32;
    let errno = unsafe {
        path_open(fd(words[0]), follow, path.as_ptr(), path.len(), oflags as u16, rights, rights, 0, &mut out)
    };
    told(errno, out)
}

fn read(words: &[&str]) -> String {
    let mut buffer = [0u8; 4096];
    let iov = Iovec { buf: buffer.as_mut_ptr(), len: words.get(1).map_or(4096, |len| len.parse().unwrap()) };
    let mut used = 0;
    let errno = unsafe { fd_read(fd(words[0]), &iov, 1, &mut used) };
    told(errno, format!("{:?}", String::from_utf8_lossy(&buffer[..used.min(4096)])))
}

fn write(words: &[&str]) -> String {
    let iov = Iovec { buf: words[1].as_ptr(), len: words[1].len() };
    let mut used = 0;
    told(unsafe { fd_write(fd(words[0]), &iov, 1, &mut used) }, used)
}

fn list(words: &[&str]) -> String {
    let mut buffer = vec![0u8; 65536];
    let mut used = 0;
    let errno = unsafe { fd_readdir(fd(words[0]), buffer.as_mut_ptr(), buffer.len(), 0, &mut used) };
    let (mut at, mut names) = (0, Vec::new());
    while at + 24 <= used {
        let len = u32::from_le_bytes(buffer[at + 16..at + 20].try_into().unwrap()) as usize;
        names.push(String::from_utf8_lossy(&buffer[at + 24..at + 24 + len]).into_owned());
        at += 24 + len;
    }
    names.sort();
    told(errno, names.join(" "))
}

fn readlink(words: &[&str]) -> String {
    let mut buffer = [0u8; 256];
    let mut used = 0;
    let (path, errno);
    path = words[1];
    errno = unsafe { path_readlink(fd(words[0]), path.as_ptr(), path.len(), buffer.as_mut_ptr(), 256, &mut used) };
    told(errno, String::from_utf8_lossy(&buffer[..used]))
}

fn stat(words: &[&str]) -> String {
    let (path, follow) = (words[1], u32::from(words.get(2) == Some(&"f")));
    let mut stat = [0u64; 8];
    let errno = unsafe { path_filestat_get(fd(words[0]), follow, path.as_ptr(), path.len(), &mut stat) };
    let kind = match stat[2] as u8 {
        3 => "dir",
        4 => "file",
        7 => "link",
        _ => "other",
    };
    told(errno, format!("{kind} {}", stat[4]))
}

fn clock(words: &[&str]) -> String {
    let mut time = 0;
    let errno = unsafe { clock_time_get(fd(words[0]), 0, &mut time) };
    told(errno, if time > 0 { "time" } else { "zero" })
}

fn poll(words: &[&str]) -> String {
    let count: usize = words[0].parse().unwrap();
    let timeout: u64 = words.get(1).map_or(0, |timeout| timeout.parse().unwrap());
    let mut subscriptions = vec![0u8; 48 * count.max(1)];
    for at in 0..count {
        let one = &mut subscriptions[48 * at..48 * (at + 1)];
        one[0] = at as u8;
        one[16] = 1; // The monotonic clock.
        one[24..32].copy_from_slice(&timeout.to_le_bytes());
    }
    let mut events = vec![0u8; 32 * count.max(1)];
    let mut ready = 0;
    let errno = unsafe { poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), count, &mut ready) };
    told(errno, ready)
}

fn random(words: &[&str]) -> String {
    let mut bytes = vec![0u8; words[0].parse().unwrap()];
    let errno = unsafe { random_get(bytes.as_mut_ptr(), bytes.len()) };
    told(errno, if bytes.iter().any(|byte| *byte != 0) { "bytes" } else { "zeros" })
}

fn run(words: &[&str]) -> String {
    let rest = &words[1..];
    let path = |at: usize| (rest[at].as_ptr(), rest[at].len());
    unsafe {
        match words[0] {
            "open" => open(rest),
            "read" => read(rest),
            "write" => write(rest),
            "close" => done(fd_close(fd(rest[0]))),
            "renumber" => done(fd_renumber(fd(rest[0]), fd(rest[1]))),
            "seek" => {
                let mut at = 0;
                told(fd_seek(fd(rest[0]), rest[1].parse().unwrap(), rest[2].parse().unwrap(), &mut at), at)
            }
            "size" => done(fd_filestat_set_size(fd(rest[0]), rest[1].parse().unwrap())),
            "fdtimes" => done(fd_filestat_set_times(fd(rest[0]), 1, 1, 5)),
            "times" => done(path_filestat_set_times(fd(rest[0]), 0, path(1).0, path(1).1, 1, 1, 5)),
            "prestat" => {
                let mut prestat = [0; 2];
                told(fd_prestat_get(fd(rest[0]), &mut prestat), prestat[1])
            }
            "list" => list(rest),
            "mkdir" => done(path_create_directory(fd(rest[0]), path(1).0, path(1).1)),
            "rmdir" => done(path_remove_directory(fd(rest[0]), path(1).0, path(1).1)),
            "unlink" => done(path_unlink_file(fd(rest[0]), path(1).0, path(1).1)),
            "rename" => done(path_rename(fd(rest[0]), path(1).0, path(1).1, fd(rest[2]), path(3).0, path(3).1)),
            "link" => {
                let follow = u32::from(rest.get(4) == Some(&"f"));
                done(path_link(fd(rest[0]), follow, path(1).0, path(1).1, fd(rest[2]), path(3).0, path(3).1))
            }
            "symlink" => done(path_symlink(path(0).0, path(0).1, fd(rest[1]), path(2).0, path(2).1)),
            "readlink" => readlink(rest),
            "stat" => stat(rest),
            "clock" => clock(rest),
            "clockres" => {
                let mut time = 0;
                told(clock_res_get(fd(rest[0]), &mut time), "resolution")
            }
            "poll" => poll(rest),
            "random" => random(rest),
            "yield" => done(sched_yield()),
            "env" => {
                let all: Vec<String> = std::env::vars().map(|(name, value)| format!("{name}={value}")).collect();
                all.join(" ")
            }
            "program" => std::env::args().next().unwrap_or_default(),
            "exit" => std::process::exit(rest[0].parse().unwrap()),
            "abort" => std::process::abort(),
            "stderr" => {
                eprintln!("{}", rest[0]);
                "ok".into()
            }
            "allocate" => {
                let bytes = vec![1u8; rest[0].parse().unwrap()];
                bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>().to_string()
            }
            "loop" => loop {
                std::hint::black_box(());
            },
            other => panic!("no operation `{other}`"),
        }
    }
}

fn main() {
    for operation in std::env::args().skip(1) {
        let words: Vec<&str> = operation.split('|').collect();
        println!("{}", run(&words));
    }
}
