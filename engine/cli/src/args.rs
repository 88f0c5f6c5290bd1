//! The arguments. The doc comments here are the help texts.

pub mod metrics;
pub mod policy;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::TABLE;

pub use metrics::{Lint, MetricsCommand, Query};
pub use policy::PolicyCommand;

/// Decides, step by step, whether a deployment may go on.
///
/// Strategies, health checks and rollback decisions are sandboxed WebAssembly plugins; guardrails are CEL
/// policies; both judge scraped metrics. Every decision is journaled with what it rests on.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, after_help = TABLE, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct Global {
    /// Where journals, gateways and compiled plugins are kept [default: ~/.local/state/sluice]
    #[arg(long, global = true, env = "SLUICE_STATE", hide_env_values = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Output::Human)]
    pub output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people: colours and a live view where there is a terminal, plain lines elsewhere
    Human,
    /// For programs: one JSON object a line, versioned
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a release to its end: promoted, rolled back, or waiting
    #[command(after_help = TABLE)]
    Run(Run),
    /// Check the workflow and print what a release would do, without doing any of it; or rehearse its beginning
    Plan(Plan),
    /// Take up a release that was paused, interrupted, or whose engine died
    #[command(after_help = TABLE)]
    Resume(Resume),
    /// List releases, the latest first
    History(History),
    /// Show one release: where it stands, and every event
    Show(One),
    /// Write the record of a release: every verdict with its values, every decision with its reasons
    Report(Report),
    /// Compare two releases: their plans, the time and the measurements of each step, what was decided
    Compare(Compare),
    /// Give the approval that a release waits for
    Approve(Approve),
    /// Hold a release where it is; failing checks still roll it back
    Pause(Word),
    /// Go back to stable, and end the release
    Abort(Abort),
    /// Skip what is left of the step's waiting; a failed or missing verdict still holds
    ///
    /// Where soft rules refuse what is next, a word with `--comment` goes by these rules instead, and skips no waiting (with `--full`, it does both).
    /// A hard rule refuses still.
    Promote(Promote),
    /// List and inspect plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Check, try out and test policies; explain what they said, and ask others what they would have said
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Try out what checks rest on: hold a metrics page to its rules, ask a query
    #[command(subcommand)]
    Metrics(MetricsCommand),
    /// Try a command as a target, and print what a proxy must have to be one
    #[command(subcommand)]
    Target(TargetCommand),
    /// Print the JSON Schema of a document, for editors
    Schema {
        #[arg(value_enum)]
        document: Document,
    },
    /// Print completions for a shell
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Serve a service's traffic: the process behind the `gateway` target
    ///
    /// `sluice run` starts it when it is not there; an init system may as well.
    Gateway(Gateway),
}

/// The documents of a release.
#[derive(Debug, Args)]
pub struct Documents {
    /// The workflow file
    #[arg(short, long, value_name = "FILE", value_parser = crate::place::path)]
    pub file: PathBuf,
    /// Lay a value over the workflow: `candidate.version=v3`, `candidate.env.MODE=fast`
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Why this release is made, for the record
    #[arg(long, default_value = "", hide_default_value = true, value_parser = crate::place::remark)]
    pub comment: String,
    /// Who makes it, for the record
    #[arg(long, env = "SLUICE_WHO", hide_env_values = true, default_value_t = crate::place::user(), value_parser = crate::place::person)]
    pub who: String,
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub documents: Documents,
    #[command(flatten)]
    pub leave: Leave,
}

/// When to leave a release that has not ended.
#[derive(Debug, Args)]
pub struct Leave {
    /// Leave, with exit code 5, as soon as the release waits for a person
    #[arg(long)]
    pub exit_on_wait: bool,
    /// Leave, with exit code 5, after this time (`90s`, `30m`); the release stays open. A way back is finished first
    #[arg(long, value_name = "TIME", value_parser = crate::place::some_time)]
    pub timeout: Option<u64>,
    /// What Ctrl-C or SIGTERM does the first time; the second time the release is left as it is, at once
    #[arg(long, value_name = "WHAT", default_value = "pause")]
    pub on_interrupt: OnInterrupt,
    /// Make faults happen, to test recovery
    #[arg(long, hide = true, env = "SLUICE_FAULT", default_value = "")]
    pub fault: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnInterrupt {
    /// Pause, and leave a release that can be resumed
    Pause,
    /// Go back to stable, and end
    Abort,
}

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub documents: Documents,
    /// Try the way there and back on the target: the first step's instances come up without traffic, and go again
    ///
    /// Nobody is exposed, no job is run, nobody is told. Needs what a release needs, and ends with 0 if the
    /// instances came up and stable was seen to be as before.
    #[arg(long)]
    pub rehearse: bool,
    /// Make faults happen, to test recovery
    #[arg(long, hide = true, env = "SLUICE_FAULT", default_value = "")]
    pub fault: String,
}

#[derive(Debug, Args)]
pub struct Resume {
    /// The release; the one under way when there is only one
    #[arg(value_parser = crate::place::id)]
    pub release: Option<String>,
    /// Who resumes it
    #[arg(long, env = "SLUICE_WHO", hide_env_values = true, default_value_t = crate::place::user(), value_parser = crate::place::person)]
    pub who: String,
    #[command(flatten)]
    pub leave: Leave,
}

#[derive(Debug, Args)]
pub struct History {
    /// Only releases of this service
    #[arg(long)]
    pub service: Option<String>,
    /// Only releases into this environment
    #[arg(long)]
    pub environment: Option<String>,
    /// Only releases of this version
    #[arg(long)]
    pub version: Option<String>,
    /// Only releases that this person made
    #[arg(long)]
    pub who: Option<String>,
    /// Only releases that ended so
    #[arg(long, value_enum)]
    pub outcome: Option<Ended>,
    /// Only releases by this strategy plugin
    #[arg(long)]
    pub strategy: Option<String>,
    /// Only releases with this label
    #[arg(long, value_name = "NAME=VALUE", value_parser = crate::place::label)]
    pub label: Option<(String, String)>,
    /// Only releases with this ticket on record
    #[arg(long)]
    pub ticket: Option<String>,
    /// Only releases begun since then (`2026-11-23`, `2026-11-23T12:00` in UTC, `7d` ago)
    #[arg(long, value_name = "WHEN", value_parser = crate::place::moment)]
    pub since: Option<u64>,
    /// Only releases begun before then
    #[arg(long, value_name = "WHEN", value_parser = crate::place::moment)]
    pub until: Option<u64>,
    /// At most so many
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// How releases ended, and those that have not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ended {
    Open,
    Promoted,
    RolledBack,
    Aborted,
    Abandoned,
    Refused,
    Rehearsed,
}

#[derive(Debug, Args)]
pub struct Compare {
    /// The first release, by its id or the beginning of it
    #[arg(value_parser = crate::place::id)]
    pub one: String,
    /// The second one
    #[arg(value_parser = crate::place::id)]
    pub other: String,
}

#[derive(Debug, Args)]
pub struct One {
    /// The release, by its id or the beginning of it
    #[arg(value_parser = crate::place::id)]
    pub release: String,
}

#[derive(Debug, Args)]
pub struct Report {
    /// The release, by its id or the beginning of it
    #[arg(value_parser = crate::place::id)]
    pub release: String,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,
    /// Write all forms into this folder: `report.html`, `report.md`, `report.json` and the pictures `timeline.svg`
    /// and `checks.svg`
    #[arg(long, value_name = "DIR", value_parser = crate::place::path, conflicts_with = "format")]
    pub output_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Markdown,
    Json,
    /// A page for a browser, with the pictures: the release over time, and what each check saw
    Html,
    /// A picture: shares, verdicts and decisions over time
    Svg,
}

/// A person's word to end a release.
#[derive(Debug, Args)]
pub struct Abort {
    #[command(flatten)]
    pub word: Word,
    /// End it here and leave the target as it is, whatever it serves: for a target that can not be had any more
    #[arg(long)]
    pub abandon: bool,
}

/// A person's word.
#[derive(Debug, Args)]
pub struct Word {
    /// The release, by its id or the beginning of it
    #[arg(value_parser = crate::place::id)]
    pub release: String,
    /// Why, for the record
    #[arg(long, default_value = "", hide_default_value = true, value_parser = crate::place::remark)]
    pub comment: String,
    /// Whose word it is
    #[arg(long, env = "SLUICE_WHO", hide_env_values = true, default_value_t = crate::place::user(), value_parser = crate::place::person)]
    pub who: String,
}

#[derive(Debug, Args)]
pub struct Promote {
    #[command(flatten)]
    pub word: Word,
    /// Skip the waiting of every step to come too; never that of the watch over full traffic
    #[arg(long)]
    pub full: bool,
}

#[derive(Debug, Args)]
pub struct Approve {
    #[command(flatten)]
    pub word: Word,
    /// Which approval or acceptance it is, by its name; without it, the one that is waited for
    #[arg(long, value_name = "NAME")]
    pub job: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// List the plugins that come with this binary
    List,
    /// Show what a plugin says of itself, and the JSON Schema of its config
    Inspect {
        /// Name of a bundled plugin, or path of a component
        plugin: String,
        /// A JSON config to describe it with; without it, what it says of itself under any
        #[arg(long, default_value = "", hide_default_value = true)]
        config: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum TargetCommand {
    /// Try whether a command holds to all that a target must
    ///
    /// It is used for real, under a service's name of its own, and left with nothing. Ends with 0 if every requirement
    /// is met, with 1 if one is not, with 2 for wrong usage.
    Test(TargetTest),
    /// Print what the proxy that a workflow names must have in its configuration
    ///
    /// The files that it reads are made where they are not there.
    Config(TargetConfig),
}

#[derive(Debug, Args)]
pub struct TargetConfig {
    /// The workflow that names the proxy as its target
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// Lay a value over the workflow
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct TargetTest {
    /// The workflow that names the command as its target
    #[arg(short, long, value_name = "FILE", required_unless_present = "command")]
    pub file: Option<PathBuf>,
    /// Lay a value over the workflow
    #[arg(long, value_name = "PATH=VALUE", requires = "file")]
    pub set: Vec<String>,
    /// The command itself with all its words, where there is no workflow yet; it comes last
    #[arg(long, value_name = "WORD", num_args = 1.., allow_hyphen_values = true, conflicts_with = "file")]
    pub command: Vec<String>,
    /// A variable that the command is given beside PATH and HOME
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "file")]
    pub env: Vec<String>,
    /// The name under which the platform is used [default: the workflow's with `-conformance`]
    #[arg(long)]
    pub service: Option<String>,
    /// How long a shape may take to be in effect
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = crate::place::duration)]
    pub within: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Document {
    Workflow,
    Policy,
}

#[derive(Debug, Args)]
pub struct Gateway {
    /// Name of the service
    #[arg(long)]
    pub service: String,
    /// Where its record, socket and logs are [default: below the state directory]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Where users reach the service
    #[arg(long, required_unless_present = "stop")]
    pub listen: Option<SocketAddr>,
    /// The proxy that splits the traffic in its place, as JSON
    #[arg(long, value_name = "JSON", hide = true)]
    pub proxy: Option<String>,
    /// Drain and end the gateway that runs, and everything it owns
    #[arg(long)]
    pub stop: bool,
}
