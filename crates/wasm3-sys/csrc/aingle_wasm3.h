/* What the crate calls of wasm3. `src/sys.rs` declares the same functions in Rust. */

#ifndef AINGLE_WASM3_H
#define AINGLE_WASM3_H

#include <stdbool.h>
#include "wasm3.h"

/* How many items of each kind a module has. */
typedef struct AingleCounts
{
    uint32_t    types;
    uint32_t    functions;
    uint32_t    imports;
    uint32_t    globals;
    uint32_t    elements;
    bool        hasTable;
    bool        hasMemory;
}
AingleCounts;

/* What the compiler needs for a function, as the validation counts it. */
typedef struct AingleRequirements
{
    /* How far the validation came, in bytes from the beginning of the function. */
    uint32_t    offset;
    /* The most operands. */
    uint32_t    operands;
    /* The most variables, operands and places for results of blocks. */
    uint32_t    values;
    /* The most slots. */
    uint32_t    slots;
    /* How deep blocks are nested. */
    uint32_t    nesting;
    /* How many steps the compiler takes. */
    uint64_t    steps;
}
AingleRequirements;

IM3Module       aingle_wasm3_new            (const AingleCounts * i_counts, uint32_t i_stackSlots);
void            aingle_wasm3_free           (IM3Module i_module);

M3Result        aingle_wasm3_set_type       (IM3Module i_module, uint32_t i_at, const uint8_t * i_params, uint32_t i_numParams, uint8_t i_result);
M3Result        aingle_wasm3_set_function   (IM3Module i_module, uint32_t i_at, uint32_t i_type, const uint8_t * i_wasm, const uint8_t * i_end);
M3Result        aingle_wasm3_set_global     (IM3Module i_module, uint32_t i_at, uint8_t i_type, bool i_isMutable, uint64_t i_bits);
M3Result        aingle_wasm3_set_element    (IM3Module i_module, uint32_t i_at, uint32_t i_function);
M3Result        aingle_wasm3_set_memory     (IM3Module i_module, uint32_t i_pages, uint32_t i_maxPages, uint32_t i_limit);

M3Result        aingle_wasm3_validate       (IM3Module i_module, uint32_t i_function, AingleRequirements * o_requirements);
M3Result        aingle_wasm3_link           (IM3Module i_module, uint32_t i_import, M3RawCall i_call, void * i_userdata);
M3Result        aingle_wasm3_compile        (IM3Module i_module, uint32_t i_function, uint32_t i_nativeStack);
void            aingle_wasm3_forget_code    (IM3Module i_module);
M3Result        aingle_wasm3_call           (IM3Module i_module, uint32_t i_function, const uint32_t i_args [2], uint32_t i_nativeStack, uint64_t * o_result);

uint8_t *       aingle_wasm3_memory         (IM3Runtime i_runtime, size_t * o_size);
IM3Runtime      aingle_wasm3_runtime        (IM3Module i_module);
void *          aingle_wasm3_global         (IM3Module i_module, uint32_t i_at, uint8_t i_type);

#if d_aingleRefusedGrowth
uint32_t        aingle_wasm3_refused        (IM3Module i_module, uint32_t * o_pages);
void            aingle_wasm3_forget_refused (IM3Module i_module);
#endif

#endif
