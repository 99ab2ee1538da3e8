//! What must not compile does not: one file for each way past a scope; [`the_right_way`] shows that they fail for what they
//! are about.
//!
//! `TRYBUILD=overwrite` rewrites the compiler's answers beside the files.

mod the_right_way;

#[test]
fn no_way_past_a_scope_compiles() {
    the_right_way::compiles();
    trybuild::TestCases::new().compile_fail("tests/compile_fail/no_*.rs");
}
