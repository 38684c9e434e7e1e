//! Modules with many imports, exports, records and types: what a host reads of them takes time in proportion to their
//! length, at the load, at the start, and for each name that is looked up.

use super::{Counts, Trial};
use aingle_wasm_host::{EngineConfig, HostFunctions, WasmEngine, WasmInstance, WasmModule};
use aingle_wasm_host_core::{
    Config, EngineInstance, Error, Guest, Host, HostFunctions as Functions, Index, Module, Signature, Trap,
};
use aingle_wasm_types::Name;
use aingle_wasm_types::description::{Form, Kind, Record, schema_hash};
use aingle_wasm_types::names;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, Instruction, MemorySection, MemoryType, TypeSection, ValType,
};

pub const TRIAL: Trial = Trial {
    name: "start",
    about: "modules with n imports, exports, records, types: four times as many take less than eight times as long",
    bounded: CASES.len() as u64,
    run,
};

/// What is counted, and what is done with a module of so many.
type Case = (&'static str, fn(usize) -> Work);

const CASES: [Case; 7] = [
    ("imports of as many types", |n| {
        of_core(&module(n, &Shape { imports: true, types: true, ..NONE }), false)
    }),
    ("imports and their records", |n| {
        of_core(&module(n, &Shape { imports: true, records: true, ..NONE }), false)
    }),
    ("imports and their records, with an index", |n| {
        of_core(&module(n, &Shape { imports: true, records: true, types: true, ..NONE }), true)
    }),
    ("one import, many times, and as many records", |n| {
        of_core(&module(n, &Shape { imports: true, records: true, same: true, ..NONE }), false)
    }),
    ("exports of as many types, each looked up", |n| {
        let wasm = module(n, &Shape { exports: true, types: true, records: true, ..NONE });
        Box::new(move || {
            let module = Module::parse(&wasm).expect("a module");
            let index = Index::new(module);
            let found = module.exports().filter(|export| index.entry(&wasm, export.name).is_ok()).count();
            assert!(found >= n, "{found} of {n}");
            assert!((0..n).all(|at| index.entry(&wasm, &format!("unknown {at}")).is_err()));
        })
    }),
    ("signatures of a compiled module, and calls of unknown names", |n| {
        let (engine, module) = compiled(&module(n, &Shape { exports: true, records: true, ..NONE }));
        Box::new(move || {
            assert_eq!(module.signatures().len(), n);
            let mut instance = WasmInstance::new(&engine, &module).expect("an instance");
            for at in 0..n {
                assert!(instance.call_raw(&format!("unknown {at}"), b"").is_err());
            }
        })
    }),
    ("starts of a compiled module with imports", |n| {
        let (engine, module) = compiled(&module(n, &Shape { imports: true, records: true, ..NONE }));
        let mut functions = HostFunctions::new();
        for at in 0..n {
            functions.register(&format!("f{at}"), |(): &mut (), n: u8| n).expect("a name");
        }
        let functions = Arc::new(functions);
        Box::new(move || {
            assert_eq!(module.imports().len(), n);
            let shared = Arc::clone(&functions);
            WasmInstance::with_host(&engine, &module, shared, ())
                .and_then(|mut one| one.start())
                .expect("started");
        })
    }),
];

type Work = Box<dyn FnMut()>;

/// The most that four times as much may take, in times: 4, what sorting adds, and what measuring is off by. Work in
/// proportion to the square would be 16.
const MOST: f64 = 8.0;
const ATTEMPTS: usize = 30;

fn run(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let (what, work) = CASES[(seed % CASES.len() as u64) as usize];
    // Modules for a compiler stay below its own limits.
    let small = if what.contains("compiled") { 200 } else { 250 << (seed / CASES.len() as u64 % 4) };
    let (mut few, mut many) = (work(small), work(4 * small));
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ATTEMPTS {
        best = [best[0].min(seconds(&mut few)), best[1].min(seconds(&mut many))];
        if best[1] < MOST * best[0] {
            counts.count(what);
            counts.largest("ns for one of many", (best[1] * 1e9) as u64 / (4 * small as u64));
            return Ok(());
        }
    }
    let [few, many] = best.map(Duration::from_secs_f64);
    Err(format!("{what}: {small} take {few:?}, {} take {many:?}", 4 * small))
}

/// The time of one run, as the mean of as many as take a millisecond.
fn seconds(work: &mut Work) -> f64 {
    let (began, mut runs) = (Instant::now(), 0_u32);
    while runs == 0 || began.elapsed() < Duration::from_millis(1) {
        work();
        runs += 1;
    }
    began.elapsed().as_secs_f64() / f64::from(runs)
}

/// What a module has many of.
struct Shape {
    imports: bool,
    exports: bool,
    records: bool,
    types: bool,
    /// Whether all of them have one name.
    same: bool,
}

const NONE: Shape = Shape { imports: false, exports: false, records: false, types: false, same: false };

/// A guest with `n` of everything that the shape has.
fn module(n: usize, shape: &Shape) -> Vec<u8> {
    let name = |at: usize| if shape.same { String::from("f0") } else { format!("f{at}") };
    let (mut types, mut imports, mut exports) =
        (TypeSection::new(), ImportSection::new(), ExportSection::new());
    let kinds = if shape.types { n as u32 } else { 1 };
    (0..kinds).for_each(|_| types.ty().function([ValType::I32, ValType::I32], [ValType::I64]));
    types.ty().function([], [ValType::I32]);
    types.ty().function([ValType::I32], [ValType::I32]);
    let ty = |at: usize| at as u32 % kinds;
    let imported = if shape.imports { n as u32 } else { 0 };
    (0..imported).for_each(|at| {
        imports.import(names::IMPORT_MODULE, &name(at as usize), EntityType::Function(ty(at as usize)));
    });
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    let own = if shape.exports && shape.types { n } else { 1 };
    let bodies = [(kinds, false), (kinds + 1, false)].into_iter().chain((0..own).map(|at| (ty(at), true)));
    for (ty, wide) in bodies {
        functions.function(ty);
        let mut body = Function::new([]);
        body.instruction(&if wide { Instruction::I64Const(0) } else { Instruction::I32Const(64) });
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    exports.export(names::MEMORY, ExportKind::Memory, 0);
    exports.export(names::ABI, ExportKind::Func, imported);
    exports.export(names::ALLOCATE, ExportKind::Func, imported + 1);
    let exported = if shape.exports { n } else { 0 };
    (0..exported).for_each(|at| {
        exports.export(&name(at), ExportKind::Func, imported + 2 + (at % own) as u32);
    });
    let (mut memories, mut data) = (MemorySection::new(), DataSection::new());
    let memory =
        MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
    memories.memory(memory);
    data.active(0, &ConstExpr::i32_const(64), [0; 48]);
    let mut module = wasm_encoder::Module::new();
    module.section(&types).section(&imports).section(&functions).section(&memories).section(&exports);
    module.section(&code).section(&data);
    if shape.records {
        let kind = if shape.exports { Kind::Export } else { Kind::Import };
        let bytes: Vec<u8> = (0..n).rev().flat_map(|at| record(kind, &name(at))).collect();
        module.section(&CustomSection { name: names::DESCRIPTION_SECTION.into(), data: bytes.into() });
    }
    module.finish()
}

fn record(kind: Kind, name: &str) -> Vec<u8> {
    let (args, result) = ("(u8)", "u8");
    let hash = schema_hash(args, result);
    let record = Record { kind, form: Form::Typed, hash, name, params: "", args, result };
    let mut bytes = (record.written_len() as u32 - 4).to_le_bytes().to_vec();
    bytes.extend([kind as u8, Form::Typed as u8]);
    bytes.extend(hash.to_le_bytes());
    for text in [name, "", args, result] {
        bytes.extend((text.len() as u16).to_le_bytes());
    }
    [name, "", args, result].iter().for_each(|text| bytes.extend(text.as_bytes()));
    bytes
}

fn compiled(wasm: &[u8]) -> (WasmEngine, WasmModule) {
    let engine = WasmEngine::new(EngineConfig::default()).expect("an engine");
    let module = engine.compile(wasm).expect("within all limits");
    (engine, module)
}

/// Loads and starts a guest as every host does, but for its code.
fn of_core(wasm: &[u8], indexed: bool) -> Work {
    let wasm: Arc<[u8]> = wasm.into();
    let mut functions = Functions::new();
    for import in Module::parse(&wasm).expect("a module").imports() {
        // One that stands there many times is registered once.
        let _ = functions.register(import.name, |(): &mut (), n: u8| n);
    }
    let described = Module::parse(&wasm).is_ok_and(|module| module.records().next().is_some());
    let functions = Arc::new(Shared(functions));
    let index = indexed.then(|| Arc::new(Index::new(Module::parse(&wasm).expect("a module"))));
    Box::new(move || {
        let host = Host::shared((), Lent(Arc::clone(&functions)));
        let still = Still { wasm: Arc::clone(&wasm), index: index.clone(), host, memory: [0; 256] };
        let mut guest = Guest::new(still, Config::default()).expect("a guest");
        assert_eq!(guest.start().is_ok(), described, "typed functions want records");
        assert!(guest.call_raw("unknown", b"").is_err());
        black_box(&guest);
    })
}

struct Shared(Functions<()>);

struct Lent(Arc<Shared>);

impl AsRef<Functions<()>> for Lent {
    fn as_ref(&self) -> &Functions<()> {
        &self.0.0
    }
}

/// An engine that runs nothing: what is left is what all engines share.
struct Still {
    wasm: Arc<[u8]>,
    index: Option<Arc<Index>>,
    host: Host<()>,
    memory: [u8; 256],
}

impl EngineInstance for Still {
    type State = ();
    type Function = ();

    fn wasm(&self) -> &[u8] {
        &self.wasm
    }

    fn fingerprint(&self) -> u64 {
        0
    }

    fn index(&self) -> Option<&Index> {
        self.index.as_deref()
    }

    fn start(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn find(&mut self, name: &str, _: Signature) -> Result<(), Error> {
        if name.starts_with(names::RESERVED_PREFIX) {
            Ok(())
        } else {
            Err(Error::MissingExport(Name::new(name)))
        }
    }

    fn call(&mut self, (): &(), _: u32, _: u32) -> Result<u64, Trap> {
        Ok(64)
    }

    fn memory(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    fn host_mut(&mut self) -> &mut Host<()> {
        &mut self.host
    }

    fn host(&self) -> &Host<()> {
        &self.host
    }
}
