//! Files that are read.

use super::{DiskCache, MAC_LEN, TAIL, is_absent, warn};
use crate::authentic::Authentic;
use crate::cache::name::Name;
use crate::cache::place::CodePlace;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// A file whose tail is authentic.
struct Found {
    file: File,
    metadata: Metadata,
    /// The length of the code, with which the file begins, in bytes.
    len: u64,
    mac: blake3::Hash,
}

impl DiskCache {
    /// The code of this name, if it is there and authentic.
    pub(crate) fn load(&self, name: &Name) -> Option<Authentic> {
        let mut code = Vec::new();
        let into = &mut code;
        let loaded = self.load_into(name, move |len, _| {
            into.try_reserve_exact(len).ok()?;
            into.resize(len, 0);
            Some(CodePlace::Memory(into))
        });
        loaded.then(|| Authentic::verified(code))
    }

    /// Reads the code of this name from a place that `place` returns for its length, and for its file if that may be mapped. Returns whether
    /// it is there and authentic; if not, what is in the place is to be thrown away.
    pub(crate) fn load_into<'m>(
        &self,
        name: &Name,
        place: impl FnOnce(usize, Option<&File>) -> Option<CodePlace<'m>>,
    ) -> bool {
        let path = self.path(name);
        match self.find(name, &path).and_then(|found| self.read(name, &path, found, place)) {
            Ok(true) => return true,
            Ok(false) => self.reject(&path),
            Err(error) => {
                self.counters.disk_misses.add(1);
                if !is_absent(&error) {
                    warn(&self.counters, "cannot be read", &path, &error);
                }
            }
        }
        false
    }

    /// Opens a file; `None` when it is not one of this name and key. No more is read than the file says, and it is not believed before its
    /// tail is authentic.
    fn find(&self, name: &Name, path: &Path) -> io::Result<Option<Found>> {
        // A pipe would wait for a writer, a device never ends.
        if !fs::symlink_metadata(path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no regular file"));
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let whole = metadata.len();
        let Some(len) = whole.checked_sub(TAIL as u64).filter(|_| whole <= self.limit) else {
            return Ok(None);
        };
        let mut tail = [0; TAIL];
        file.seek(SeekFrom::Start(len))?;
        file.read_exact(&mut tail)?;
        let (head, mac) = tail.split_at(TAIL - MAC_LEN);
        if head != self.head(name, len) {
            return Ok(None);
        }
        Ok(blake3::Hash::from_slice(mac).ok().map(|mac| Found { file, metadata, len, mac }))
    }

    /// Reads the code of a file. Returns whether it is authentic.
    fn read<'m>(
        &self,
        name: &Name,
        path: &Path,
        found: Option<Found>,
        place: impl FnOnce(usize, Option<&File>) -> Option<CodePlace<'m>>,
    ) -> io::Result<bool> {
        let Some(Found { file, metadata, len, mac }) = found else { return Ok(false) };
        // Whoever can change it can read the key too, and could make the code authentic.
        let stays = self.kept_there && (self.may_be_mapped)(&file, &metadata);
        let place = usize::try_from(len).ok().and_then(|len| place(len, stays.then_some(&file)));
        match place {
            Some(CodePlace::Memory(memory)) if memory.len() as u64 == len => {
                Ok(self.mac(name, &self.pieces().read(&file, memory)?) == mac)
            }
            Some(CodePlace::Mapped(code)) if code.len() as u64 == len => {
                if self.was_seen(name, path, &metadata) {
                    return Ok(true);
                }
                let authentic = self.mac(name, &self.pieces().of(code)) == mac;
                if authentic {
                    self.remember(name, path, &metadata);
                }
                Ok(authentic)
            }
            _ => Err(io::ErrorKind::OutOfMemory.into()),
        }
    }
}
