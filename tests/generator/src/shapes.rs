//! Shapes of valid modules that push one figure each, for compilers whose time grows with it.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, CustomSection, DataSection, ElementSection, Elements, EntityType,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection,
    Instruction, MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};

const EMPTY: BlockType = BlockType::Empty;

/// One kind of shape: its name, and the module of a size.
pub type Shape = (&'static str, fn(u32) -> Vec<u8>);

/// Shapes of sections. The size is the number of things.
pub const OF_SECTIONS: &[Shape] = &[
    ("types", types),
    ("params", |n| signature(n, 0)),
    ("results", |n| signature(0, n)),
    ("imports", imports),
    ("functions", functions),
    ("tables", tables),
    ("globals", globals),
    ("exports", exports),
    ("element_segments", |n| elements(n, 0)),
    ("elements", |n| elements(1, n)),
    ("data_segments", data_segments),
    ("custom_sections", custom_sections),
];

/// Shapes of one function's code. The size is the number of repetitions.
pub const OF_CODE: &[Shape] = &[
    ("straight code", |n| function(&[], 4, |f| repeat(n, f, arithmetic))),
    ("float code", |n| function(&[], 4, |f| repeat(n, f, floats))),
    ("loads and stores", |n| function(&[], 4, |f| repeat(n, f, memory))),
    ("locals", |n| function(&[], n, |f| (0..n).for_each(|at| touch(f, at)))),
    ("operands", |n| function(&[], 1, |f| operands(n, f))),
    ("joins of 10 locals", |n| joins(10, n)),
    ("joins of 1000 locals", |n| joins(1000, n)),
    ("branches over 10 locals", |n| branches(10, n)),
    ("branches over 1000 locals", |n| branches(1000, n)),
    ("branches over 200 operands", |n| waiting(200, n)),
    ("loops of 20 locals", |n| loops(20, n)),
    ("nested blocks", |n| {
        nested(n, |f| {
            f.instruction(&Instruction::Block(EMPTY));
        })
    }),
    ("nested loops", |n| {
        nested(n, |f| {
            f.instruction(&Instruction::Loop(EMPTY));
        })
    }),
    ("nested ifs", |n| {
        nested(n, |f| {
            get(f, 0).instruction(&Instruction::If(EMPTY));
        })
    }),
    ("calls of 2 values", |n| calls(1, 1, n)),
    ("calls of 100 arguments", |n| calls(100, 1, n)),
    ("calls of 100 results", |n| calls(1, 100, n)),
    ("calls over 200 locals", |n| calls_over(200, n)),
    ("one branch table", |n| branch_tables(1, n, 10, 0)),
    ("one branch table in 60 loops", |n| branch_tables(1, n, 60, 0)),
    ("branch tables over 100 locals", |n| branch_tables(n, 50, 10, 100)),
    ("branch tables of 10 values", |n| carrying_tables(n, 50, 10)),
    ("blocks of 50 values", |n| carrying_blocks(n, 50)),
    ("selects", |n| function(&[], 4, |f| repeat(n, f, selects))),
    ("memory.grow and bulk", |n| function(&[], 4, |f| repeat(n, f, bulk))),
];

fn get(f: &mut Function, local: u32) -> &mut Function {
    f.instruction(&Instruction::LocalGet(local))
}

fn repeat(n: u32, f: &mut Function, once: fn(&mut Function)) {
    (0..n).for_each(|_| once(f));
}

fn touch(f: &mut Function, local: u32) {
    get(f, local).instruction(&Instruction::I32Const(7)).instruction(&Instruction::I32Add);
    f.instruction(&Instruction::LocalSet(local));
}

fn arithmetic(f: &mut Function) {
    get(f, 0);
    get(f, 1).instruction(&Instruction::I32Mul);
    get(f, 2).instruction(&Instruction::I32Xor).instruction(&Instruction::LocalSet(0));
}

fn floats(f: &mut Function) {
    get(f, 0).instruction(&Instruction::F32ConvertI32S);
    get(f, 1).instruction(&Instruction::F32ReinterpretI32).instruction(&Instruction::F32Div);
    f.instruction(&Instruction::I32TruncSatF32U).instruction(&Instruction::LocalSet(0));
}

fn memory(f: &mut Function) {
    let at = wasm_encoder::MemArg { offset: 8, align: 2, target: Default::default(), ordering: None };
    get(f, 0);
    get(f, 1).instruction(&Instruction::I32Load(at)).instruction(&Instruction::I32Store(at));
}

fn selects(f: &mut Function) {
    get(f, 0);
    get(f, 1);
    get(f, 2).instruction(&Instruction::Select).instruction(&Instruction::LocalSet(1));
}

fn bulk(f: &mut Function) {
    get(f, 0).instruction(&Instruction::MemoryGrow(0)).instruction(&Instruction::LocalSet(1));
    get(f, 0);
    get(f, 1);
    get(f, 2).instruction(&Instruction::MemoryFill(0));
}

fn operands(n: u32, f: &mut Function) {
    (0..n).for_each(|_| {
        get(f, 0);
    });
    (1..n).for_each(|_| {
        f.instruction(&Instruction::I32Add);
    });
    f.instruction(&Instruction::LocalSet(0));
}

/// A module of one function `f` of no parameters, with these types besides, a memory, and `i32` locals.
fn function(more: &[(u32, u32)], locals: u32, body: impl FnOnce(&mut Function)) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    for &(params, results) in more {
        types.ty().function(values(params), values(results));
    }
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut code = CodeSection::new();
    let mut f = Function::new([(locals, ValType::I32)]);
    body(&mut f);
    f.instruction(&Instruction::End);
    code.function(&f);
    // Behind it: one function of each further type, which returns what it can.
    for (&(_, results), ty) in more.iter().zip(1..) {
        functions.function(ty);
        let mut f = Function::new([(1, ValType::I32)]);
        (0..results).for_each(|_| {
            f.instruction(&Instruction::I32Const(1));
        });
        f.instruction(&Instruction::End);
        code.function(&f);
    }
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: Some(2),
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&memories).section(&exports).section(&code);
    module.finish()
}

fn values(count: u32) -> Vec<ValType> {
    vec![ValType::I32; count as usize]
}

fn joins(locals: u32, n: u32) -> Vec<u8> {
    function(&[], locals, |f| {
        (0..locals).for_each(|at| touch(f, at));
        for at in 0..n {
            get(f, at % locals).instruction(&Instruction::If(EMPTY));
            touch(f, (at + 1) % locals);
            f.instruction(&Instruction::End);
        }
        (0..locals).for_each(|at| touch(f, at));
    })
}

fn branches(locals: u32, n: u32) -> Vec<u8> {
    function(&[], locals, |f| {
        f.instruction(&Instruction::Block(EMPTY));
        for at in 0..n {
            touch(f, at % locals);
            get(f, at % locals).instruction(&Instruction::BrIf(0));
        }
        f.instruction(&Instruction::End);
        (0..locals).for_each(|at| touch(f, at));
    })
}

fn waiting(operands: u32, n: u32) -> Vec<u8> {
    function(&[], 3, |f| {
        (0..operands).for_each(|at| {
            get(f, 0).instruction(&Instruction::I32Const(at as i32)).instruction(&Instruction::I32Add);
        });
        for _ in 0..n {
            get(f, 1).instruction(&Instruction::If(EMPTY));
            touch(f, 1);
            f.instruction(&Instruction::End);
        }
        (1..operands).for_each(|_| {
            f.instruction(&Instruction::I32Xor);
        });
        f.instruction(&Instruction::LocalSet(0));
    })
}

fn loops(locals: u32, n: u32) -> Vec<u8> {
    function(&[], locals, |f| {
        for at in 0..n {
            f.instruction(&Instruction::Loop(EMPTY));
            touch(f, at % locals);
            get(f, (at + 1) % locals).instruction(&Instruction::BrIf(0)).instruction(&Instruction::End);
        }
    })
}

fn nested(n: u32, open: fn(&mut Function)) -> Vec<u8> {
    function(&[], 3, |f| {
        for at in 0..n {
            open(f);
            touch(f, at % 3);
            get(f, 2).instruction(&Instruction::BrIf(at / 2));
        }
        (0..n).for_each(|_| {
            f.instruction(&Instruction::End);
        });
    })
}

fn calls(arguments: u32, results: u32, n: u32) -> Vec<u8> {
    function(&[(arguments, results)], 3, |f| {
        for _ in 0..n {
            (0..arguments).for_each(|at| {
                get(f, at % 3);
            });
            f.instruction(&Instruction::Call(1));
            (0..results).for_each(|at| {
                f.instruction(&Instruction::LocalSet(at % 3));
            });
        }
    })
}

fn calls_over(locals: u32, n: u32) -> Vec<u8> {
    function(&[(1, 1)], locals, |f| {
        (0..locals).for_each(|at| touch(f, at));
        for at in 0..n {
            get(f, at % locals).instruction(&Instruction::Call(1));
            f.instruction(&Instruction::LocalSet((at + 1) % locals));
        }
        (0..locals).for_each(|at| touch(f, at));
    })
}

/// Tables of `ways` in `nest` loops that stand in as many blocks.
fn branch_tables(n: u32, ways: u32, nest: u32, locals: u32) -> Vec<u8> {
    function(&[], locals + 1, |f| {
        (0..locals).for_each(|at| touch(f, at));
        for _ in 0..n {
            (0..nest).for_each(|_| {
                f.instruction(&Instruction::Block(EMPTY));
            });
            (0..nest).for_each(|_| {
                f.instruction(&Instruction::Loop(EMPTY));
            });
            let targets: Vec<u32> = (0..ways).map(|at| at % (2 * nest)).collect();
            get(f, 0).instruction(&Instruction::BrTable(targets.into(), 0));
            for at in 0..2 * nest {
                f.instruction(&Instruction::End);
                touch(f, at % (locals + 1));
            }
        }
        (0..locals).for_each(|at| touch(f, at));
    })
}

fn carrying_tables(n: u32, ways: u32, carried: u32) -> Vec<u8> {
    function(&[(0, carried)], 2, |f| {
        for _ in 0..n {
            (0..10).for_each(|_| {
                f.instruction(&Instruction::Block(BlockType::FunctionType(1)));
            });
            (0..carried).for_each(|at| {
                get(f, at % 2);
            });
            let targets: Vec<u32> = (0..ways).map(|at| at % 10).collect();
            get(f, 0).instruction(&Instruction::BrTable(targets.into(), 0));
            (0..10).for_each(|_| {
                f.instruction(&Instruction::End);
            });
            (0..carried).for_each(|at| {
                f.instruction(&Instruction::LocalSet(at % 2));
            });
        }
    })
}

fn carrying_blocks(n: u32, carried: u32) -> Vec<u8> {
    function(&[(carried, carried)], 2, |f| {
        (0..carried).for_each(|at| {
            get(f, at % 2);
        });
        for _ in 0..n {
            f.instruction(&Instruction::Block(BlockType::FunctionType(1)));
            get(f, 0).instruction(&Instruction::BrIf(0)).instruction(&Instruction::End);
        }
        (0..carried).for_each(|at| {
            f.instruction(&Instruction::LocalSet(at % 2));
        });
    })
}

fn types(n: u32) -> Vec<u8> {
    let kinds = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];
    let mut types = TypeSection::new();
    for at in 0..n {
        types.ty().function((0..8).map(|digit| kinds[(at >> (2 * digit)) as usize % 4]), []);
    }
    Module::new().section(&types).clone().finish()
}

fn signature(params: u32, results: u32) -> Vec<u8> {
    function(&[(params, results)], 0, |_| ())
}

fn imports(n: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function(values(2), [ValType::I64]);
    let mut imports = ImportSection::new();
    (0..n).for_each(|at| {
        imports.import("env", &format!("f{at}"), EntityType::Function(0));
    });
    Module::new().section(&types).section(&imports).clone().finish()
}

fn functions(n: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for _ in 0..n {
        functions.function(0);
        code.function(Function::new([]).instruction(&Instruction::End));
    }
    Module::new().section(&types).section(&functions).section(&code).clone().finish()
}

fn table() -> TableType {
    let element_type = RefType::FUNCREF;
    TableType { element_type, table64: false, minimum: 1, maximum: Some(1), shared: false }
}

fn tables(n: u32) -> Vec<u8> {
    let mut tables = TableSection::new();
    (0..n).for_each(|_| {
        tables.table(table());
    });
    Module::new().section(&tables).clone().finish()
}

fn globals(n: u32) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
    (0..n).for_each(|_| {
        globals.global(ty, &ConstExpr::i32_const(1));
    });
    Module::new().section(&globals).clone().finish()
}

fn exports(n: u32) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    let ty = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
    globals.global(ty, &ConstExpr::i32_const(1));
    let mut exports = ExportSection::new();
    (0..n).for_each(|at| {
        exports.export(&format!("e{at}"), ExportKind::Global, 0);
    });
    Module::new().section(&globals).section(&exports).clone().finish()
}

fn elements(segments: u32, items: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut elements = ElementSection::new();
    for _ in 0..segments {
        elements.passive(Elements::Functions(vec![0; items as usize].into()));
    }
    let mut code = CodeSection::new();
    code.function(Function::new([]).instruction(&Instruction::End));
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&elements).section(&code);
    module.finish()
}

fn data_segments(n: u32) -> Vec<u8> {
    let mut data = DataSection::new();
    (0..n).for_each(|_| {
        data.passive([]);
    });
    Module::new().section(&data).clone().finish()
}

fn custom_sections(n: u32) -> Vec<u8> {
    let mut module = Module::new();
    for _ in 0..n {
        module.section(&CustomSection { name: "c".into(), data: (&[][..]).into() });
    }
    module.finish()
}
