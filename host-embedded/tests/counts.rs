//! The most of everything that an engine takes of one module: one more is refused, with both figures.

use aingle_wasm_host_embedded::spacewasm::{Spacewasm, SpacewasmConfig};
use aingle_wasm_host_embedded::wasm3::{Wasm3, Wasm3Config};
use aingle_wasm_host_embedded::wasmi::{Wasmi, WasmiConfig};
use aingle_wasm_host_embedded::{Backend, EngineLimits, Error, Host, HostFunctions, LoadError};

/// Sections by their ids, each with so many times these bytes.
fn module(sections: &[(u8, u32, &[u8])]) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    for &(id, count, item) in sections {
        let body = [leb(count), item.repeat(count as usize)].concat();
        section(&mut wasm, id, &body);
    }
    wasm
}

fn section(wasm: &mut Vec<u8>, id: u8, body: &[u8]) {
    wasm.push(id);
    wasm.extend(leb(body.len() as u32));
    wasm.extend(body);
}

fn leb(mut value: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

const TYPE: (u8, u32, &[u8]) = (1, 1, b"\x60\0\0");
const EMPTY_BODY: &[u8] = b"\x02\0\x0b";

fn functions(count: u32) -> Vec<u8> {
    module(&[TYPE, (3, count, b"\0"), (10, count, EMPTY_BODY)])
}

fn globals(count: u32) -> Vec<u8> {
    module(&[(6, count, b"\x7f\x01\x41\0\x0b")])
}

fn types(count: u32) -> Vec<u8> {
    module(&[(1, count, b"\x60\0\0")])
}

fn params(count: u32) -> Vec<u8> {
    let ty = [b"\x60".as_slice(), &leb(count), &b"\x7f".repeat(count as usize), b"\0"].concat();
    module(&[(1, 1, &ty)])
}

fn imports(count: u32) -> Vec<u8> {
    let names = (0..count).map(|at| format!("h{at:06}"));
    let import = |name: String| [b"\x03env\x07", name.as_bytes(), b"\0\0"].concat();
    let body = [leb(count), names.flat_map(import).collect()].concat();
    let mut wasm = module(&[(1, 1, b"\x60\x02\x7f\x7f\x01\x7e")]);
    section(&mut wasm, 2, &body);
    wasm
}

fn exports(count: u32) -> Vec<u8> {
    let names = (0..count).map(|at| format!("e{at:06}"));
    let export = |name: String| [b"\x07", name.as_bytes(), b"\0\0"].concat();
    let body = [leb(count), names.flat_map(export).collect()].concat();
    let mut wasm = module(&[TYPE, (3, 1, b"\0")]);
    section(&mut wasm, 7, &body);
    section(&mut wasm, 10, &[b"\x01", EMPTY_BODY].concat());
    wasm
}

fn elements(count: u32) -> Vec<u8> {
    module(&[(4, 1, b"\x70\0\x01"), (9, count, b"\0\x41\0\x0b\0")])
}

fn data(count: u32) -> Vec<u8> {
    module(&[(5, 1, b"\0\x01"), (11, count, b"\0\x41\0\x0b\0")])
}

fn one_function(locals: &[u8], code: &[u8]) -> Vec<u8> {
    let len = leb((locals.len() + code.len() + 1) as u32);
    let body = [&len, locals, code, b"\x0b"].concat();
    module(&[TYPE, (3, 1, b"\0"), (10, 1, &body)])
}

fn locals(count: u32) -> Vec<u8> {
    one_function(&[b"\x01".as_slice(), &leb(count), b"\x7f"].concat(), b"")
}

fn local_groups(count: u32) -> Vec<u8> {
    one_function(&[leb(count), b"\x01\x7f".repeat(count as usize)].concat(), b"")
}

fn body(bytes: u32) -> Vec<u8> {
    one_function(b"\0", &b"\x01".repeat(bytes as usize - 2))
}

fn load<B: Backend>(backend: B, wasm: &[u8]) -> Result<(), LoadError> {
    match backend.load(wasm, Host::new((), HostFunctions::new())) {
        Ok(_) => Ok(()),
        Err(Error::Load(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

/// What is counted, its limit, and a module of so many.
type Kind = (&'static str, u32, fn(u32) -> Vec<u8>);

/// Whether all that is at a limit is taken, and one more is refused with both figures.
fn each_limit<B: Backend>(limits: EngineLimits, backend: impl Fn() -> B) {
    let kinds: [Kind; 11] = [
        ("types", limits.types, types),
        ("parameters", limits.params, params),
        ("imports", limits.imports, imports),
        ("functions", limits.functions, functions),
        ("globals", limits.globals, globals),
        ("exports", limits.exports, exports),
        ("segments of elements", limits.segments, elements),
        ("segments of data", limits.segments, data),
        ("bytes of a function", limits.body, body),
        ("local variables", limits.locals, locals),
        ("groups of local variables", limits.local_groups, local_groups),
    ];
    let name = B::CAPABILITIES.name;
    for (what, limit, module) in kinds {
        let found = limit + 1;
        let refused = LoadError::EngineLimit { what, limit, found };
        assert_eq!(load(backend(), &module(found)), Err(refused), "{name}");
        match load(backend(), &module(limit)) {
            Ok(()) => {}
            // wasm3's compiler has room for fewer variables, as it is built here.
            Err(LoadError::EngineLimit { what: "variables and operands in one function", .. })
                if name == "wasm3" => {}
            Err(other) => panic!("{name}, {limit} {what}: {other:?}"),
        }
    }
}

/// Row "metering by-passed": spacewasm keeps indices in 16 bits, and wraps them in silence.
#[test]
fn spacewasm_wraps_no_number() {
    each_limit(Spacewasm::LIMITS, || Spacewasm::new(SpacewasmConfig::default()));
}

#[test]
fn wasm3_is_given_no_more_than_it_takes() {
    each_limit(Wasm3::LIMITS, || Wasm3::new(Wasm3Config::default()));
}

#[test]
fn wasmi_is_given_no_more_than_it_takes() {
    each_limit(Wasmi::LIMITS, || Wasmi::new(WasmiConfig::default()));
}

/// A count that the module's bytes cannot hold is damage; nothing is allocated for it.
#[test]
fn a_count_without_items_is_refused() {
    for id in [1, 2, 3, 6, 7, 9, 10, 11] {
        let mut wasm = module(&[]);
        section(&mut wasm, id, &leb(u32::MAX));
        let all = [
            load(Wasm3::new(Wasm3Config::default()), &wasm),
            load(Spacewasm::new(SpacewasmConfig::default()), &wasm),
            load(Wasmi::new(WasmiConfig::default()), &wasm),
        ];
        let refused = |refused: &Result<(), LoadError>| {
            matches!(refused, Err(LoadError::EngineLimit { found: u32::MAX, .. }))
        };
        assert!(all.iter().all(refused), "section {id}: {all:?}");
    }
}

/// Calls of as many functions, each through its own type, from one function.
fn calls(count: u32) -> Vec<u8> {
    let ty = |at: u32| -> Vec<u8> {
        // As many different types: the bits of their number as parameters.
        let params = (0..14).map(|bit| if at >> bit & 1 == 0 { 0x7f } else { 0x7e });
        [b"\x60\x0e".to_vec(), params.collect(), b"\0".to_vec()].concat()
    };
    let types = [leb(count + 1), b"\x60\0\0".to_vec(), (0..count).flat_map(ty).collect()].concat();
    let arguments = |at: u32| -> Vec<u8> {
        (0..14).flat_map(|bit| if at >> bit & 1 == 0 { *b"\x41\0" } else { *b"\x42\0" }).collect()
    };
    let call = |at: u32| -> Vec<u8> {
        let index = leb(at + 1);
        let direct = [arguments(at), b"\x10".to_vec(), index.clone()].concat();
        let indirect = [arguments(at), b"\x41\0\x11".to_vec(), index, b"\0".to_vec()].concat();
        [direct, indirect].concat()
    };
    let code = [b"\0".to_vec(), (0..count).flat_map(call).collect(), b"\x0b".to_vec()].concat();
    let bodies = [leb(count + 1), leb(code.len() as u32), code, EMPTY_BODY.repeat(count as usize)].concat();
    let mut wasm = module(&[]);
    section(&mut wasm, 1, &types);
    section(&mut wasm, 3, &[leb(count + 1), (0..=count).flat_map(leb).collect()].concat());
    section(&mut wasm, 4, b"\x01\x70\0\x01");
    section(&mut wasm, 10, &bodies);
    wasm
}

/// Row "starting is quadratic": a module four times as large takes less than nine times as long, where a product of two
/// counts would take sixteen times. The shortest of some loads, as the machine does other things, too,
/// and new pages of memory are dear on some: what is short in any case counts as in proportion.
#[test]
fn loading_takes_time_in_proportion_to_the_module() {
    use std::time::{Duration, Instant};
    const SHORT: Duration = Duration::from_millis(250);
    fn took<B: Backend>(backend: impl Fn() -> B, wasm: &[u8]) -> Duration {
        let began = Instant::now();
        load(backend(), wasm).expect("loads");
        began.elapsed()
    }
    let wasm3 = || Wasm3::new(Wasm3Config { native_stack: 64 << 20, ..Default::default() });
    let wasmi = || Wasmi::new(WasmiConfig::default());
    let spacewasm = || Spacewasm::new(SpacewasmConfig::default());
    let in_proportion = |what: &str, time: &dyn Fn(&[u8]) -> Duration, modules: [Vec<u8>; 2]| {
        let [mut one, mut four] = [Duration::MAX; 2];
        for _ in 0..10 {
            (one, four) = (one.min(time(&modules[0])), four.min(time(&modules[1])));
            if four < one * 9 || four < SHORT {
                return;
            }
        }
        panic!("{what}: {one:?}, four times as many {four:?}");
    };
    let both = |module: fn(u32) -> Vec<u8>, count| [module(count), module(4 * count)];
    in_proportion("wasm3, imports", &|wasm| took(wasm3, wasm), both(imports, 2_000));
    in_proportion("wasm3, types and calls", &|wasm| took(wasm3, wasm), both(calls, 2_400));
    in_proportion("wasm3, types", &|wasm| took(wasm3, wasm), both(types, 2_000));
    in_proportion("wasm3, functions", &|wasm| took(wasm3, wasm), both(functions, 10_000));
    in_proportion("wasm3, exports", &|wasm| took(wasm3, wasm), both(exports, 2_000));
    in_proportion("wasmi, imports", &|wasm| took(wasmi, wasm), both(imports, 2_000));
    in_proportion("wasmi, types and calls", &|wasm| took(wasmi, wasm), both(calls, 2_400));
    in_proportion("wasmi, exports", &|wasm| took(wasmi, wasm), both(exports, 2_000));
    in_proportion("spacewasm, types and calls", &|wasm| took(spacewasm, wasm), both(calls, 2_400));
    in_proportion("spacewasm, functions", &|wasm| took(spacewasm, wasm), both(functions, 10_000));
    // What grows with a product there stays short at its limit.
    let most = Spacewasm::LIMITS;
    for wasm in [imports(most.imports), exports(most.exports)] {
        let shortest = (0..5).map(|_| took(spacewasm, &wasm)).min();
        assert!(shortest < Some(Duration::from_millis(500)), "{shortest:?}");
    }
}

/// `docs/ENGINES.md` has the limits of every engine, as they are.
#[test]
fn the_guide_has_the_limits_of_every_engine() {
    let guide = include_str!("../../docs/ENGINES.md");
    let [one, two, three] = [Wasm3::LIMITS, Spacewasm::LIMITS, Wasmi::LIMITS];
    let row = |what: &str, of: fn(EngineLimits) -> u32| {
        let row = format!("| {what} | {} | {} | {} |", of(one), of(two), of(three));
        assert!(guide.contains(&row), "{row}");
    };
    row("types", |limits| limits.types);
    row("parameters of a type", |limits| limits.params);
    row("imports", |limits| limits.imports);
    row("functions, without imports", |limits| limits.functions);
    row("globals", |limits| limits.globals);
    row("exports", |limits| limits.exports);
    row("segments of elements; of data", |limits| limits.segments);
    row("bytes of a function's body", |limits| limits.body);
    row("local variables of a function", |limits| limits.locals);
    row("groups of them, as declared", |limits| limits.local_groups);
}
