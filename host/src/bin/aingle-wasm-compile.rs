//! Compiles a module for `CompileProcess` and ends. It is started by the host, never by people.

fn main() -> std::process::ExitCode {
    aingle_wasm_host::serve_compile_requests();
    eprintln!(
        "aingle-wasm-compile is started by a host that compiles in another process: see `CompileProcess`"
    );
    std::process::ExitCode::from(2)
}
