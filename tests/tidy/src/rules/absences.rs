//! What the pure crates do not do: read a clock, the environment, files or the network, or start anything.

use crate::finding::Finding;
use crate::tree::File;

const PURE: [&str; 4] =
    ["engine/core/src/", "engine/metrics/src/", "engine/statistics/src/", "engine/policy/src/"];

const IMPURE: [&str; 14] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "thread::sleep",
    "std::fs",
    "File::open",
    "std::process",
    "std::env",
    "env::var",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
];

pub fn check(file: &File) -> Vec<Finding> {
    if !PURE.iter().any(|folder| file.path.starts_with(folder)) {
        return Vec::new();
    }
    let code = file.lines().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(number, line)| {
        IMPURE.iter().filter(move |word| line.contains(**word)).map(move |word| (number, word))
    })
    .map(|(number, word)| {
        let remedy = "take time, bytes and seeds as arguments; the runner does the rest";
        Finding::new(&file.path, number, format!("`{word}` in a pure crate"), remedy)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&File { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn a_clock_in_the_core_is_found_and_one_in_the_runner_is_not() {
        let text = "//! x\nfn now() -> u64 { std::time::SystemTime::now(); 0 }\n";
        assert_eq!(found("engine/core/src/a.rs", text), 1);
        assert_eq!(found("engine/runner/src/a.rs", text), 0);
        assert_eq!(found("engine/core/src/a.rs", "// no SystemTime here\n"), 0);
    }
}
