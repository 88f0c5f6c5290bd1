//! A page as a large service shows it, in the plain subset that both decoders read: counters and gauges, no escapes,
//! no histograms, no timestamps.

use std::fmt::Write;

pub const SAMPLES: usize = 40_000;

const FAMILIES: usize = 50;
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
const STATUSES: [&str; 5] = ["200", "201", "404", "500", "503"];

/// About 5 MB, always the same.
pub fn generate() -> String {
    let mut page = String::new();
    for family in 0..FAMILIES {
        let kind = if family % 2 == 0 { "counter" } else { "gauge" };
        let name = format!("shop_orders_{family:02}_{}", if family % 2 == 0 { "total" } else { "seconds" });
        // Writing to a string does not fail.
        let _ = writeln!(page, "# HELP {name} What part {family} of the shop did.\n# TYPE {name} {kind}");
        for series in 0..SAMPLES / FAMILIES {
            let number = family * SAMPLES / FAMILIES + series;
            let _ = writeln!(
                page,
                "{name}{{instance=\"10.0.{}.{}:8080\",method=\"{}\",status=\"{}\",route=\"/orders/{series:04}\",\
                 zone=\"north-{}\"}} {}",
                series % 200,
                family,
                METHODS[series % METHODS.len()],
                STATUSES[series % STATUSES.len()],
                series % 3,
                value(number),
            );
        }
    }
    page
}

/// Whole numbers and fractions, as pages have them.
fn value(number: usize) -> f64 {
    let scattered = number.wrapping_mul(2_654_435_761) % 1_000_000_007;
    if number.is_multiple_of(3) { scattered as f64 } else { scattered as f64 / 64.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_size_it_is_said_to_have() {
        let page = generate();
        assert_eq!(page.lines().filter(|line| !line.starts_with('#')).count(), SAMPLES);
        assert!((4_750_000..5_250_000).contains(&page.len()), "{} bytes", page.len());
    }
}
