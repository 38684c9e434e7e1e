/*
 * wasm3 in one translation unit, and what the crate calls of it.
 *
 * Of wasm3 the compiler, the interpreter and the validation of functions are used. Its loader is not: on 32 bits the ends of
 * sections overflow there. A module is put together by the functions below, which check every index.
 */

#include "m3_core.c"
#include "m3_code.c"
#include "m3_function.c"
#include "m3_module.c"
#include "m3_parse.c"
#define m3_PrintProfilerInfo()
#include "m3_env.c"
#include "m3_validate.h"

/* Functions are validated once, when their module is loaded, and nothing is to be done between two calls. */
#define ValidateFunction(FUNCTION)              m3Err_none
#define m3_Yield()                              m3Err_none

/* Whether an access lies in the memory: the sum of an address and an offset, both of 32 bits, has 33. */
#define is_within(OPERAND, TYPE)                                                            \
    (sizeof (size_t) > 4 ? (OPERAND) + sizeof (TYPE) <= _mem->length                        \
                         : ((OPERAND) >> 32) == 0 and (size_t) (OPERAND) <= _mem->length    \
                           and _mem->length - (size_t) (OPERAND) >= sizeof (TYPE))

/* Notes whether the last growth of the memory was refused, and by how many pages. */
#if d_aingleRefusedGrowth
# define note_growth(RUNTIME, PAGES, IS_REFUSED)    (RUNTIME)->refusedPages = (IS_REFUSED) ? (PAGES) : 0
#else
# define note_growth(RUNTIME, PAGES, IS_REFUSED)
#endif

#include "m3_compile.c"
#undef ValidateFunction

/* The validation reads every opcode by a function of ours, which counts and is stricter. */
static M3Result  next_opcode  (void * i_check, m3opcode_t * o_opcode);
#define Read_opcode(OPCODE, BYTES, END)         next_opcode (v, OPCODE)
#include "m3_validate.c"
#undef Read_opcode

#include "aingle_wasm3.h"

M3_STATIC_ASSERT (sizeof (M3ImportContext) == 2 * sizeof (void *), import_context_is_two_pointers);
M3_STATIC_ASSERT (sizeof (AingleRequirements) == 32, requirements_have_no_gaps_but_one);
M3_STATIC_ASSERT (d_m3MaxFunctionSlots >= 2 * d_m3MaxFunctionStackHeight, twice_as_many_slots_as_values);

/* The validation of one function. */
typedef struct Check
{
    ValCtx          context;        /* first: `next_opcode` gets a pointer to it */
    AingleRequirements *  requirements;
    bytes_t         branch;         /* the last instruction, if it is a branch */
    u32             fixedSlots;     /* slots of parameters, variables, result and constants */
    u32             drift;          /* how far results of calls are above all operands */
    u32             records;        /* places that enclosing blocks keep for their results */
}
Check;

static void  at_least  (uint32_t * io_most, u32 i_found)
{
    if (* io_most < i_found)
        * io_most = i_found;
}

static bool  is_known  (m3opcode_t i_opcode)
{
    return i_opcode <= 0x05 or (i_opcode >= 0x0b and i_opcode <= 0x11) or i_opcode == 0x1a or i_opcode == 0x1b
        or (i_opcode >= 0x20 and i_opcode <= 0x24) or (i_opcode >= 0x28 and i_opcode <= 0xc4)
        or i_opcode == c_waOp_extended;
}

/* What follows an opcode, where the validation itself does not look, or takes more than the compiler has. */
static M3Result  check_immediate  (ValCtx * v, m3opcode_t i_opcode)
{
    ValCtrlFrame * frame = & v->ctrl [v->ctrlTop - 1];
    u8 next = (v->wasm < v->wasmEnd) ? * v->wasm : 0;

    switch (i_opcode)
    {
        case c_waOp_block: case c_waOp_loop: case c_waOp_if:
            if (next != 0x40 and (next < 0x7c or next > 0x7f))
                return m3Err_unknownOpcode;
            break;

        case c_waOp_extended:
            if (next > 7)
                return m3Err_unknownOpcode;
            break;

        case 0x3f: case 0x40:               /* memory.size, memory.grow */
            if (next != 0)
                return m3Err_wasmMalformed;
            break;

        case 0x24:                          /* global.set */
        {
            u32 index;
            bytes_t wasm = v->wasm;
            M3Result result = ReadLEB_u32 (& index, & wasm, v->wasmEnd);
            if (result)
                return result;
            if (index < v->module->numGlobals and not v->module->globals [index].isMutable)
                return m3Err_settingImmutableGlobal;
            break;
        }

        case c_waOp_end:
            /* An `if` that has a result has an `else`, too. A function ends where its bytes end. */
            if ((frame->opcode == c_waOp_if and frame->result_count) or (v->ctrlTop == 1 and v->wasm != v->wasmEnd))
                return m3Err_wasmMalformed;
            break;
    }

    return m3Err_none;
}

/* Steps of the compiler: a free slot is looked for from the first on; a label, or the block of a variable, from the innermost
   block on; and before a block, every variable among the operands. */
static void  count_steps  (Check * c, m3opcode_t i_opcode, bytes_t i_at)
{
    ValCtx * v = & c->context;
    u32 slots = v->opdTop + c->drift;
    uint64_t steps = slots;

    if (c->branch)
        steps += (uint64_t) v->ctrlTop * (u32) (i_at - c->branch);

    c->branch = (i_opcode >= c_waOp_branch and i_opcode <= c_waOp_branchTable) ? i_at : NULL;

    if (i_opcode >= c_waOp_block and i_opcode <= c_waOp_else)
        steps += (uint64_t) slots * v->numLocals;

    if (i_opcode == c_waOp_setLocal or i_opcode == c_waOp_teeLocal)
        steps += v->ctrlTop;

    c->requirements->steps += steps;
}

static M3Result  next_opcode  (void * i_check, m3opcode_t * o_opcode)
{
    Check * c = i_check;
    ValCtx * v = & c->context;
    ValCtrlFrame * frame = & v->ctrl [v->ctrlTop - 1];
    AingleRequirements * requirements = c->requirements;

    bytes_t at = v->wasm++;             /* there is at least one byte */
    m3opcode_t opcode = * at;

    requirements->offset = (u32) (at - v->function->wasm);

    if (not is_known (opcode))
        return m3Err_unknownOpcode;

    M3Result result = check_immediate (v, opcode);
    if (result)
        return result;

    if (not frame->is_unreachable and v->opdTop == 0)
        c->drift = 0;

    if (opcode == c_waOp_call or opcode == 0x11)
        c->drift++;

    if (opcode >= c_waOp_block and opcode <= c_waOp_if)
    {
        at_least (& requirements->nesting, v->ctrlTop);
        c->records += (* v->wasm != 0x40);
    }
    else if (opcode == c_waOp_end)
        c->records -= (v->ctrlTop > 1) ? frame->result_count : 0;

    at_least (& requirements->operands, v->opdTop);
    at_least (& requirements->values, v->numLocals + v->opdTop + c->records);
    at_least (& requirements->slots, c->fixedSlots + 2 * (v->opdTop + c->drift + c->records));
    count_steps (c, opcode, at);

    * o_opcode = opcode;

    return m3Err_none;
}

static M3Result  read_locals  (Check * c)
{
    ValCtx * v = & c->context;
    IM3FuncType type = v->function->funcType;
    u32 groups;
    M3Result result;

    at_least (& c->requirements->values, type->numArgs);
    _throwif (m3Err_functionStackOverflow, type->numArgs > d_m3ValStack);

    for (u16 i = 0; i < type->numArgs; ++i)
        v->localTypes [v->numLocals++] = d_FuncArgType (type, i);

    c->fixedSlots = (type->numRets + type->numArgs) * c_ioSlotCount + d_m3MaxConstantTableSize + 2;

_   (ReadLEB_u32 (& groups, & v->wasm, v->wasmEnd));

    while (groups--)
    {
        u32 count;
        m3type_t local;
_       (ReadLEB_u32 (& count, & v->wasm, v->wasmEnd));
_       (ParseValueType (v->module, & local, & v->wasm, v->wasmEnd));
        _throwif (m3Err_invalidTypeId, local < c_m3Type_i32 or local > c_m3Type_f64);

        u32 left = d_m3ValStack - v->numLocals;
        at_least (& c->requirements->values, v->numLocals + M3_MIN (count, 1u << 30));
        _throwif (m3Err_functionStackOverflow, count > left);

        c->fixedSlots += count * GetTypeNumSlots (local);
        memset (& v->localTypes [v->numLocals], local, count);
        v->numLocals += count;
    }

    c->requirements->steps = (uint64_t) v->numLocals * v->numLocals / 2;

    _catch: return result;
}

M3Result  aingle_wasm3_validate  (IM3Module i_module, uint32_t i_function, AingleRequirements * o_requirements)
{
    Check check;
    ValCtx * v = & check.context;
    u32 size;
    M3Result result;

    M3_INIT (check);
    memset (o_requirements, 0, sizeof (* o_requirements));
    _throwif (m3Err_unknownFunction, i_function >= i_module->numFunctions);

    check.requirements = o_requirements;
    v->module = i_module;
    v->function = & i_module->functions [i_function];
    v->wasm = v->function->wasm;
    v->wasmEnd = v->function->wasmEnd;

_   (ReadLEB_u32 (& size, & v->wasm, v->wasmEnd));
_   (read_locals (& check));
_   (v_push_ctrl (v, 0, v->function->funcType));

    result = v_validate_body (v);

    /* What was too much is counted, too. */
    if (result == m3Err_functionStackOverflow)
    {
        at_least (& o_requirements->operands, v->opdTop + 1u);
        at_least (& o_requirements->values, v->numLocals + v->opdTop + 1u);
    }

    _catch: return result;
}

/* Puts a runtime and an empty module into an environment of their own. */
static IM3Module  new_module  (uint32_t i_stackSlots)
{
    IM3Environment environment = m3_NewEnvironment ();
    IM3Runtime runtime = environment ? m3_NewRuntime (environment, i_stackSlots * sizeof (m3slot_t), NULL) : NULL;
    IM3Module module = runtime ? m3_AllocStruct (M3Module) : NULL;

    if (module)
    {
        runtime->modules = module;
        module->runtime = runtime;
        module->environment = environment;
        module->name = "guest";
        module->startFunction = -1;
    }
    else
    {
        m3_FreeRuntime (runtime);
        m3_FreeEnvironment (environment);
    }

    return module;
}

IM3Module  aingle_wasm3_new  (const AingleCounts * i_counts, uint32_t i_stackSlots)
{
    IM3Module module = new_module (i_stackSlots);

    if (module)
    {
        bool all = true;
#       define d_array(FIELD, TYPE, COUNT)      (module->FIELD = m3_AllocArray (TYPE, (COUNT) + 1u)) != NULL

        all = all and d_array (funcTypes, IM3FuncType, i_counts->types);
        all = all and d_array (functions, M3Function, i_counts->functions);
        all = all and d_array (globals, M3Global, i_counts->globals);
        all = all and d_array (tables, M3Table, 0);
        all = all and d_array (tables->elements, void *, i_counts->elements);

        if (not all)
        {
            aingle_wasm3_free (module);
            return NULL;
        }

        module->numFuncTypes = i_counts->types;
        module->numFunctions = module->allFunctions = i_counts->functions;
        module->numFuncImports = i_counts->imports;
        module->numGlobals = i_counts->globals;
        module->tables->size = i_counts->elements;
        module->tables->type = c_m3Type_funcref;
        module->numTables = i_counts->hasTable;
        module->memoryDeclared = i_counts->hasMemory;
    }

    return module;
}

void  aingle_wasm3_free  (IM3Module i_module)
{
    IM3Environment environment = i_module->environment;

    /* Without a table the elements are freed here, and with one by wasm3. */
    if (i_module->tables and i_module->numTables == 0)
        m3_Free (i_module->tables->elements);

    m3_FreeRuntime (i_module->runtime);
    m3_FreeEnvironment (environment);
}

/* wasm3's number for a value type. */
static u8  value_type  (uint8_t i_binary)
{
    return 0x80 - i_binary;
}

/* Types are compared by their addresses, so equal ones are one. The number that each has is of no use here: it is a sum of the
   type, by which most comparisons end. */
M3Result  aingle_wasm3_set_type  (IM3Module i_module, uint32_t i_at, const uint8_t * i_params, uint32_t i_numParams, uint8_t i_result)
{
    M3Result result = m3Err_none;
    IM3FuncType type;
    u32 count = 0;

    _throwif (m3Err_unknownType, i_at >= i_module->numFuncTypes);
_   (AllocFuncType (& type, i_numParams + 1));

    if (i_result)
        type->types [count++] = value_type (i_result);

    type->numRets = count;
    type->numArgs = i_numParams;

    while (i_numParams--)
        type->types [count++] = value_type (* i_params++);

    while (count--)
        type->canonicalIndex = type->canonicalIndex * 5 + type->types [count];

    for (u32 i = 0; i < i_at; ++i)
    {
        IM3FuncType other = i_module->funcTypes [i];

        if (other->canonicalIndex == type->canonicalIndex and AreFuncTypesEqual (other, type))
        {
            m3_Free (type);
            i_module->funcTypes [i_at] = other;
            return result;
        }
    }

    type->next = i_module->environment->funcTypes;
    i_module->environment->funcTypes = type;
    i_module->funcTypes [i_at] = type;

    _catch: return result;
}

M3Result  aingle_wasm3_set_function  (IM3Module i_module, uint32_t i_at, uint32_t i_type, const uint8_t * i_wasm, const uint8_t * i_end)
{
    M3Result result = m3Err_none;

    _throwif (m3Err_unknownFunction, i_at >= i_module->numFunctions);
    _throwif (m3Err_unknownType, i_type >= i_module->numFuncTypes);

    IM3Function function = & i_module->functions [i_at];
    function->module = i_module;
    function->funcType = i_module->funcTypes [i_type];
    function->wasm = i_wasm;
    function->wasmEnd = i_end;

    _catch: return result;
}

M3Result  aingle_wasm3_set_global  (IM3Module i_module, uint32_t i_at, uint8_t i_type, bool i_isMutable, uint64_t i_bits)
{
    M3Result result = m3Err_none;

    _throwif (m3Err_unknownGlobal, i_at >= i_module->numGlobals);

    IM3Global global = & i_module->globals [i_at];
    global->type = value_type (i_type);
    global->isMutable = i_isMutable;

    /* Four bytes are read at the same address. */
    if (Is64BitType (global->type))
        global->i64Value = (i64) i_bits;
    else
        global->i32Value = (i32) i_bits;

    _catch: return result;
}

M3Result  aingle_wasm3_set_element  (IM3Module i_module, uint32_t i_at, uint32_t i_function)
{
    M3Result result = m3Err_none;

    _throwif (m3Err_unknownFunction, i_function >= i_module->numFunctions);
    _throwif (m3Err_unknownTable, i_at >= i_module->tables->size);

    i_module->tables->elements [i_at] = & i_module->functions [i_function];

    _catch: return result;
}

/* A memory without pages has a header, which the interpreter needs. */
M3Result  aingle_wasm3_set_memory  (IM3Module i_module, uint32_t i_pages, uint32_t i_maxPages, uint32_t i_limit)
{
    IM3Runtime runtime = i_module->runtime;

    runtime->memoryLimit = M3_MAX (i_limit, 1);
    runtime->memory.pageSize = d_m3DefaultMemPageSize;
    runtime->memory.maxPages = i_maxPages;

    return ResizeMemory (runtime, i_pages);
}

M3Result  aingle_wasm3_link  (IM3Module i_module, uint32_t i_import, M3RawCall i_call, void * i_userdata)
{
    if (i_import >= i_module->numFuncImports)
        return m3Err_functionLookupFailed;

    return CompileRawFunction (i_module, & i_module->functions [i_import], (const void *) i_call, i_userdata);
}

/* Says that a function is not compiled. Its code in the pages stays there. */
static void  forget  (IM3Function i_function)
{
    i_function->compiled = NULL;
    i_function->numConstantBytes = 0;
    m3_Free (i_function->constants);
}

/* Calls and nested blocks compare the native stack with a mark. Null is for none. */
static void  set_stack_mark  (IM3Runtime i_runtime, uint32_t i_nativeStack)
{
    uintptr_t here = (uintptr_t) m3_NativeStackPtr ();
    i_runtime->stackLimit = (here > i_nativeStack) ? (void *) (here - i_nativeStack) : NULL;
}

M3Result  aingle_wasm3_compile  (IM3Module i_module, uint32_t i_function, uint32_t i_nativeStack)
{
    M3Result result = m3Err_none;

    set_stack_mark (i_module->runtime, i_nativeStack);

    _throwif (m3Err_unknownFunction, i_function >= i_module->numFunctions);

    IM3Function function = & i_module->functions [i_function];

    if (not function->compiled)
    {
        result = CompileFunction (function);

        /* wasm3 says that a function is compiled before there is room for its constants. */
        if (result)
            forget (function);
    }

    _catch: return result;
}

void  aingle_wasm3_forget_code  (IM3Module i_module)
{
    IM3Runtime runtime = i_module->runtime;

    for (u32 i = 0; i < i_module->numFunctions; ++i)
        forget (& i_module->functions [i]);

    FreeCodePages (& runtime->pagesOpen);
    FreeCodePages (& runtime->pagesFull);
    runtime->numCodePages = runtime->numActiveCodePages = 0;
}

/* Calls a function of two parameters at most, which are of 32 bits. */
M3Result  aingle_wasm3_call  (IM3Module i_module, uint32_t i_function, const uint32_t i_args [2], uint32_t i_nativeStack, uint64_t * o_result)
{
    IM3Runtime runtime = i_module->runtime;
    M3Result result = aingle_wasm3_compile (i_module, i_function, i_nativeStack);

    if (not result)
    {
        IM3Function function = & i_module->functions [i_function];
        u64 * stack = runtime->stack;
        u64 * args = stack + function->funcType->numRets;

        * (u32 *) (args + 0) = i_args [0];
        * (u32 *) (args + 1) = i_args [1];

        result = RunCode (function->compiled, runtime->stack, runtime->memory.mallocated, d_m3OpDefaultArgs);
        * o_result = * stack;
    }

    return result;
}

uint8_t *  aingle_wasm3_memory  (IM3Runtime i_runtime, size_t * o_size)
{
    M3MemoryHeader * header = i_runtime->memory.mallocated;
    * o_size = header ? header->length : 0;

    return header ? m3MemData (header) : NULL;
}

IM3Runtime  aingle_wasm3_runtime  (IM3Module i_module)
{
    return i_module->runtime;
}

/* The value of a global, if it is mutable and of this type. */
void *  aingle_wasm3_global  (IM3Module i_module, uint32_t i_at, uint8_t i_type)
{
    if (i_at >= i_module->numGlobals)
        return NULL;

    IM3Global global = & i_module->globals [i_at];

    return (global->isMutable and global->type == value_type (i_type)) ? & global->i64Value : NULL;
}

#if d_aingleRefusedGrowth
/* By how many pages the memory would have grown, and has, if the last growth was refused; else 0. */
uint32_t  aingle_wasm3_refused  (IM3Module i_module, uint32_t * o_pages)
{
    * o_pages = i_module->runtime->memory.numPages;

    return i_module->runtime->refusedPages;
}

void  aingle_wasm3_forget_refused  (IM3Module i_module)
{
    i_module->runtime->refusedPages = 0;
}
#endif
