//! The arguments of `sluice metrics`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::exit::TABLE;

#[derive(Debug, Subcommand)]
pub enum MetricsCommand {
    /// Hold a metrics page to the rules of OpenMetrics, which are stricter than what Prometheus takes in
    ///
    /// Pages in Prometheus' own text format are held to what the formats share. Ends with 0 if no rule is broken,
    /// with 3 if one is or what came can not be read as a page, and with 1 if none came: nobody there, an error, a
    /// page of another kind, or one that was cut short.
    #[command(after_help = TABLE)]
    Lint(Lint),
    /// Ask pages or a Prometheus one query, as a check would: a table, or with `--range` a plot
    ///
    /// Ends with 0 if there is an answer, with 6 if there is none to trust.
    #[command(after_help = TABLE)]
    Query(Query),
}

#[derive(Debug, Args)]
pub struct Lint {
    /// Where the page is: an address, or a file
    #[arg(value_name = "URL|FILE", value_parser = crate::place::remark)]
    pub page: String,
    /// How the page is read [default: what the server says, or what the file looks like]
    #[arg(long, value_enum)]
    pub format: Option<PageFormat>,
    /// Warnings are a failure too
    #[arg(long)]
    pub strict: bool,
    /// How long the page may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::place::some_time)]
    pub timeout: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PageFormat {
    Prometheus,
    Openmetrics,
    Protobuf,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).multiple(false))]
pub struct Query {
    /// What is asked, in PromQL
    #[arg(value_parser = crate::place::remark)]
    pub expr: String,
    /// A page by its address, or a file; may be said several times
    #[arg(long, value_name = "URL|FILE", group = "source")]
    pub page: Vec<String>,
    /// A Prometheus by its address
    #[arg(long, value_name = "URL", group = "source")]
    pub prometheus: Option<String>,
    /// A workflow: its Prometheus if it has one, else its pages and those of its target
    #[arg(short, long, value_name = "FILE", value_parser = crate::place::path, group = "source")]
    pub file: Option<PathBuf>,
    /// Lay a value over the workflow
    #[arg(long, value_name = "PATH=VALUE", requires = "file")]
    pub set: Vec<String>,
    /// Over so long a time; a Prometheus has it already, pages are read again and again for as long
    #[arg(long, value_name = "TIME", value_parser = crate::place::some_time)]
    pub range: Option<u64>,
    /// Between two values of it, and two readings of a page [default: a sixtieth, but a second at least]
    #[arg(long, value_name = "TIME", requires = "range", value_parser = crate::place::some_time)]
    pub step: Option<u64>,
    /// Print a table of the range in place of a plot
    #[arg(long, requires = "range")]
    pub table: bool,
    /// How long a page, or the answer of a Prometheus, may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::place::some_time)]
    pub timeout: u64,
}

impl From<PageFormat> for sluice_metrics::exposition::Format {
    fn from(format: PageFormat) -> Self {
        match format {
            PageFormat::Prometheus => Self::PrometheusText,
            PageFormat::Openmetrics => Self::OpenMetrics,
            PageFormat::Protobuf => Self::Protobuf,
        }
    }
}
