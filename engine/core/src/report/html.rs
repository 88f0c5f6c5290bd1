//! The record as one page for a browser: the pictures and the whole of the Markdown. It stands alone: no script,
//! nothing from elsewhere, its own colours for light and dark.
//!
//! The Markdown is our own, in which nothing from outside is markup; so a few forms are all that is read here.

use super::Report;
use super::timeline::escaped;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:14px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;margin:2rem auto;\
max-width:1000px;padding:0 1rem;color:#1f2328;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}svg{max-width:100%;height:auto;display:block;margin:1rem 0}\
.wide{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0}\
th,td{border:1px solid #d1d9e0;padding:.25rem .6rem;text-align:left;vertical-align:top;overflow-wrap:break-word}\
th{background:#f6f8fa}code,pre{font:12px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}\
pre{background:#f6f8fa;padding:.7rem;overflow-x:auto}\
@media(prefers-color-scheme:dark){body{color:#f0f6fc;background:#0d1117}th,td{border-color:#3d444d}\
th,pre{background:#151b23}}";

pub(super) fn write(report: &Report) -> String {
    let title = escaped(&format!("{} {}", report.service, report.candidate));
    let markdown = report.markdown(&[]);
    let (head, rest) = markdown.split_once("\n## ").unwrap_or((&markdown, ""));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    page.push_str(&body(head));
    page.push_str(&report.timeline());
    page.push_str(&report.plots());
    if !rest.is_empty() {
        page.push_str(&body(&format!("## {rest}")));
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// What is open and has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    None,
    Table,
    List,
    Code,
}

fn body(markdown: &str) -> String {
    let mut html = String::new();
    let mut open = Block::None;
    for line in markdown.lines() {
        let (block, element) = read(line, open);
        if block != open {
            html.push_str(match open {
                Block::None => "",
                Block::Table => "</table></div>\n",
                Block::List => "</ul>\n",
                Block::Code => "</pre>\n",
            });
            html.push_str(match block {
                Block::None => "",
                Block::Table => "<div class=\"wide\"><table>\n",
                Block::List => "<ul>\n",
                Block::Code => "<pre>",
            });
            open = block;
        }
        html.push_str(&element);
    }
    html.push_str(match open {
        Block::None => "",
        Block::Table => "</table></div>\n",
        Block::List => "</ul>\n",
        Block::Code => "</pre>\n",
    });
    html
}

fn read(line: &str, open: Block) -> (Block, String) {
    if let Some(code) = line.strip_prefix("    ") {
        return (Block::Code, format!("{}\n", escaped(code)));
    }
    for (sign, tag) in [("### ", "h3"), ("## ", "h2"), ("# ", "h1")] {
        if let Some(text) = line.strip_prefix(sign) {
            return (Block::None, format!("<{tag}>{}</{tag}>\n", inline(text)));
        }
    }
    if let Some(item) = line.strip_prefix("- ") {
        return (Block::List, format!("<li>{}</li>\n", inline(item)));
    }
    if let Some(row) = line.strip_prefix('|') {
        let row = row.strip_suffix('|').unwrap_or(row);
        if row.chars().all(|letter| matches!(letter, ' ' | '-' | '|')) {
            return (Block::Table, String::new());
        }
        let tag = if open == Block::Table { "td" } else { "th" };
        let cells: String =
            cells(row).iter().map(|cell| format!("<{tag}>{}</{tag}>", inline(cell.trim()))).collect();
        return (Block::Table, format!("<tr>{cells}</tr>\n"));
    }
    if line.trim().is_empty() {
        return (Block::None, String::new());
    }
    (Block::None, format!("<p>{}</p>\n", inline(line)))
}

/// The cells of a row; what is escaped parts none.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut letters = row.chars();
    while let Some(letter) = letters.next() {
        let Some(cell) = cells.last_mut() else { break };
        match letter {
            '\\' => {
                cell.push(letter);
                cell.extend(letters.next());
            }
            '|' => cells.push(String::new()),
            letter => cell.push(letter),
        }
    }
    cells
}

/// Text with `code`, **strength** and line breaks in it; whatever is escaped is text.
fn inline(text: &str) -> String {
    let mut html = String::new();
    let (mut code, mut strong) = (false, false);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let taken = match letter {
            '\\' => {
                let next = rest.chars().nth(1).unwrap_or('\\');
                html.push_str(&escaped(&next.to_string()));
                1 + rest.chars().nth(1).map_or(0, char::len_utf8)
            }
            '`' => {
                html.push_str(if code { "</code>" } else { "<code>" });
                code = !code;
                1
            }
            '*' if rest.starts_with("**") => {
                html.push_str(if strong { "</strong>" } else { "<strong>" });
                strong = !strong;
                2
            }
            '<' if rest.starts_with("<br>") => {
                html.push_str("<br>");
                4
            }
            letter => {
                html.push_str(&escaped(&letter.to_string()));
                letter.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    // What was left open by a text that was cut is closed here.
    html.push_str(if code { "</code>" } else { "" });
    html.push_str(if strong { "</strong>" } else { "" });
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_markdown_becomes_a_page() {
        let text = "# a → b\n\n**promoted**: so\n\n| | |\n| --- | --- |\n| who | `a\\<b` |\n| x\\|y | 1<br>2 |\n\n\
            ## Plan\n\n- one\n- two\n\n    <code> | here\n";
        insta::assert_snapshot!(body(text), @r#"
        <h1>a → b</h1>
        <p><strong>promoted</strong>: so</p>
        <div class="wide"><table>
        <tr><td>who</td><td><code>a&lt;b</code></td></tr>
        <tr><td>x|y</td><td>1<br>2</td></tr>
        </table></div>
        <h2>Plan</h2>
        <ul>
        <li>one</li>
        <li>two</li>
        </ul>
        <pre>&lt;code&gt; | here
        </pre>
        "#);
    }

    #[test]
    fn what_comes_from_outside_stays_text() {
        let evil = "</pre><script>alert(1)</script><br><img src=x onerror=alert(1)> `**|\\ \u{202e}";
        let cell = crate::report::markdown::cell(evil);
        let page =
            body(&format!("# {cell}\n\n| {cell} |\n| --- |\n| {cell} |\n\n    {evil}\n- {cell}\n{cell}\n"));
        for tag in ["<script", "<img", "<br", "\u{202e}"] {
            assert!(!page.contains(tag), "{tag}: {page}");
        }
        assert_eq!(page.matches("<td>").count(), 1, "{page}");
        assert_eq!(page.matches('<').count(), page.matches('>').count());
    }
}
