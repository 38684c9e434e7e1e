use @crate@_types::Empty;
use aingle_wasm_host::prelude::*;
use std::error::Error;

/// A guest that was loaded: calls are limited in fuel, memory and time.
pub struct Guest {
    instance: WasmInstance,
    mean: Func<(&'static [f32],), Result<f32, Empty>>,
}

impl Guest {
    /// Compiles the module and compares its types with ours.
    pub fn load(wasm: &[u8]) -> Result<Self, HostError> {
        let engine = WasmEngine::new(EngineConfig { metering_limit: 1_000_000_000, ..Default::default() })?;
        let mut instance = WasmInstance::new(&engine, &engine.compile(wasm)?)?;
        let mean = instance.func("mean")?;
        Ok(Self { instance, mean })
    }

    /// Calls the guest. The inner `Err` is its own.
    pub fn mean(&mut self, readings: &'static [f32]) -> Result<Result<f32, Empty>, HostError> {
        self.mean.call(&mut self.instance, (readings,))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which module? pass the path of the .wasm file")?;
    let mut guest = Guest::load(&std::fs::read(path)?)?;
    println!("{:?}", guest.mean(&[20.0, 21.5])?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// The guest, built as the README says, in a folder of its own: Cargo holds the lock of this one.
    fn wasm() -> Vec<u8> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let target = format!("{root}/target/guest-of-tests");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--package", "@name@", "--target", "wasm32v1-none", "--profile", "guest", "--target-dir"])
            .arg(&target)
            .current_dir(root)
            .status()
            .expect("cargo runs");
        assert!(built.success(), "rustup target add wasm32v1-none");
        std::fs::read(format!("{target}/wasm32v1-none/guest/@crate@.wasm")).expect("the module")
    }

    #[test]
    fn the_guest_answers() {
        let mut guest = Guest::load(&wasm()).expect("it loads");
        assert_eq!(guest.mean(&[20.0, 21.0]).expect("it runs"), Ok(20.5));
        assert_eq!(guest.mean(&[]).expect("it runs"), Err(Empty { expected: 1 }));
    }
}
