use aingle_wasm_host_core::HostFunctions;

fn main() {
    let mut functions = HostFunctions::<()>::new();
    let _ = functions.register("untyped", |_: &mut (), k| k);
}
