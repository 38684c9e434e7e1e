#!/usr/bin/env bash
# wasmtime-wasi 48.0.0, preview 1: a slash behind a name counts in one call and not in the next.
#
# Version:  wasmtime 48.0.0 (PyPI), which has wasmtime-wasi 48.0.0, on Linux.
# Expected: as POSIX has it for path resolution, and as the same calls answer outside of the sandbox: "file/" is an error, because
#           file is no folder, whichever call asks; and "folder/" is folder, also for rmdir.
# Happens:  path_filestat_get("file/") succeeds and says that it is a regular file, while path_open("file/") says notdir.
#           path_remove_directory("folder/") says inval, although the folder is empty and goes without the slash.
# Source:   POSIX.1-2024, XBD 4.16: a pathname with a trailing slash that does not name a directory is not resolved.
# For us:   docs/WASI.md runs programs on this library. A program that asks by stat whether "name/" is a folder gets a wrong
#           yes, and one that removes folders by names with a slash keeps them.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check wasmtime==48.0.0
mkdir -p granted/folder
echo text > granted/file
cat > run.py <<'PY'
import os
import wasmtime

TEXT = r'''(module
    (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "file/folder/")
    (func (export "stat_file_slash") (result i32)
        (call $stat (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 64)))
    (func (export "stat_file_type") (result i32) (drop (call $stat (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 64)))
        (i32.load8_u (i32.const 80)))
    (func (export "open_file_slash") (result i32)
        (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 200)))
    (func (export "rmdir_slash") (result i32) (call $rmdir (i32.const 3) (i32.const 5) (i32.const 7)))
    (func (export "rmdir") (result i32) (call $rmdir (i32.const 3) (i32.const 5) (i32.const 6))))'''
engine = wasmtime.Engine()
store = wasmtime.Store(engine)
config = wasmtime.WasiConfig()
config.preopen_dir("granted", "/")
store.set_wasi(config)
linker = wasmtime.Linker(engine)
linker.define_wasi()
instance = linker.instantiate(store, wasmtime.Module(engine, TEXT))
NAMES = {0: "success", 28: "inval", 54: "notdir"}


def outside(call, path):
    try:
        call(path)
        return "success"
    except NotADirectoryError:
        return "notdir"


def inside(export):
    errno = instance.exports(store)[export](store)
    return NAMES.get(errno, errno)


print("stat file/:      outside", outside(os.stat, "granted/file/"), "| inside", inside("stat_file_slash"))
print("type of file/:   inside", instance.exports(store)["stat_file_type"](store), "(4 is a regular file)")
print("open file/:      inside", inside("open_file_slash"))
print("rmdir folder/:   inside", inside("rmdir_slash"))
print("rmdir folder:    inside", inside("rmdir"))
os.mkdir("granted/folder")
print("rmdir folder/:   outside", outside(os.rmdir, "granted/folder/"))
PY
cat > expected <<'TEXT'
stat file/:      outside notdir | inside success
type of file/:   inside 4 (4 is a regular file)
open file/:      inside notdir
rmdir folder/:   inside inval
rmdir folder:    inside success
rmdir folder/:   outside success
TEXT
venv/bin/python run.py > seen
cat seen
diff expected seen && echo "as found"
