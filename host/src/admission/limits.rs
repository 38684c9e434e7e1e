//! The limits of modules, each a field.

/// Declares the limits: a struct with a field for each, and the fields as values.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $default:expr,)*) => {
        /// What a module may have, before any compiler sees it.
        ///
        /// Compilers take much more than linear time and memory for some shapes of code, so that a few kilobytes can
        /// cost minutes and gigabytes. Modules are counted in one pass over their bytes while they are validated; the
        /// first figure beyond its limit refuses the module with
        /// [`HostErrorKind::ModuleLimit`](crate::HostErrorKind::ModuleLimit), which names the field.
        ///
        /// The defaults take what compilers of languages make, modules of tens of megabytes included. For modules of
        /// strangers there are [`ModuleLimits::small`] and [`CompileProcess`](crate::CompileProcess). `u64::MAX` is no limit; the validator's own
        /// limits, which a field names where it has one, hold all the same. 0 refuses every module that has any.
        ///
        /// ```
        /// use aingle_wasm_host::{EngineConfig, ModuleLimits};
        ///
        /// let module_limits = ModuleLimits { module_bytes: 1 << 20, ..Default::default() };
        /// let config = EngineConfig { module_limits, ..Default::default() };
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct ModuleLimits {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Default for ModuleLimits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl ModuleLimits {
            /// All zero: what an empty module has, to be raised.
            pub(super) const NONE: Self = Self { $($name: 0,)* };

            /// No limit at all.
            pub const UNLIMITED: Self = Self { $($name: u64::MAX,)* };

            /// Limits for small modules of strangers, a few megabytes at most: the largest compilation takes some
            /// seconds a function, half a minute of one processor in all, and some hundred megabytes.
            #[must_use]
            pub fn small() -> Self {
                Self {
                    module_bytes: 4 << 20,
                    functions: 20_000,
                    function_bytes: 256 << 10,
                    live_values: 5_000_000,
                    function_work: 3_000_000,
                    module_work: 15_000_000,
                    ..Self::default()
                }
            }
        }

        /// The fields of [`ModuleLimits`].
        #[derive(Debug, Clone, Copy)]
        #[allow(non_camel_case_types)]
        pub(super) enum Field {
            $($name,)*
        }

        impl Field {
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            pub(super) fn of(self, limits: &ModuleLimits) -> u64 {
                match self {
                    $(Self::$name => limits.$name,)*
                }
            }

            pub(super) fn in_mut(self, limits: &mut ModuleLimits) -> &mut u64 {
                match self {
                    $(Self::$name => &mut limits.$name,)*
                }
            }
        }
    };
}

limits! {
    /// Bytes of the module. Default: 64 MiB.
    module_bytes = 64 << 20,
    /// Types. Default: 10,000 (validator: 1,000,000).
    types = 10_000,
    /// Parameters of a type. Default: 128 (validator: 1,000).
    params = 128,
    /// Results of a type. Default: 128 (validator: 1,000).
    results = 128,
    /// Parameters and results of all types together, and of each imported function once more: the compiler makes code
    /// for each. Default: 20,000.
    signature_values = 20_000,
    /// Imports. Default: 10,000 (validator: 1,000,000).
    imports = 10_000,
    /// Functions, imported ones included. Default: 200,000 (validator: 1,000,000).
    functions = 200_000,
    /// Tables, imported ones included. Default: 100 (validator: 100,000).
    tables = 100,
    /// Memories, imported ones included. Default: 100; the validator refuses a second one as a feature.
    memories = 100,
    /// Globals, imported ones included. Default: 50,000 (validator: 1,000,000).
    globals = 50_000,
    /// Exports. Default: 100,000 (validator: 1,000,000).
    exports = 100_000,
    /// Element segments. Default: 10,000 (validator: 100,000).
    element_segments = 10_000,
    /// Items of all element segments together. Default: 1,000,000.
    elements = 1_000_000,
    /// Data segments. Default: 100,000, which is also the validator's.
    data_segments = 100_000,
    /// Custom sections. Default: 1,000.
    custom_sections = 1_000,
    /// Bytes of a function's body. Default: 2 MiB (validator: 7,654,321).
    function_bytes = 2 << 20,
    /// Locals of a function, its parameters included. Default: 20,000 (validator: 50,000).
    locals = 20_000,
    /// How deep blocks, loops and `if`s of a function nest. Default: 5,000.
    nesting = 5_000,
    /// How deep loops of a function nest. Default: 200.
    loop_nesting = 200,
    /// Operands that wait on a function's stack at once. Default: 5,000.
    operands = 5_000,
    /// Targets of one `br_table`. Default: 20,000.
    table_targets = 20_000,
    /// Targets of all `br_table`s of a function. Default: 100,000.
    function_table_targets = 100_000,
    /// Arguments and results of all calls of a function together. Default: 400,000.
    call_values = 400_000,
    /// Ways of a function times what is alive on them. A way is each place where control may go, a target of a
    /// `br_table` included. Alive are the operands that wait there, and the locals that the function uses.
    /// Default: 20,000,000.
    live_values = 20_000_000,
    /// Estimated work on a function, in about the work on one simple instruction: 1 to 2 microseconds of one
    /// processor. Default: 20,000,000, which is about half a minute.
    function_work = 20_000_000,
    /// Estimated work on all functions, types and imports together, in the same unit. Default: 100,000,000, which is
    /// some minutes of one processor.
    module_work = 100_000_000,
}
