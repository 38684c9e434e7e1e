//! Settings that every engine's configuration has, one after another: the same words as on servers.

/// Writes the chained settings of a configuration. `$example` opens its documentation. `$trust` is the field by which it takes
/// limits that modules carry at their word, if it has one.
macro_rules! chained_settings {
    ($config:ident, $example:literal $(, $trust:ident)?) => {
        #[doc = "Settings that can be chained. Each replaces a field of the same meaning; the others keep theirs."]
        #[doc = ""]
        #[doc = "```"]
        #[doc = $example]
        #[doc = "```"]
        impl $config {
            /// Sets [`fuel`](Self::fuel), the fuel of one call. `None` for no limit.
            #[must_use]
            pub fn with_fuel(self, fuel: impl Into<Option<u64>>) -> Self {
                Self { fuel: fuel.into(), ..self }
            }

            /// Sets [`depth_limit`](Self::depth_limit), in units of 256 bytes of stack.
            #[must_use]
            pub fn with_depth(self, depth_limit: u32) -> Self {
                Self { depth_limit, ..self }
            }

            /// Sets [`memory_limit`](Self::memory_limit), in bytes.
            #[must_use]
            pub fn with_memory(self, memory_limit: u32) -> Self {
                Self { memory_limit, ..self }
            }

            $(
                /// Takes modules that carry limits at their word: [`trust_carried_limits`](Self::trust_carried_limits).
                #[must_use]
                pub fn with_trusted_limits(self) -> Self {
                    Self { $trust: true, ..self }
                }
            )?
        }
    };
}

pub(crate) use chained_settings;
