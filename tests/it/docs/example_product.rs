//! The tutorial's code, `examples/requirements-assistant`, is a crate of its own, which `.ci/run` tests. Its files are
//! checked here, too, so that a change of a sentence or a key is found before that.

use std::process::Command;

use super::pages::root;

#[test]
fn the_files_of_the_example_product_have_no_mistakes() {
    let folder = root().join("examples/requirements-assistant");
    let mut check = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    let output = check.args(["alignspec", "check"]).current_dir(folder).output().expect("it runs");
    let told =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{told}");
    assert_eq!(told.trim(), "no mistakes: 2 roles, 3 tasks, 7 checks, 11 tests");
}
