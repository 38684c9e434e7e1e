#!/usr/bin/env bash
# sequential-storage 8.0.2: a map that is full refuses new values for keys that it holds, the same size included.
#
# Version:  sequential-storage 8.0.2 (crates.io).
# Expected: a map is a log with garbage collection, so that a new value for a held key, no longer than the old one, can
#           always be stored: counters and settings keep working on a map that takes no further key.
# Happens:  with two pages the map holds one page of live items. When that page is full of live items, storing a value
#           of the same length under a held key is FullStorage. Removing another key makes room again, so whether a
#           counter can go on depends on how many keys others stored.
# Source:   src/map.rs: one page stays erased as a buffer, and an item moves before the new one is written.
# For us:   a counter of boots or of sequences does not share a map with keys whose number it does not control.
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
sequential-storage = { version = "=8.0.2", features = ["std"] }
embedded-storage = "=0.3.2"
embedded-storage-async = "=0.4.2"
futures = { version = "=0.3.32", default-features = false, features = ["executor"] }
TOML
cat > src/main.rs <<'RUST'
use embedded_storage_async::nor_flash::{
    ErrorType, MultiwriteNorFlash, NorFlash, NorFlashErrorKind, ReadNorFlash,
};
use futures::executor::block_on;
use sequential_storage::cache::Cache;
use sequential_storage::map::{MapConfig, MapStorage};

const PAGE: usize = 256;

/// Two pages of NOR flash: erased bits are 1, a write clears bits.
struct Flash([u8; 2 * PAGE]);

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;
    async fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        bytes.copy_from_slice(&self.0[offset as usize..][..bytes.len()]);
        Ok(())
    }
    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = PAGE;
    async fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        self.0[from as usize..to as usize].fill(0xff);
        Ok(())
    }
    async fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.0[offset as usize..][..bytes.len()].iter_mut().zip(bytes).for_each(|(old, new)| *old &= new);
        Ok(())
    }
}

impl MultiwriteNorFlash for Flash {}

fn main() {
    block_on(async {
        const CONFIG: MapConfig<Flash> = MapConfig::new(0..2 * PAGE as u32);
        let flash = Flash([0xff; 2 * PAGE]);
        let mut map = MapStorage::<u8, _, _>::new(flash, CONFIG, Cache::new_uncached());
        let mut buffer = [0; 64];
        let mut keys = 0_u8;
        while map.store_item(&mut buffer, &keys, &0_u32).await.is_ok() {
            keys += 1;
        }
        println!("keys that the map took: {keys}");
        println!("a new value for key 0: {:?}", map.store_item(&mut buffer, &0, &1_u32).await);
        println!("key 0 is now: {:?}", map.fetch_item::<u32>(&mut buffer, &0).await);
        println!("removal of key 0: {:?}", map.remove_item(&mut buffer, &0).await);
        println!("then a new value for key 1: {:?}", map.store_item(&mut buffer, &1, &1_u32).await);
    });
}
RUST
cat > expected <<'TEXT'
keys that the map took: 15
a new value for key 0: Err(FullStorage)
key 0 is now: Ok(Some(0))
removal of key 0: Ok(())
then a new value for key 1: Ok(())
TEXT
cargo run --quiet > seen
cat seen
diff expected seen && echo "as found"
