//! Tables: columns as wide as their widest cell, nothing around them.

use super::style::{BOLD, painted};

/// Prints rows under headings. Cells may come from outside.
pub fn table(headings: &[&str], rows: Vec<Vec<String>>) {
    let row = |row: Vec<String>| row.iter().map(|cell| super::safe(cell)).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(row).collect();
    for line in drawn(headings, &rows) {
        super::line(&line);
    }
}

fn drawn(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let draw = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> =
            cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut lines = vec![painted(BOLD, draw(&mut headings.iter().copied()))];
    lines.extend(rows.iter().map(|row| draw(&mut row.iter().map(String::as_str))));
    lines
}
