//! Writing SVG: text that can not break out of it and stays in its room, the style, the frame around it.

use std::fmt::Write;

/// Of the whole picture.
pub const WIDTH: f64 = 960.0;
/// Letters of any one text.
const MOST_LETTERS: usize = 2_000;

/// Light and dark; each colour has a shape or a word beside it.
const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1f2328;font-size:12px}\
.title{font-size:16px;font-weight:600}.small{font-size:11px;fill:#59636e}.dim{fill:#59636e}\
.page{fill:#fff}.grid{stroke:#d1d9e0;stroke-width:1;fill:none}.line{stroke:#818b98;stroke-width:1;fill:none}\
.stable{fill:#54aeff}.candidate{fill:#a475f9}.baseline{fill:#e0b04a}\
.mirror{stroke:#1f2328;stroke-width:2;stroke-dasharray:5 3;fill:none}\
.bar{fill:#d1d9e0}.good{fill:#1a7f37}.careful{fill:#9a6700}.bad{fill:#cf222e}.plain{fill:#59636e}\
.of-stable,.of-candidate,.of-baseline,.of-none{fill:none;stroke-width:1.8;stroke-linejoin:round}\
.of-stable{stroke:#0969da;stroke-dasharray:7 3}.of-candidate{stroke:#8250df}.of-baseline{stroke:#9a6700;stroke-dasharray:2 3}\
.of-none{stroke:#59636e}.bound{fill:none;stroke:#cf222e;stroke-width:1.2;stroke-dasharray:3 3}\
.turn{fill:none;stroke-width:1.2}.going{stroke:#1a7f37}.back{stroke:#cf222e;stroke-width:2}.waiting{stroke:#9a6700}\
.passed{fill:#aceebb}.failed{fill:#ffc1bc}\
.open{fill:none;stroke:#9a6700;stroke-width:1.6}.cross{fill:none;stroke:#cf222e;stroke-width:2.2;stroke-linecap:round}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small,.dim{fill:#9198a1}.page{fill:#0d1117}\
.grid{stroke:#2f353d}.line{stroke:#656c76}.stable{fill:#1f6feb}.candidate{fill:#8957e5}.baseline{fill:#9e6a03}\
.mirror{stroke:#f0f6fc}.bar{fill:#3d444d}.good{fill:#3fb950}.careful{fill:#d29922}.bad{fill:#f85149}.plain{fill:#9198a1}\
.of-stable{stroke:#4493f8}.of-candidate{stroke:#ab7df8}.of-baseline{stroke:#d29922}.of-none{stroke:#9198a1}\
.bound{stroke:#f85149}.going{stroke:#3fb950}.back{stroke:#f85149}.waiting{stroke:#d29922}\
.passed{fill:#1c5c2e}.failed{fill:#8e1519}.open{stroke:#d29922}.cross{stroke:#f85149}}";

/// A picture that grows downwards.
#[derive(Debug)]
pub struct Canvas {
    /// How far down it is drawn.
    pub y: f64,
    behind: String,
    body: String,
}

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    pub fn new() -> Self {
        Self { y: 0.0, behind: String::new(), body: String::new() }
    }

    /// Adds an element; whatever comes from outside was escaped by then.
    pub fn put(&mut self, element: &str) {
        let _ = writeln!(self.body, "{element}");
    }

    /// Adds an element behind all others.
    pub fn behind(&mut self, element: &str) {
        let _ = writeln!(self.behind, "{element}");
    }

    /// Writes a text, and says how wide it is at the most.
    pub fn text(&mut self, x: f64, y: f64, class: &str, anchor: Anchor, text: &str) -> f64 {
        let end = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let shown = escaped(text);
        self.put(&format!(r#"<text class="{class}" x="{x:.1}" y="{y:.1}"{end}>{shown}</text>"#));
        width(text, if class.starts_with("title") { 16.0 } else { 12.0 })
    }

    /// A bar with a text that is shown where somebody points at it.
    pub fn bar(&mut self, class: &str, from: f64, to: f64, height: f64, told: &str) {
        let (width, y, told) = ((to - from).max(1.5), self.y, escaped(told));
        self.put(&format!(
            r#"<rect class="{class}" x="{from:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2"><title>{told}</title></rect>"#
        ));
    }

    /// The name of what is drawn to the right.
    pub fn name(&mut self, y: f64, name: &str) {
        let shown = fitted(name, 12.0, super::LEFT - 28.0);
        self.text(super::LEFT - 10.0, y, "dim", Anchor::End, &shown);
    }

    /// The whole picture, with a name that no other on its page has, and its title and description for screen readers.
    pub fn finish(self, id: &str, title: &str, description: &str) -> String {
        let (height, title, description) = (self.y + 16.0, escaped(title), escaped(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" \
             height=\"{height:.0}\" role=\"img\" aria-labelledby=\"{id}-title {id}-description\">\n\
             <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-description\">{description}</desc>\n\
             <style>{STYLE}</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{}{}</svg>\n",
            self.behind, self.body,
        )
    }
}

/// Text from outside as text and nothing else: no markup, nothing that XML does not allow, nothing that turns the
/// direction of what follows.
pub fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars().take(MOST_LETTERS) {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

/// How wide a text is at the most, in fonts as they are.
pub fn width(text: &str, size: f64) -> f64 {
    let letter = |letter: char| match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '(' | ')' | '/' => {
            0.38
        }
        '…' | '→' | '·' | '–' | 'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.98,
        'A'..='Z' | '0'..='9' => 0.68,
        letter if letter >= '\u{1100}' => 1.05,
        _ => 0.62,
    };
    text.chars().take(MOST_LETTERS).map(letter).sum::<f64>() * size
}

/// A text cut to its room.
pub fn fitted(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for letter in text.chars() {
        cut.push(letter);
        if width(&cut, size) + size > room {
            cut.pop();
            break;
        }
    }
    format!("{}…", cut.trim_end())
}
