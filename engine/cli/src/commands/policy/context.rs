//! `sluice policy context`: what rules can see.

use sluice_policy::catalogue;
use sluice_policy::context::CONTEXT_VERSION;

use crate::args::Output;
use crate::exit::{Exit, Failure};
use crate::show;

pub fn run(output: Output) -> Result<Exit, Failure> {
    let entries = catalogue::entries();
    match output {
        Output::Human => show::table(
            &["name", "type", "what it is"],
            entries.into_iter().map(|one| vec![one.path, one.kind, one.about.to_owned()]).collect(),
        ),
        Output::Json => show::json_line(&serde_json::json!({
            "version": show::JSON_VERSION, "type": "context", "context-version": CONTEXT_VERSION, "names": entries,
        })),
    }
    Ok(Exit::Done)
}
