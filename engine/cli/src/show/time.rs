//! Times as people read them.

pub use sluice_core::report::time::{date_and_minute, of_day};

/// `1.2 s`, `12 s`, `3 m 05 s`, `2 h 10 m`: precise where it is short.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..10 => format!("{}.{} s", seconds, ms % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_precise_where_they_are_short() {
        let shown: Vec<String> = [0, 1_250, 12_999, 185_000, 7_830_000].map(span).to_vec();
        assert_eq!(shown, ["0.0 s", "1.2 s", "12 s", "3 m 05 s", "2 h 10 m"]);
    }
}
