//! Every rejected form, and what is said about it.

#[test]
fn a09_rejected_forms_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
