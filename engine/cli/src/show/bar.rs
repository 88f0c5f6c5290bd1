//! A share of traffic as a bar.

use sluice_core::model::shape::Weight;

/// Eighths of a cell, so that 0.5 % is seen in a bar of thirty cells.
const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The bar, always `width` cells wide. More than nothing is never shown as nothing.
pub fn bar(weight: Weight, width: usize) -> String {
    let eighths = (usize::from(weight.get()) * width * 8).div_ceil(1000);
    let (full, part) = (eighths / 8, eighths % 8);
    let mut bar = "█".repeat(full);
    if part > 0 {
        bar.push(PARTS[part]);
    }
    let shown = bar.chars().count();
    bar.push_str(&" ".repeat(width.saturating_sub(shown)));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_wide_as_asked_and_show_the_least_share() {
        let drawn = |per_mille| bar(Weight::per_mille(per_mille).unwrap(), 8);
        assert_eq!(
            [0, 1, 500, 999, 1000].map(drawn),
            ["        ", "▏       ", "████    ", "████████", "████████"]
        );
    }
}
