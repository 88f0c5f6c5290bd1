//! The README shows the example as it is compiled and tested.

const README: &str = include_str!("../../README.md");
const EXAMPLE: &str = include_str!("../../examples/steps/src/lib.rs");

/// A screen has about fifty lines.
const SCREEN: usize = 50;

#[test]
fn the_readme_shows_the_example() {
    let (plugin, tests) = EXAMPLE.split_once("#[cfg(test)]").unwrap();
    assert!(plugin.lines().count() <= SCREEN, "the example has {} lines", plugin.lines().count());
    for part in [plugin.trim(), tests.trim()] {
        assert!(README.contains(part), "the README lacks\n{part}");
    }
}
