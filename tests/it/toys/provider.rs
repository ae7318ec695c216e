//! A provider with a wire of its own, `oracle`: see the recipe "Add a provider" in CONTRIBUTING.md.

use std::fs;
use std::path::Path;

use super::patch;

#[test]
fn a_provider_is_added_as_contributing_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("tests/toys/provider.patch")).expect("the patch");
    let (touched, named) = (patch::files(root, &text), patch::recipe(root, "Add a provider", "oracle"));
    assert!(!touched.is_empty(), "the patch touches no file");
    assert_eq!(
        touched, named,
        "left: the files that the patch touches; right: those that CONTRIBUTING.md names"
    );
}
