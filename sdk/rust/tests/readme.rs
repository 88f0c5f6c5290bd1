//! The README shows the examples as they are compiled and tested.

const README: &str = include_str!("../../README.md");
const STRATEGY: &str = include_str!("../../examples/steps/src/lib.rs");
const HEALTH_CHECK: &str = include_str!("../../examples/headroom/src/lib.rs");
const ROLLBACK: &str = include_str!("../../examples/quorum/src/lib.rs");

/// A screen has about fifty lines.
const SCREEN: usize = 50;

#[test]
fn the_readme_shows_a_strategy_on_one_screen_with_its_tests() {
    let (plugin, tests) = STRATEGY.split_once("#[cfg(test)]").unwrap();
    assert!(plugin.lines().count() <= SCREEN, "the example has {} lines", plugin.lines().count());
    for part in [plugin.trim(), tests.trim()] {
        assert!(README.contains(part), "the README lacks\n{part}");
    }
}

#[test]
fn the_readme_shows_a_plugin_of_each_other_kind() {
    for example in [HEALTH_CHECK, ROLLBACK] {
        let (plugin, _) = example.split_once("#[cfg(test)]").unwrap();
        assert!(README.contains(plugin.trim()), "the README lacks\n{}", plugin.trim());
    }
}
