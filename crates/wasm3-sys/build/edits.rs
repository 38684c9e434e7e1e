//! What is changed in the copies of the sources. Every text that is replaced has to be there as often as expected.

use std::fs;
use std::path::Path;

struct Edit {
    file: &'static str,
    times: usize,
    from: &'static str,
    to: &'static str,
}

const fn once(file: &'static str, from: &'static str, to: &'static str) -> Edit {
    Edit { file, times: 1, from, to }
}

const COMPILE: &str = "m3_compile.c";
const EXEC: &str = "m3_exec.h";
const ENV: &str = "m3_env.h";

const EDITS: [Edit; 22] = [
    // A float that waits in the register while a branch carries another one is put into its slot before the branch.
    // Otherwise that is done on the taken path only.
    once(
        COMPILE,
        "            if (targetHasResults or isReturn)\n            {\n",
        "            if (targetHasResults or isReturn)\n            {\n    \
         _           (PreserveRegisterIfOccupied (o, c_m3Type_f64));\n",
    ),
    once(
        COMPILE,
        "_   (PreserveRegisterIfOccupied (o, c_m3Type_i64));         // move branch operand to a slot\n",
        "_   (PreserveRegisters (o));                                // move branch operand to a slot\n",
    ),
    // A value of two slots that is used several times holds both of them as often. Otherwise the second one is free after
    // the first use, and another value overwrites it.
    once(
        COMPILE,
        "_               (IncrementSlotUsageCount (o, * o_preservedSlotNumber));\n",
        "                for (u16 s = 0; s < GetTypeNumSlots (GetStackTypeFromBottom (o, i)); ++s)\n                {\n    \
         _               (IncrementSlotUsageCount (o, * o_preservedSlotNumber + s));\n                }\n",
    ),
    // A loop goes on by a jump, as all other instructions do. A frame of the native stack for each loop that is passed
    // would add up until its function returns.
    once(COMPILE, "_       (EmitOp (o, op_Loop));\n", ""),
    Edit { file: EXEC, times: 2, from: "return loopId;", to: "jumpOp (loopId);" },
    // The compiler looks at each block how much native stack is left, as calls do.
    once(
        COMPILE,
        "    M3CompilationScope * block = & o->block;\n\n    block->outer ",
        "    M3CompilationScope * block = & o->block;\n\n    \
         if (o->runtime->stackLimit and m3_NativeStackPtr () < o->runtime->stackLimit)\n        \
         return m3Err_trapStackOverflow;\n\n    block->outer ",
    ),
    // A conversion puts its result into the register, which is free before: half of the operations will do.
    once(
        COMPILE,
        "    bool destInSlot = IsRegisterTypeAllocated (o, opInfo->type);\n",
        "_   (PreserveRegisterIfOccupied (o, opInfo->type));\n    bool destInSlot = false;\n",
    ),
    once(
        COMPILE,
        "op_##OP##_r_s,              op_##OP##_s_r,              op_##OP##_s_s }",
        "op_##OP##_r_s,              NULL,                       NULL }",
    ),
    // Bounds of the memory, in words of the machine.
    Edit {
        file: EXEC,
        times: 2,
        from: "operand + sizeof (SRC_TYPE) <= _mem->length",
        to: "is_within (operand, SRC_TYPE)",
    },
    Edit {
        file: EXEC,
        times: 3,
        from: "operand + sizeof (DEST_TYPE) <= _mem->length",
        to: "is_within (operand, DEST_TYPE)",
    },
    once(EXEC, "operand + sizeof (TYPE) <= _mem->length", "is_within (operand, TYPE)"),
    // Growth that is refused is noted, if somebody will ask.
    once(
        EXEC,
        "        _r0 = -1;\n    }\n\n    nextOp ();\n}\n\n\nd_m3Op  (MemCopy)",
        "        _r0 = -1;\n    }\n\n    note_growth (runtime, (u32) numPagesToGrow, (i32) _r0 == -1);\n\n    \
         nextOp ();\n}\n\n\nd_m3Op  (MemCopy)",
    ),
    once(
        ENV,
        "    u32                     memoryLimit;\n",
        "    u32                     memoryLimit;\n#if \
         d_aingleRefusedGrowth\n    u32                     refusedPages;\n#endif\n",
    ),
    // Imports are linked, and never looked for in other modules.
    once(
        COMPILE,
        "    if (function and not function->compiled)\n_       (ResolveImportedFunction (function));\n",
        "",
    ),
    once(
        COMPILE,
        "        M3Result r = ResolveImportedFunction (io_function);\n        if (r) return r;\n",
        "",
    ),
    // Instructions that are refused: without the entry, the linker leaves out what they need.
    once(COMPILE, RETURN_CALL, RESERVED),
    once(COMPILE, RETURN_CALL_INDIRECT, RESERVED),
    once(COMPILE, MEMORY_INIT, ""),
    once(COMPILE, MEMORY_COPY, ""),
    once(COMPILE, TABLE_INIT, ""),
    once(COMPILE, TABLE_GROW, ""),
    once("m3_compile.h", "c_waOp_lastExtended         = 0x11 ", "c_waOp_lastExtended         = 0x07 "),
];

const RESERVED: &str = "M3OP_RESERVED,";
const RETURN_CALL: &str =
    "M3OP( \"return_call\",         0, any,    d_logOp (ReturnCall),               Compile_Call ),";
const RETURN_CALL_INDIRECT: &str =
    "M3OP( \"return_call_indirect\",0, any,    d_logOp (ReturnCallIndirect),       Compile_CallIndirect ),";
const MEMORY_INIT: &str = "    M3OP( \"memory.init\",            0,  none,   d_emptyOpList,                           Compile_Memory_Init ),     // 0x08
    M3OP( \"data.drop\",              0,  none,   d_emptyOpList,                           Compile_Data_Drop ),       // 0x09
";
const MEMORY_COPY: &str = "    M3OP( \"memory.copy\",            0,  none,   d_emptyOpList,                           Compile_Memory_CopyFill ), // 0x0a
    M3OP( \"memory.fill\",            0,  none,   d_emptyOpList,                           Compile_Memory_CopyFill ), // 0x0b
";
const TABLE_INIT: &str = "    M3OP_RESERVED, M3OP_RESERVED, M3OP_RESERVED,                                                                    // 0x0c...0x0e\n";
const TABLE_GROW: &str = "    M3OP_RESERVED, M3OP_RESERVED, M3OP_RESERVED,                                                                    // 0x0f...0x11\n";

/// Changes the copies in this folder.
pub fn apply(folder: &Path) {
    for Edit { file, times, from, to } in EDITS {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).expect("a source was copied");
        let found = text.matches(from).count();
        assert!(found == times, "{file} has {found} times, not {times} times:\n{from}");
        fs::write(path, text.replace(from, to)).expect("OUT_DIR can be written");
    }
}
