#!/usr/bin/env bash
# embedded-storage 0.3.2: an overlong write through RmwNorFlashStorage is cut and reports success.
#
# Version:  embedded-storage 0.3.2 (crates.io).
# Expected: a write that reaches past the capacity is an error, as it is for NorFlash::write, whose contract asks
#           for an error of kind OutOfBounds.
# Happens:  the read-modify-write wrapper walks the pages that exist, writes the part of the data that overlaps them,
#           and returns Ok. The rest is lost. A write that lies outside altogether writes nothing and returns Ok too.
# Source:   src/nor_flash.rs, `impl Storage for RmwNorFlashStorage`: the loop runs over `0..last_page` and nothing
#           compares `offset + bytes.len()` with the capacity.
# For us:   a store of boot state checks its bounds itself and reads back what it wrote.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"

[dependencies]
embedded-storage = "=0.3.2"
TOML
cat > src/main.rs <<'RUST'
use embedded_storage::nor_flash::{
    check_erase, check_read, check_write, ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, RmwNorFlashStorage,
};
use embedded_storage::{ReadStorage, Storage};

/// Two pages of 16 bytes, with the checks that the crate offers.
struct Flash([u8; 32]);

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;
    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        bytes.copy_from_slice(&self.0[offset as usize..][..bytes.len()]);
        Ok(())
    }
    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 16;
    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        self.0[offset as usize..][..bytes.len()].iter_mut().zip(bytes).for_each(|(old, new)| *old &= new);
        Ok(())
    }
}

fn main() {
    println!("bare flash, 8 bytes at 28 of 32: {:?}", Flash([0xff; 32]).write(28, &[1; 8]));
    let mut buffer = [0; 16];
    let mut storage = RmwNorFlashStorage::new(Flash([0xff; 32]), &mut buffer);
    println!("wrapper, 8 bytes at 28 of 32: {:?}", storage.write(28, &[1; 8]));
    let mut found = [0; 4];
    storage.read(28, &mut found).unwrap();
    println!("what is there: {found:?}");
    println!("wrapper, 8 bytes at 64 of 32: {:?}", storage.write(64, &[1; 8]));
}
RUST
cat > expected <<'TEXT'
bare flash, 8 bytes at 28 of 32: Err(OutOfBounds)
wrapper, 8 bytes at 28 of 32: Ok(())
what is there: [1, 1, 1, 1]
wrapper, 8 bytes at 64 of 32: Ok(())
TEXT
cargo run --quiet > seen
cat seen
diff expected seen && echo "as found"
