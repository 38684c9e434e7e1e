//! What the compiler says about host functions and handles of the wrong types.

#[test]
fn rejected_types_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
