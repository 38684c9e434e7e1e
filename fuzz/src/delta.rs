//! Patches.

use aingle_wasm_delta::{Applier, ApplyError, Header, ReadOld, make};

/// The old module. It has what a patch may copy, and no more.
struct Old<'a>(&'a [u8]);

impl ReadOld for Old<'_> {
    type Error = ();

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), ()> {
        let offset = offset as usize;
        bytes.copy_from_slice(&self.0[offset..offset + bytes.len()]);
        Ok(())
    }
}

/// Any bytes as a patch, as one with a good header, and as two modules: what one is made of is made of the other.
pub fn delta_apply(bytes: &[u8]) {
    let old = b"(func (param i32) (result i32) local.get 0 call 17 call 18 call 19)";
    any_sizes(old, bytes).ok();
    if let Some((len, body)) = bytes.split_first() {
        let header = Header { old_len: old.len() as u32, new_len: u32::from(*len) * 4 };
        any_sizes(old, &[&header.bytes()[..], body].concat()).ok();
    }
    let (old, new) = bytes.split_at(bytes.len() / 2);
    let patch = make(old, new).expect("they are short");
    assert_eq!(any_sizes(old, &patch).as_deref(), Ok(new));
}

/// Sizes of chunks and pieces do not matter.
fn any_sizes(old: &[u8], patch: &[u8]) -> Result<Vec<u8>, ApplyError<()>> {
    let whole = apply(old, patch, patch.len().max(1), 1000);
    assert_eq!(apply(old, patch, 1, 7), whole);
    assert_eq!(apply(old, patch, 13, 1), whole);
    whole
}

fn apply(old: &[u8], patch: &[u8], chunk: usize, piece: usize) -> Result<Vec<u8>, ApplyError<()>> {
    let mut applier = Applier::new(old.len() as u32, 1 << 16);
    let (mut new, mut out) = (Vec::new(), vec![0; piece]);
    for mut chunk in patch.chunks(chunk) {
        loop {
            let written = applier.step(&mut Old(old), &mut chunk, &mut out)?;
            new.extend_from_slice(&out[..written]);
            assert!(new.len() <= applier.new_len().unwrap_or(0) as usize, "more than it declares");
            if written < piece {
                break;
            }
        }
    }
    applier.finish().map_err(|_| ApplyError::Truncated { at: applier.written() })?;
    assert_eq!(Some(new.len() as u32), applier.new_len());
    Ok(new)
}
