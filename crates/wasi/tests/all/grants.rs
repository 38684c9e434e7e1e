//! Grants that are wrong, and what a program sees of right ones.

use crate::common::{expect, run, script_program, text};
use aingle_wasm_wasi::{Dir, ErrorKind, Grants, INTERFACES, Limits, Needs, Policy};

#[test]
fn variables_are_those_that_were_granted() {
    let env = |pairs: &[(&str, &str)]| Grants {
        env: pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        ..Grants::default()
    };
    expect(Grants::default(), &[("env", "")]);
    expect(env(&[("A", "1"), ("B", "x=y"), ("ä ö", "")]), &[("env", "A=1 B=x=y ä ö=")]);
    for (pairs, reason) in [
        (&[("A=B", "1")][..], "grant `A=B`: the name of a variable has no `=`"),
        (&[("", "1")], "grant ``: a variable has a name"),
        (&[("A", "1"), ("A", "2")], "grant `A`: the variable is there twice"),
        (&[("A", "a\0b")], "grant `A`: a variable has no zero byte"),
    ] {
        let error = script_program().run(&env(pairs)).expect_err("a wrong name");
        assert_eq!(error.to_string(), reason);
        assert_eq!(error.usage(), None);
    }
}

#[test]
fn directories_are_checked_before_anything_runs() {
    let error =
        |dirs| script_program().run(&Grants { dirs, ..Grants::default() }).expect_err("a wrong directory");
    let missing = error(vec![Dir::new("/no/such/folder", "/")]);
    assert!(
        matches!(missing.kind(), ErrorKind::Io { path: Some(path), .. } if path.ends_with("folder")),
        "{missing}"
    );
    assert!(matches!(error(vec![Dir::new(env!("CARGO_MANIFEST_DIR"), "")]).kind(), ErrorKind::Grant { .. }));
    let twice = error(vec![Dir::new(".", "."), Dir::new(".", "/")]);
    assert_eq!(twice.to_string(), "grant `/`: the guest finds `.` by the same name");
    assert!(matches!(error(vec![Dir::new("Cargo.toml", "/")]).kind(), ErrorKind::Io { .. }));
}

#[test]
fn unknown_interfaces_cannot_be_granted() {
    for name in ["wasi:nothing", "wasi:cli/nothing", "", "wasi:keyvalue"] {
        let error = script_program().run(&Grants { interfaces: vec![name.into()], ..Grants::default() });
        let error = error.expect_err("a wrong interface");
        assert!(matches!(error.kind(), ErrorKind::Grant { .. }), "{error}");
    }
}

#[test]
fn imports_of_a_module_that_are_nowhere_are_named() {
    let module = r#"(module
        (import "env" "log" (func))
        (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        (import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        (func $start (call 0)) (start $start)
        (func (export "_start")))"#;
    let program = text(module, &Limits::default());
    let names: Vec<_> = program.missing(&Grants::default()).into_iter().map(|missing| missing.name).collect();
    assert_eq!(names, ["env.log", "wasi_unstable.fd_write"]);
    let error = program.run(&Grants::default()).expect_err("not granted");
    assert_eq!(
        error.to_string(),
        "not granted: `env.log`, which nothing here offers; `wasi_unstable.fd_write`, which nothing here offers"
    );
    assert_eq!(error.usage(), None);
    let wrong = text(
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)) (func (export "_start")))"#,
        &Limits::default(),
    );
    assert!(matches!(
        wrong.run(&Grants::default()).expect_err("another type").kind(),
        ErrorKind::Invalid { .. }
    ));
}

#[test]
fn arguments_are_those_that_were_granted() {
    let ran = run(script_program(), &["program"], Grants::default());
    assert_eq!(ran.stdout, "guest\n");
    let error = script_program().run(&Grants { args: vec!["a\0b".into()], ..Grants::default() });
    assert!(matches!(error.expect_err("a zero byte").kind(), ErrorKind::Grant { .. }));
}

/// Returns a component that imports an interface, and does nothing.
fn importing(name: &str) -> String {
    format!(
        r#"(component
            (import "{name}" (instance))
            (core module $m (func (export "run") (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $run (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $run)))"#
    )
}

#[test]
fn every_interface_needs_what_its_policy_says() {
    for interface in INTERFACES {
        for name in interface.names {
            let import = format!("{}/{name}@0.{}.3", interface.package, interface.minor);
            let program = text(&importing(&import), &Limits::default());
            let needs = |grants: &Grants| program.missing(grants).pop().map(|missing| missing.needs);
            let package = interface.package.to_owned();
            let expected = match interface.policy {
                Policy::Granted => None,
                Policy::Dir => Some(Needs::Dir(package)),
                Policy::Net => Some(Needs::Net(package)),
                other => panic!("{other:?}"),
            };
            assert_eq!(needs(&Grants::default()), expected, "{import}");
            for granted in [interface.package.to_owned(), format!("{}/{name}", interface.package)] {
                let grants =
                    Grants { interfaces: vec![granted], default_interfaces: false, ..Grants::default() };
                assert_eq!(needs(&grants), None, "{import}");
                assert_eq!(program.run(&grants).expect("it runs").status, 0, "{import}");
            }
            assert!(needs(&Grants { default_interfaces: false, ..Grants::default() }).is_some(), "{import}");
        }
    }
}

#[test]
fn other_versions_and_other_interfaces_are_refused_by_name() {
    for (import, needs) in [
        ("wasi:cli/stdin@0.4.0", Needs::Version),
        ("wasi:cli/stdin@0.3.0-rc-2025-09-16", Needs::Version),
        ("wasi:io/streams@0.3.0", Needs::Version),
        ("wasi:clocks/timezone@0.3.0", Needs::Nothing),
        ("wasi:cli/stdin@0.2.0-rc-2023-12-05", Needs::Version),
        ("my:own/thing@1.0.0", Needs::Nothing),
        ("wasi:cli/other@0.2.0", Needs::Nothing),
    ] {
        let program = text(&importing(import), &Limits::default());
        let missing = program.missing(&Grants { interfaces: vec!["wasi:cli".into()], ..Grants::default() });
        assert_eq!(missing.len(), 1, "{import}");
        assert_eq!((missing[0].name.as_str(), &missing[0].needs), (import, &needs));
    }
}
