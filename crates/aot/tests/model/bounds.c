// What the sandbox of native images rests on, for a model checker. `tests/model.rs` puts the bodies of two Rust functions
// where the markers are, so that what is proved of them is the text that is compiled. `passes` and the runs of loads are written again here,
// as `emit/variables.rs` and `emit/cover.rs` have them.
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#define WORD ((uint64_t)1 << 32)

uint64_t nondet_u64(void);
uint32_t nondet_u32(void);

// `last_address` of `src/emit/access.rs`. False is `None`.
static bool last_address(uint64_t memory, uint64_t offset, uint64_t size, uint64_t *last) {
    LAST_ADDRESS
}

// `within` of the prelude, for `memory.fill` and `memory.copy`.
static bool within(uint32_t memory, uint32_t address, uint32_t len) {
    return WITHIN;
}

// What the specification asks for. In 64 bits no sum of three words wraps.
static bool allowed(uint64_t memory, uint64_t address, uint64_t offset, uint64_t size) {
    return address + offset + size <= memory;
}

static uint64_t a_size(void) {
    uint64_t size = nondet_u64();
    __ESBMC_assume(size == 1 || size == 2 || size == 4 || size == 8);
    return size;
}

// The code that is emitted for an access: an access without a last address traps, and a last one that no address exceeds is not
// compared.
static bool passes(bool some, uint64_t last, uint32_t address) {
    if (!some) return false;
    if (last < UINT32_MAX && address > last) return false;
    return true;
}

static void one_access(void) {
    uint64_t memory = nondet_u64(), offset = nondet_u64(), size = a_size(), last = 0;
    uint32_t address = nondet_u32();
    __ESBMC_assume(memory <= WORD && offset < WORD);
    bool some = last_address(memory, offset, size, &last);
    assert(passes(some, last, address) == allowed(memory, address, offset, size));
}

// Two loads of a run, in any order, of which the first is compared for both. A run of more has the same farthest end.
static void a_run_of_loads(void) {
    uint64_t memory = nondet_u64(), last = 0, own = 0;
    uint64_t first = nondet_u64(), second = nondet_u64(), first_size = a_size(), second_size = a_size();
    uint32_t address = nondet_u32();
    __ESBMC_assume(memory <= WORD && first < WORD && second < WORD);
    uint64_t end = first + first_size > second + second_size ? first + first_size : second + second_size;
    bool both = allowed(memory, address, first, first_size) && allowed(memory, address, second, second_size);
    // Where the farthest end has no last address, the load is compared alone, and so is the one behind it.
    if (!last_address(memory, first, first_size, &own)) return;
    if (last_address(memory, 0, end, &last)) assert(passes(true, last, address) == both);
    else assert(!both);
}

static void a_range(void) {
    uint32_t memory = nondet_u32(), address = nondet_u32(), len = nondet_u32();
    assert(within(memory, address, len) == ((uint64_t)address + (uint64_t)len <= memory));
    // No byte of a range that passes is outside.
    uint32_t place = nondet_u32();
    if (within(memory, address, len) && place < len) assert((uint64_t)address + place < memory);
}

int main(void) {
    one_access();
    a_run_of_loads();
    a_range();
    return 0;
}
