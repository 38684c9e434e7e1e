//! Loading, using and dropping a thousand times leaves nothing behind.

use super::guests;
use super::raw::Counting;
use aingle_wasm_host_embedded::{Backend, Runtime};

/// Runs the cycles and compares the bytes in use. To be alone in its process.
pub fn thousand_cycles<B: Backend>(backend: impl Fn() -> B) {
    let wasm = guests::all();
    let invalid = &wasm[..wasm.len() - 3];
    let cycle = |end: &str| {
        assert!(Runtime::new(backend(), invalid).is_err());
        let mut runtime = Runtime::new(backend(), &wasm).expect("loads");
        let shout = |_: &mut (), request: &[u8], response: &mut aingle_wasm_host_embedded::Response<'_>| {
            response.write(request);
            Ok(())
        };
        runtime.register_raw("shout", shout).expect("registers");
        runtime.call_raw("ask", &[b'x'; 100]).expect("answers");
        runtime.call_raw(end, &[1]).map(<[u8]>::len)
    };
    // Whatever is made once for the process is made now.
    let _ = cycle("forever");
    let before = Counting::in_use();
    for round in 0..1000 {
        let end = ["grow", "unreachable", "forever", "recurse"][round % 4];
        assert_eq!(cycle(end).is_ok(), end == "grow");
    }
    assert_eq!(Counting::in_use() - before, 0);
}
