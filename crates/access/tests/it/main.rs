//! What must not compile does not: one file for each way past a scope.
//!
//! `TRYBUILD=overwrite` rewrites the compiler's answers beside the files.

#[test]
fn no_way_past_a_scope_compiles() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile_fail/the_right_way.rs");
    cases.compile_fail("tests/compile_fail/no_*.rs");
}
