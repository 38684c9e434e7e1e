//! The module itself: what it imports, what it takes, and how it flies.

#[path = "../../tests/flight/board.rs"]
mod board;
#[path = "../../tests/build/mod.rs"]
mod build;
#[path = "../../tests/pack/mod.rs"]
mod pack;
#[path = "../../tests/flight/script.rs"]
mod script;

use aingle_wasm_nano::Shim;
use board::{Board, Then};
use script::{Flight, LOW, PLAN, Plan, fill, fly};
use std::sync::OnceLock;
use wasmi::{Caller, Engine, Error, Linker, Module, Store};
use wasmparser::{Parser, Payload};

/// Shadow stack and data of the node, in bytes.
const MEMORY: u64 = 2500;

/// Builds the module as a device has it.
fn module() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| build::module("failsafe_guest"))
}

#[test]
fn the_import_list_is_the_native_surface() {
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(module()) {
        if let Payload::ImportSection(section) = payload.unwrap() {
            imports.extend(
                section
                    .into_imports()
                    .map(|import| import.unwrap())
                    .map(|import| format!("{}.{}", import.module, import.name)),
            );
        }
    }
    imports.sort();
    let shim = ["interrupt_poll", "interrupt_wait", "register_read", "register_write", "tick"];
    assert_eq!(imports, shim.map(|name| format!("nano.{name}")));
}

#[test]
fn lesson_37_stack_and_data_fit() {
    let engine = Engine::default();
    let module = Module::new(&engine, module()).unwrap();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    for name in ["interrupt_poll", "interrupt_wait", "register_read", "register_write", "tick"] {
        linker.func_wrap("nano", name, |_: u32, _: u32| 0u64).unwrap();
    }
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let end = instance.get_global(&store, "__heap_base").unwrap().get(&store).i32().unwrap();
    println!("{end} bytes of stack and data");
    assert!(u64::try_from(end).unwrap() <= MEMORY, "{end}");
}

/// Flies in the interpreter. The stack lies below the data, so that an overflow traps.
fn fly_module(plan: Plan, mode: u16, more: fn(&Board, &[Vec<u8>])) -> Flight {
    struct Host {
        board: Board,
        flight: Flight,
        plan: Plan,
    }
    let board = Board::new(plan.start);
    let (last, recorded) = fill(&board, plan, mode);
    more(&board, &recorded);

    let engine = Engine::default();
    let mut store = Store::new(&engine, Host { board, flight: Flight { last, ..Flight::default() }, plan });
    let mut linker = Linker::<Host>::new(&engine);
    let over = || Error::new("the flight is over");
    linker
        .func_wrap("nano", "register_read", |host: Caller<Host>, address: u32, _: u32| {
            u64::from(host.data().board.register_read(address))
        })
        .unwrap();
    linker
        .func_wrap("nano", "register_write", |host: Caller<Host>, address: u32, value: u32| {
            host.data().board.register_write(address, value);
            0u64
        })
        .unwrap();
    linker
        .func_wrap("nano", "interrupt_poll", |host: Caller<Host>, _: u32, _: u32| {
            u64::from(host.data().board.interrupt_poll())
        })
        .unwrap();
    linker
        .func_wrap("nano", "interrupt_wait", |mut host: Caller<Host>, deadline: u32, has: u32| {
            host.data().board.interrupt_wait((has == 1).then_some(deadline));
            host.data_mut().flight.sleeps += 1;
            0u64
        })
        .unwrap();
    linker
        .func_wrap("nano", "tick", move |mut host: Caller<Host>, _: u32, _: u32| {
            let Host { board, flight, plan } = host.data_mut();
            // A step ends where the next one begins.
            if flight.steps > 0 {
                flight.note(board, *plan);
            }
            if board.now() >= plan.start + plan.end {
                return Err(over());
            }
            flight.steps += 1;
            Ok(u64::from(board.tick()))
        })
        .unwrap();
    let module = Module::new(&engine, module()).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<(), u32>(&store, "run").unwrap();
    let end = run.call(&mut store, ()).unwrap_err();
    assert_eq!(end.to_string(), "the flight is over");
    let sent = store.data().board.sent.borrow().len();
    Flight { sent, ..std::mem::take(&mut store.data_mut().flight) }
}

#[test]
fn g05_the_module_flies_as_the_library_does() {
    let nothing: fn(&Board, &[Vec<u8>]) = |_, _| {};
    let flood: fn(&Board, &[Vec<u8>]) = |board, _| {
        board.sticks_then(310_000, Then::Flood(0x0F));
        board.link_then(320_000, Then::Flood(0x55));
    };
    let flights = [
        (PLAN, nothing),
        (Plan { sticks_end: 230_000, ..PLAN }, nothing),
        (Plan { link_end: 230_000, ..PLAN }, nothing),
        (Plan { sticks_end: 230_000, end: 335_000, link_end: 335_000, ..PLAN }, flood),
    ];
    for (plan, more) in flights {
        let (module, library) = (fly_module(plan, LOW, more), fly(plan, LOW, more));
        assert_eq!(module.changes, library.changes);
        assert_eq!((module.steps, module.sleeps, module.sent), (library.steps, library.sleeps, library.sent));
        println!(
            "{} steps, {} sleeps, {} changes of the outputs",
            module.steps,
            module.sleeps,
            module.changes.len()
        );
        for (number, end) in
            [plan.sticks_end, plan.link_end].into_iter().enumerate().filter(|(_, end)| *end < plan.end)
        {
            module.assert_safe_after(module.last[number], &format!("side {number} until {end}"));
        }
    }
}
