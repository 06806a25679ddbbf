//! What the compiler says: `pass/` must compile and run, `fail/` holds only our own words, `fail-rustc/` those of the
//! compiler that `rust-toolchain.toml` pins.
//!
//! One fixture: `cargo test -p ui-tests -- compiler trybuild=WF1101`. New ones: write the `.rs`, run with `TRYBUILD=overwrite`, read the
//! `.stderr` as a user would.

#[test]
fn the_compiler_says_what_people_need() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/**/*.rs");
    cases.compile_fail("tests/fail/**/*.rs");
    cases.compile_fail("tests/fail-rustc/**/*.rs");
}
