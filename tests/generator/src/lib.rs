//! Random modules for tests, each a function of its seed.
#![forbid(unsafe_code)]

mod locals;
pub mod shapes;
mod short_loops;

pub use locals::locals;

use arbitrary::Unstructured;
pub use wasm_smith::Config;

/// Random bytes of a seed.
#[must_use]
pub fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8)).flat_map(|_| next()).take(len).collect()
}

/// The module of a seed, with a short loop in each function; nothing when the generator has none for it.
#[must_use]
pub fn module(config: Config, seed: u64) -> Option<Vec<u8>> {
    let bytes = bytes(seed, 4096);
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(&bytes)).ok()?;
    Some(short_loops::plant(&module.to_bytes(), seed))
}

/// WebAssembly 1.0 with mutable globals, which every engine runs. NaNs are made canonical by the module itself.
#[must_use]
pub fn portable() -> Config {
    Config {
        bulk_memory_enabled: false,
        reference_types_enabled: false,
        multi_value_enabled: false,
        saturating_float_to_int_enabled: false,
        sign_extension_ops_enabled: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        extended_const_enabled: false,
        custom_page_sizes_enabled: false,
        compact_imports_enabled: false,
        max_memories: 1,
        max_tables: 1,
        table_max_size_required: true,
        canonicalize_nans: true,
        ..Config::default()
    }
}

/// Modules of a few functions with one memory, which import one function if a module that has it is given.
#[must_use]
pub fn functions(base: Config, host: Option<Vec<u8>>) -> Config {
    Config {
        max_imports: if host.is_some() { 2 } else { 0 },
        available_imports: host,
        min_funcs: 2,
        max_funcs: 10,
        // Without a type there is no function.
        min_types: 1,
        max_instructions: 250,
        min_memories: 1,
        max_table_elements: 100,
        max_data_segments: 2,
        ..base
    }
}

/// WebAssembly 2.0 without SIMD, whose interpreter may lack it.
#[must_use]
pub fn second() -> Config {
    Config {
        bulk_memory_enabled: true,
        reference_types_enabled: true,
        multi_value_enabled: true,
        saturating_float_to_int_enabled: true,
        sign_extension_ops_enabled: true,
        max_tables: 2,
        ..portable()
    }
}
