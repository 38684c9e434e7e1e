//! What decides machine code besides the module.

use crate::config::EngineConfig;
use aingle_wasm_types::metering::RULES_VERSION;
use wasmer::sys::Target;

/// The versions and the processor that decide how machine code is made and read.
#[cfg(unix)]
pub(crate) fn toolchain() -> String {
    let target = Target::default();
    let mut features: Vec<String> = target.cpu_features().iter().map(|f| format!("{f:?}")).collect();
    features.sort_unstable();
    let (ours, wasmer) = (env!("CARGO_PKG_VERSION"), wasmer_types::VERSION);
    format!("{ours} {wasmer} {} {}", target.triple(), features.join(","))
}

/// The version of Cranelift, which Wasmer's does not decide alone.
#[cfg(feature = "cranelift")]
const CODE_GENERATOR: &str = cranelift_codegen::VERSION;
#[cfg(not(feature = "cranelift"))]
const CODE_GENERATOR: &str = "";

/// Everything but the module's bytes that decides what its machine code is: versions, compiler,
/// processor, limits.
pub(crate) fn identity(config: &EngineConfig) -> String {
    let target = Target::default();
    let mut features: Vec<String> = target.cpu_features().iter().map(|f| format!("{f:?}")).collect();
    features.sort_unstable();
    format!(
        "aingle_wasm_host {}\nwasmer {} {}\ncode {}\nmeter {}\ncompiler {:?}\ntarget {}\ncpu {}\nlimits {}\none nan {}\nprofile {}\nstatic {}\nmemory {}\nmodule {:?}\n",
        env!("CARGO_PKG_VERSION"),
        wasmer_types::VERSION,
        wasmer_compiler::VERSION,
        CODE_GENERATOR,
        aingle_wasm_metering::VERSION,
        config.compiler,
        target.triple(),
        features.join(","),
        limits(config),
        config.canonicalize_nans,
        config.profile,
        config.static_memory_bound,
        config.memory_limit,
        config.module_limits,
    )
}

/// By which rules and prices limits are put into modules, and the depth that the stack has room for: modules
/// that carry limits of their own are refused for it, too. How much fuel there is is no part of the code.
fn limits(config: &EngineConfig) -> String {
    let depth = config.depth_limit;
    match config.metered() {
        true => {
            let (prices, trust) = (config.prices.hash(), config.trust_carried_limits);
            format!("{RULES_VERSION} in pieces {prices:016x} {trust} {depth}")
        }
        false => format!("none {depth}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that another version wrote must be found under no name of this one.
    #[test]
    fn the_identity_names_every_version_that_decides_machine_code() {
        let identity = identity(&EngineConfig::default());
        let lock = include_str!("../../../Cargo.lock");
        for package in [
            "wasmer-types",
            "wasmer-compiler",
            "cranelift-codegen",
            "aingle_wasm_metering",
            "aingle_wasm_host",
        ] {
            let found: Vec<&str> = lock
                .split("[[package]]")
                .filter(|entry| entry.contains(&format!("name = \"{package}\"\n")))
                .filter_map(|entry| entry.split("version = \"").nth(1)?.split('"').next())
                .collect();
            let [version] = found[..] else { panic!("{package}: {found:?}") };
            assert!(identity.contains(version), "{package} {version}: {identity}");
        }
        let lines: Vec<&str> =
            identity.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
        for line in ["aingle_wasm_host", "wasmer", "code", "meter", "compiler", "target", "cpu", "limits"] {
            assert!(lines.contains(&line), "{line}: {identity}");
        }
        assert!(identity.contains(&format!("code {}\n", cranelift_codegen::VERSION)));
        assert!(identity.contains(&format!("meter {}\n", aingle_wasm_metering::VERSION)));
        let prices = aingle_wasm_metering::PriceList::default().hash();
        assert!(identity.contains(&format!("limits {RULES_VERSION} in pieces {prices:016x} ")), "{identity}");
    }
}
