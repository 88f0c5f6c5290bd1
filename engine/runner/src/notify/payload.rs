//! What is sent: our own JSON, or the forms that Slack's and Teams' incoming webhooks take.

use serde_json::{Value, json};
use sluice_core::plan::{Occasion, Template};

use crate::ports::stages::Notice;

/// The version of our own form.
const VERSION: u32 = 1;
/// Of somebody's words in a message.
const MAX_TEXT: usize = 1_000;

pub(super) fn of(template: Template, notice: &Notice) -> Value {
    match template {
        Template::Json => json(notice),
        Template::Slack => json!({ "text": slack(notice) }),
        Template::Teams => teams(notice),
    }
}

/// Everything, for programs.
pub(super) fn json(notice: &Notice) -> Value {
    let (about, stages) = (&notice.plan.about, &notice.plan.stages);
    json!({
        "version": VERSION,
        "type": "notice",
        "occasion": notice.occasion,
        "text": shown(&notice.text),
        "release": notice.release,
        "service": about.service,
        "environment": about.environment,
        "labels": about.labels,
        "candidate": notice.plan.candidate.version,
        "stable": notice.plan.stable.as_ref().map(|stable| stable.version.as_str()),
        "who": about.who,
        "comment": about.comment,
        "changelog": stages.record.changelog,
        "tickets": stages.record.tickets,
    })
}

/// What it is about, in one line.
fn title(notice: &Notice) -> String {
    let plan = &notice.plan;
    let from = plan.stable.as_ref().map_or_else(String::new, |stable| format!("{} → ", stable.version));
    format!("{from}{} in {}", plan.candidate.version, plan.about.environment)
}

fn what(notice: &Notice) -> String {
    let text = shown(&notice.text);
    match notice.occasion {
        Occasion::Started if text.is_empty() => format!("begun by {}", shown(&notice.plan.about.who)),
        Occasion::Started => format!("begun by {}: {text}", shown(&notice.plan.about.who)),
        Occasion::Waiting => format!("waits for {text}"),
        Occasion::Ended => text,
    }
}

/// Slack's own marks are `&`, `<` and `>`.
fn slack(notice: &Notice) -> String {
    let safe = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (service, title, what) = (&notice.plan.about.service, title(notice), what(notice));
    format!("*{}* {}\n{}\n`{}`", safe(service), safe(&title), safe(&what), safe(&notice.release))
}

/// An adaptive card in the envelope that Teams workflows take.
fn teams(notice: &Notice) -> Value {
    let block = |text: String, weight: &str| json!({ "type": "TextBlock", "text": text, "weight": weight, "wrap": true });
    let service = &notice.plan.about.service;
    let body = [
        block(format!("{service} {}", title(notice)), "Bolder"),
        block(what(notice), "Default"),
        block(notice.release.clone(), "Lighter"),
    ];
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    })
}

/// Somebody's words, bounded and without what a terminal would obey.
fn shown(text: &str) -> String {
    let clean = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(MAX_TEXT).map(clean).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::sample_plan;

    fn notice(occasion: Occasion, text: &str) -> Notice {
        let (release, text) = ("shop-1".to_owned(), text.to_owned());
        Notice { release, plan: Arc::new(sample_plan()), occasion, text }
    }

    #[test]
    fn each_template_has_its_form() {
        let ended = notice(Occasion::Ended, "rolled back: error-ratio is 0.2, above <b>0.1</b>");
        insta::assert_snapshot!(of(Template::Slack, &ended), @r#"{"text":"*shop* v1 → v2 in production\nrolled back: error-ratio is 0.2, above &lt;b&gt;0.1&lt;/b&gt;\n`shop-1`"}"#);
        insta::assert_snapshot!(of(Template::Json, &ended), @r#"{"candidate":"v2","changelog":"","comment":"","environment":"production","labels":{},"occasion":"ended","release":"shop-1","service":"shop","stable":"v1","text":"rolled back: error-ratio is 0.2, above <b>0.1</b>","tickets":[],"type":"notice","version":1,"who":"anna"}"#);
        insta::assert_snapshot!(of(Template::Teams, &notice(Occasion::Waiting, "uat by product: try it")), @r#"{"attachments":[{"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json","body":[{"text":"shop v1 → v2 in production","type":"TextBlock","weight":"Bolder","wrap":true},{"text":"waits for uat by product: try it","type":"TextBlock","weight":"Default","wrap":true},{"text":"shop-1","type":"TextBlock","weight":"Lighter","wrap":true}],"type":"AdaptiveCard","version":"1.4"},"contentType":"application/vnd.microsoft.card.adaptive"}],"type":"message"}"#);
        assert_eq!(what(&notice(Occasion::Started, "")), "begun by anna");
        assert_eq!(
            what(&notice(Occasion::Started, "for\u{1b} the winter")),
            "begun by anna: for  the winter"
        );
    }
}
