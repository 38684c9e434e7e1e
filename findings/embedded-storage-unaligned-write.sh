#!/usr/bin/env bash
# embedded-storage 0.3.2: RmwMultiwriteNorFlashStorage issues writes that break the flash's own WRITE_SIZE.
#
# Version:  embedded-storage 0.3.2 (crates.io).
# Expected: the wrapper exists so that any offset and length can be written; it pads to WRITE_SIZE. Every write that
#           reaches the flash is a multiple of WRITE_SIZE long.
# Happens:  the padded length is computed as `len % WRITE_SIZE + offset + len`, which is a multiple of WRITE_SIZE only
#           by luck. Of the lengths 1 to 8 at offset 0 with words of 4 bytes, 1, 3, 5 and 7 are refused by the flash
#           with NotAligned; on a driver that does not check, the last word is written in part.
# Source:   src/nor_flash.rs, `impl Storage for RmwMultiwriteNorFlashStorage`, `aligned_end`.
# For us:   records are padded to the write size before they reach a driver, and drivers check.
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
    check_erase, check_read, check_write, ErrorType, MultiwriteNorFlash, NorFlash, NorFlashErrorKind, ReadNorFlash,
    RmwMultiwriteNorFlashStorage,
};
use embedded_storage::Storage;

struct Flash([u8; 64]);

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
    const ERASE_SIZE: usize = 32;
    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        print!("flash is asked to write {} bytes: ", bytes.len());
        check_write(self, offset, bytes.len())?;
        self.0[offset as usize..][..bytes.len()].iter_mut().zip(bytes).for_each(|(old, new)| *old &= new);
        Ok(())
    }
}

impl MultiwriteNorFlash for Flash {}

fn main() {
    for len in 1..=8 {
        let mut buffer = [0; 32];
        let mut storage = RmwMultiwriteNorFlashStorage::new(Flash([0xff; 64]), &mut buffer);
        let data = [0x5a; 8];
        println!("{:?}", storage.write(0, &data[..len]));
    }
}
RUST
cat > expected <<'TEXT'
flash is asked to write 2 bytes: Err(NotAligned)
flash is asked to write 4 bytes: Ok(())
flash is asked to write 6 bytes: Err(NotAligned)
flash is asked to write 4 bytes: Ok(())
flash is asked to write 6 bytes: Err(NotAligned)
flash is asked to write 8 bytes: Ok(())
flash is asked to write 10 bytes: Err(NotAligned)
flash is asked to write 8 bytes: Ok(())
TEXT
cargo run --quiet > seen
cat seen
diff expected seen && echo "as found"
