//! The arguments of `sluice policy`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use crate::exit::POLICY_TABLE;

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Load policies with their cases, and tell everything that is wrong with them
    ///
    /// What is not wrong and surely not meant is told too; with `--strict` that is a failure.
    #[command(after_help = POLICY_TABLE)]
    Check(Check),
    /// Evaluate one expression, or a set of policies, against a context: to try things out
    ///
    /// Ends with 0 if everything passes, with 3 if something fails, with 6 if a value is missing to tell, with 7 if
    /// something can not be evaluated; the worst counts. Advisory rules are told and count for nothing.
    #[command(after_help = POLICY_TABLE)]
    Eval(Eval),
    /// Run the cases of policies, in their documents and in `tests/POLICY/*.yaml` beside them
    #[command(after_help = POLICY_TABLE)]
    Test(Test),
    /// List policies: rules, releases they are for, parameters, waivers, digest
    List(Paths),
    /// Print what rules can see, with types
    Context,
    /// Make a policy with a case that passes, to begin with
    New(New),
    /// Tell why rules of a release came out as they did, with the value of each part of them
    Explain(Explain),
    /// Write what rules of a release saw as a case, or as a context that cases build on
    Record(Record),
    /// Ask other policies what they would have said to the decisions of releases that were
    ///
    /// Without `--policies`, each release's own are asked again: they say the same, as they rest on the journal alone.
    Replay(Replay),
}

/// Policies by file or folder.
#[derive(Debug, Args)]
pub struct Paths {
    /// Policies, or folders of them
    #[arg(value_name = "PATH", default_value = "policies", value_parser = crate::place::path)]
    pub paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    pub paths: Paths,
    /// Hints and ended waivers are a failure too
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["expression", "policies"])))]
pub struct Eval {
    /// An expression in CEL; without it the policies of `--policies` are evaluated
    pub expression: Option<String>,
    /// Policies, or folders of them
    #[arg(long, value_name = "PATH", num_args = 1.., value_parser = crate::place::path)]
    pub policies: Vec<PathBuf>,
    /// What they see, in YAML or JSON; `now` is the present moment where it is not written
    #[arg(long, value_name = "FILE", value_parser = crate::place::path)]
    pub context: Option<PathBuf>,
    /// The moment at which the policies are asked
    #[arg(long, value_enum, default_value_t = At::Shape)]
    pub on: At,
    /// Print the value of each part of the rules as well
    #[arg(long)]
    pub explain: bool,
}

/// When rules are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum At {
    Admission,
    Shape,
    Promotion,
    Rollback,
    Override,
}

#[derive(Debug, Args)]
pub struct Test {
    #[command(flatten)]
    pub paths: Paths,
    /// Only cases whose `policy/case` has this in it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub filter: String,
    /// Tell which rules were not seen to pass and to fail, and which conditions in them not true and false; such is a
    /// failure
    #[arg(long)]
    pub coverage: bool,
    /// Make the rules slightly wrong, and name each change that no case notices; such is a failure
    #[arg(long)]
    pub mutate: bool,
    /// How the results are printed
    #[arg(long, value_enum, default_value_t = Form::Human)]
    pub format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Human,
    Json,
    Junit,
    Sarif,
    Tap,
}

#[derive(Debug, Args)]
pub struct New {
    /// Name of the policy: lower-case letters, digits and `-`
    pub name: String,
    /// The folder it goes into
    #[arg(long, value_name = "DIR", default_value = "policies", value_parser = crate::place::path)]
    pub dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// The release, by its id or the beginning of it
    #[arg(value_parser = crate::place::id)]
    pub release: String,
    /// A policy, a rule, or `policy/rule`; without it, the rules that refused
    pub rule: Option<String>,
}

#[derive(Debug, Args)]
pub struct Record {
    /// The release, by its id or the beginning of it
    #[arg(value_parser = crate::place::id)]
    pub release: String,
    /// Write a case of this policy, with what its rules said; without it, the context alone
    #[arg(long, value_name = "NAME")]
    pub policy: Option<String>,
    /// The last time that rules were asked at this moment
    #[arg(long, value_enum)]
    pub on: Option<At>,
    /// The time of this record in the journal, as `sluice show --output json` numbers them
    #[arg(long, value_name = "NUMBER", conflicts_with = "on")]
    pub record: Option<u64>,
}

#[derive(Debug, Args)]
pub struct Replay {
    /// Releases that began since then: `2026-11-23`, or so long ago, `30d` or `12h`
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = crate::place::moment)]
    pub since: u64,
    /// The policies that are asked, by file or folder
    #[arg(long, value_name = "PATH", num_args = 1.., value_parser = crate::place::path)]
    pub policies: Vec<PathBuf>,
    /// Only releases of this service
    #[arg(long)]
    pub service: Option<String>,
    /// How the changes are printed
    #[arg(long, value_enum, default_value_t = Sheet::Table)]
    pub format: Sheet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sheet {
    Table,
    Json,
    /// For a pull request
    Markdown,
}

impl From<At> for sluice_core::model::policy::Moment {
    fn from(at: At) -> Self {
        match at {
            At::Admission => Self::Admission,
            At::Shape => Self::Shape,
            At::Promotion => Self::Promotion,
            At::Rollback => Self::Rollback,
            At::Override => Self::Override,
        }
    }
}
