//! `sluice plan` on the demo's workflow, the whole process, beside `sluice --version`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::figure::{Bar, Failure, Figure, Row};
use crate::machine;
use crate::table::time;
use crate::times::{Times, by_turns, times_longer};

const RUNS: usize = 40;
const RUNS_FOR_PROCESSOR_TIME: u32 = 20;
/// The bar, in milliseconds.
const MOST_MS: f64 = 30.0;

/// The command, its state directory, and the workflow.
struct Bed {
    program: PathBuf,
    state: tempfile::TempDir,
    workflow: PathBuf,
}

pub fn measure() -> Result<Figure, Failure> {
    let bed = Bed::new()?;
    let started = Instant::now();
    // Compiles the shipped plugins into the state directory's cache.
    run(&mut bed.plan())?;
    let cold = started.elapsed();
    let mut plan = || run(&mut bed.plan());
    let mut version = || run(&mut bed.version());
    let times = by_turns(RUNS, 1, [&mut plan, &mut version])?;
    let processor = [processor_time(|| bed.plan())?, processor_time(|| bed.version())?];
    Ok(figure(&times, processor, cold))
}

fn figure([plan, version]: &[Times; 2], processor: [Duration; 2], cold: Duration) -> Figure {
    let row = |name: &str, [ours, theirs]: [Duration; 2]| {
        Row::ratio(name, (time(ours), time(theirs)), times_longer(ours, theirs))
    };
    let median_ms = plan.median().as_secs_f64() * 1e3;
    Figure {
        title: "`sluice plan` on the demo's workflow, warm cache, the whole process".to_owned(),
        beside: "`sluice --version`: what starting the program costs".to_owned(),
        rows: vec![
            row("median", [plan.median(), version.median()]).with(Bar::at_most(MOST_MS, median_ms, " ms")),
            row("p95", [plan.quantile(0.95), version.quantile(0.95)]),
            row("processor time", processor),
        ],
        notes: vec![
            format!(
                "{RUNS} runs of each by turns; processor time is the mean of {RUNS_FOR_PROCESSOR_TIME} more."
            ),
            format!("The first run of all, which compiled the plugins, took {}.", time(cold)),
        ],
    }
}

impl Bed {
    fn new() -> Result<Self, Failure> {
        let program = std::env::current_exe()?.with_file_name("sluice");
        if !program.is_file() {
            let program = program.display();
            return Err(
                format!("`{program}` is not there: `make bench` builds it, in the same profile").into()
            );
        }
        let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/shop.yaml").canonicalize()?;
        Ok(Self { program, state: tempfile::tempdir()?, workflow })
    }

    fn plan(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("plan").arg("--state").arg(self.state.path()).arg("-f").arg(&self.workflow);
        command
    }

    fn version(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--version");
        command
    }
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() && !output.stdout.is_empty() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{command:?}` ended with {}: {}", output.status, told.trim()).into())
}

/// On all cores together, each run. The kernel counts in ticks of 10 ms, so only many runs tell it.
fn processor_time(command: impl Fn() -> Command) -> Result<Duration, Failure> {
    let before = machine::childrens_time()?;
    for _ in 0..RUNS_FOR_PROCESSOR_TIME {
        run(&mut command())?;
    }
    Ok((machine::childrens_time()?.saturating_sub(before)) / RUNS_FOR_PROCESSOR_TIME)
}
