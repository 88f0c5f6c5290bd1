//! The machine that the figures are of, and how busy it is.

use std::fs::read_to_string;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::figure::Failure;

/// Ticks of `/proc` a second: fixed for programs, whatever the kernel's own clock.
const TICKS: u64 = 100;

/// Processor, cores and load on one line.
pub fn describe() -> Result<String, Failure> {
    let about = read_to_string("/proc/cpuinfo")?;
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unnamed processor", |(_, model)| model);
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{model}, {cores} cores\n{}", load()?))
}

/// How many programs wanted a core; above the number of cores, absolute times say little.
pub fn load() -> Result<String, Failure> {
    let loads = read_to_string("/proc/loadavg")?;
    let mut loads = loads.split_whitespace();
    let mut next = || loads.next().unwrap_or("?");
    Ok(format!("load {} over the last minute, {} over five, {} over fifteen", next(), next(), next()))
}

/// As many open files as this user may have, for this process and those that it starts. Where they are too few, what
/// needs them says so.
pub fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Processor time of all children that ended.
pub fn childrens_time() -> Result<Duration, Failure> {
    let stat = read_to_string("/proc/self/stat")?;
    let ticks = ticks_of_children(&stat).ok_or("`/proc/self/stat` can not be read")?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}

/// The 16th and 17th field; the second, in parentheses, may hold anything.
fn ticks_of_children(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(13).map(|field| field.parse::<u64>().ok());
    Some(fields.next()?? + fields.next()??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_childrens_ticks_are_found_after_any_name() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 88 40 0 0 5 6 70 8 20 0 1 0 400 9 9";
        assert_eq!(ticks_of_children(stat), Some(78));
    }
}
