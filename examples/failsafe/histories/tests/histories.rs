//! The histories of the primitives, here and in an interpreter. The firmware of `cargo xtask demo node` plays them in a native image.

#[path = "../../tests/build/mod.rs"]
mod build;

use failsafe::counts::mix_all;
use failsafe::histories::{COUNT, HASH, LONGEST, play_all};
use wasmi::{Engine, Linker, Module, Store};

/// The numbers of the functions of the module.
const HISTORIES: u32 = 0;
const MIXER: u32 = 1;

#[test]
fn g03_all_short_histories_are_the_same_here_and_in_the_interpreter() {
    assert_eq!(COUNT, (0..=LONGEST).map(|len| 10_u32.pow(len)).sum());
    let engine = Engine::default();
    let module = Module::new(&engine, build::module("failsafe_histories")).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::<()>::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<(u32, u32), u64>(&store, "play").unwrap();
    let interpreted = run.call(&mut store, (HISTORIES, LONGEST)).unwrap();
    println!("{COUNT} histories: {interpreted:#x} in the interpreter, {:#x} here", play_all(LONGEST));
    assert_eq!((interpreted, play_all(LONGEST)), (HASH.into(), HASH));
    assert_eq!(run.call(&mut store, (MIXER, 2_000)).unwrap(), mix_all(2_000).into());
}
