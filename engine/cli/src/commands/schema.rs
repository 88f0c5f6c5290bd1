//! `sluice schema`: the JSON Schema of a document.

use crate::args::Document;
use crate::exit::{Exit, Failure};
use crate::show;

pub fn run(document: Document) -> Result<Exit, Failure> {
    let schema = match document {
        Document::Workflow => sluice_core::document::workflow::schema(),
        Document::Policy => sluice_policy::schema(),
    };
    show::json(&schema);
    Ok(Exit::Done)
}
