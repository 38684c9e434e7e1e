//! Names of functions and parameters.

use aingle_wasm_module::Module;

fn module() -> Vec<u8> {
    let text = r#"(module (import "env" "log" (func $log (param $code i32)))
        (func $add (param $left i32) (param $right i32) (result i32) (local $sum i32)
            (local.tee $sum (i32.add (local.get $left) (local.get $right))))
        (func $unnamed (param i32)))"#;
    wat::parse_str(text).unwrap()
}

#[test]
fn functions_and_their_parameters_have_names() {
    let wasm = module();
    let module = Module::parse(&wasm).unwrap();
    let functions: Vec<_> = module.function_names().collect();
    assert_eq!(functions, [(0, "log"), (1, "add"), (2, "unnamed")]);
    let locals: Vec<_> = module.local_names().collect();
    assert_eq!(locals, [(0, 0, "code"), (1, 0, "left"), (1, 1, "right"), (1, 2, "sum")]);
}

#[test]
fn a_damaged_section_has_fewer_names() {
    let wasm = module();
    // The section is the last; each cut leaves a module without it, or one whose section ends early.
    let section = wasm.windows(5).rposition(|bytes| bytes == b"\x04name").unwrap();
    for end in section + 5..wasm.len() {
        let mut cut = wasm[..end].to_vec();
        // Its length, of one byte, stands before the name.
        cut[section - 1] = (end - section) as u8;
        let module = Module::parse(&cut).unwrap();
        assert!(module.function_names().count() <= 3 && module.local_names().count() <= 4);
    }
}
