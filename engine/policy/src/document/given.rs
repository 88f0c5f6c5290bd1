//! Contexts as they are written: in cases, and in files of their own, which may be recorded from a release.

use serde_json::Value;
use sluice_core::document::problem::Problems;
use sluice_core::document::reader::{Field, Reading};
use sluice_core::document::source::Source;
use sluice_core::document::tree::{Limits, locate, parse_into};

use crate::context::{CONTEXT_VERSION, Context};

/// A context of which only what matters is given, with what was written of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Given {
    pub context: Context,
    written: Value,
}

/// Reads a file that holds a context.
pub fn read_context(source: &Source) -> Result<Given, Problems> {
    let mut problems = Problems::new();
    let node = parse_into(source, Limits::default(), &mut problems);
    let reading = Reading::new(source, "policy");
    reading.include(problems);
    let given = node.as_ref().and_then(|node| read(&reading.root(node)));
    reading.finish(given)
}

/// Reads a context. `now` may be written as a time, and `version` may say which one it was written for.
pub(super) fn read(field: &Field<'_>) -> Option<Given> {
    let mut json = field.node().to_json();
    if let Some(version) = json.as_object_mut().and_then(|fields| fields.remove("version"))
        && version != CONTEXT_VERSION
    {
        let message =
            format!("this is a context of version {version}, and rules see version {CONTEXT_VERSION}");
        return field.refuse("wrong-value", message, "record it anew: `sluice policy record`");
    }
    if let Some(now) = json.get("now").and_then(Value::as_str) {
        let Ok(time) = now.parse::<jiff::Timestamp>() else {
            let message = format!("`{now}` is no time");
            return field.refuse("wrong-value", message, "write `now: 2026-11-23T08:30:00Z`");
        };
        json["now"] = time.as_millisecond().into();
    }
    match serde_path_to_error::deserialize(&json) {
        Ok(context) => Some(Given { context, written: json }),
        Err(error) => {
            let pointer = format!("/{}", error.path().to_string().replace('.', "/"));
            let message = format!("this is no context: {}", error.inner());
            let span = locate(field.node(), &pointer);
            let problem = field.reading().problem("wrong-value", span, message, "in this context");
            let help = "`sluice policy context` prints what rules can see";
            field.reading().report(problem.with_help(help));
            None
        }
    }
}

impl Given {
    /// This laid over another: what is written here counts, field by field.
    #[must_use]
    pub fn over(&self, under: &Self) -> Self {
        if self.written.is_null() {
            return under.clone();
        }
        let mut written = under.written.clone();
        lay(&mut written, &self.written);
        // Both were contexts, and fields keep their kinds; maps of anything take anything of their kind.
        let context = serde_json::from_value(written.clone()).unwrap_or_else(|_| self.context.clone());
        Self { context, written }
    }
}

impl From<Context> for Given {
    fn from(context: Context) -> Self {
        let written = serde_json::to_value(&context).unwrap_or_default();
        Self { context, written }
    }
}

fn lay(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                lay(under.entry(name.as_str()).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Given {
        read_context(&Source::new("context.yaml", text)).unwrap()
    }

    #[test]
    fn what_is_written_on_top_counts_field_by_field() {
        let under = given("{version: 1, release: {service: shop, who: anna}, metrics: {a.b: 1.5}, now: 7}");
        let over = given("{release: {who: bob}, metrics: {c.d: 2}}").over(&under);
        let release = &over.context.release;
        assert_eq!((release.service.as_str(), release.who.as_str()), ("shop", "bob"));
        assert_eq!(over.context.metrics.keys().collect::<Vec<_>>(), ["a.b", "c.d"]);
        assert_eq!(over.context.now, 7);
        assert_eq!(Given::default().over(&under).context, under.context);
    }

    #[test]
    fn a_measurement_is_taken_away_by_null() {
        let recorded = given("{metrics: {a.b: 1.5, c.d: 2}}");
        let over = given("{metrics: {a.b: null}}").over(&recorded);
        assert_eq!(
            Vec::from_iter(over.context.metrics),
            [(String::from("a.b"), None), (String::from("c.d"), Some(2.0))]
        );
    }

    #[test]
    fn a_context_of_another_version_is_refused() {
        let told = read_context(&Source::new("context.yaml", "{version: 2}")).unwrap_err().to_string();
        assert!(told.contains("a context of version 2"), "{told}");
    }
}
