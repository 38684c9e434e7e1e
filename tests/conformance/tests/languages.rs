//! The guests in C and by hand on every engine: `docs/ABI.md` is all that they were written from.

#[path = "../../../examples/guest-c/compile.rs"]
mod compile;

use aingle_wasm_tests::{Failure, Subject, on_every_engine};
use aingle_wasm_types::ErrorCode;
use std::path::Path;

fn check(subject: &mut impl Subject) -> (Vec<Result<Vec<u8>, Failure>>, Failure) {
    let long = vec![b'x'; 300];
    let calls: [(&str, &[u8]); 6] = [
        ("echo", b""),
        ("echo", b"hello"),
        ("greet", b"Ada"),
        ("greet", &long),
        ("greet", b"nobody"),
        ("greet", b"down"),
    ];
    let replies = calls.map(|(name, request)| subject.raw(name, request)).to_vec();
    let panic = subject.raw("panic", b"at guest:7").expect_err("a panic");
    assert!(subject.poisoned());
    (replies, panic)
}

fn assert_speaks_the_abi(wasm: &[u8]) {
    let (replies, panic) = on_every_engine!(wasm, check);
    let [empty, hello, greeted, long, nobody, down] = replies.as_slice() else { panic!("{replies:?}") };
    assert_eq!((empty.as_deref(), hello.as_deref()), (Ok(&b""[..]), Ok(&b"hello"[..])));
    assert_eq!(greeted.as_deref(), Ok(&b"hello, Ada of Ada"[..]));
    assert!(long.as_ref().is_ok_and(|reply| reply.len() == 611), "fetched: {long:?}");
    assert_eq!(*nobody, Err(Failure::Guest(ErrorCode::Application, b"no such person".to_vec())));
    assert_eq!(*down, Err(Failure::Guest(ErrorCode::HostFailed, b"the directory is down".to_vec())));
    assert_eq!(panic, Failure::Panic("at guest:7".into()));
}

#[test]
fn the_guest_in_c_runs_on_every_engine() {
    let source = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/guest-c"));
    let wasm = compile::compile(source, Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("compiled");
    assert_speaks_the_abi(&wasm);
}

#[test]
fn the_guest_by_hand_runs_on_every_engine() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/guest-wat/guest.wat");
    assert_speaks_the_abi(&wat::parse_file(source).expect("assembled"));
}
