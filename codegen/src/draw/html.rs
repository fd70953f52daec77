//! A page with pictures and what is said about them, in one file: nothing is
//! loaded, and nothing runs.

use std::fmt::Write as _;

use super::svg::{DARK, Escaped, STYLE, embedded};

/// What stands on a page.
#[derive(Debug)]
pub struct Page<'a> {
    /// The saga.
    pub saga: &'a str,
    /// Its flow, as SVG, if it is shown.
    pub flow: Option<String>,
    /// What is said where nothing is found.
    pub good: &'a str,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Something that was found, and how it is told.
#[derive(Debug)]
pub struct Finding {
    /// The number of the rule.
    pub code: &'static str,
    /// What is wrong, names in back ticks.
    pub sentence: String,
    /// The ways out, names in back ticks.
    pub help: Vec<String>,
    /// The run that shows it, as SVG, if there is one.
    pub run: Option<String>,
}

const PAGE: &str = "\
:root{color-scheme:light dark}
body{font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;margin:2rem auto;padding:0 1rem;max-width:90rem;background:#fff;color:#1f2328}
figure{margin:1rem 0;overflow-x:auto}
figure svg{display:block}
code{font:.9em ui-monospace,Menlo,Consolas,monospace;background:#818b981f;padding:.1em .3em;border-radius:4px}
h2 .code{color:#cf222e}
";

const DARK_PAGE: &str = "\
body{background:#0d1117;color:#f0f6fc}
h2 .code{color:#f85149}
";

impl Page<'_> {
    /// The file.
    pub fn html(&self) -> String {
        let mut body = String::new();
        let saga = Escaped(self.saga);
        _ = writeln!(body, "<h1>The saga <code>{saga}</code></h1>");
        if let Some(flow) = &self.flow {
            _ = writeln!(body, "<figure>\n{}</figure>", embedded(flow));
        }
        if self.findings.is_empty() {
            _ = writeln!(body, "<p>{}</p>", Escaped(self.good));
        }
        for finding in &self.findings {
            finding.write(&mut body);
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>The saga {saga}</title>\n\
             <style>\n{PAGE}{STYLE}@media (prefers-color-scheme:dark){{\n{DARK_PAGE}{DARK}}}\n</style>\n\
             </head>\n<body>\n{body}</body>\n</html>\n"
        )
    }
}

impl Finding {
    fn write(&self, body: &mut String) {
        let Self { code, sentence, help, run } = self;
        _ = writeln!(body, "<section>\n<h2><span class=\"code\">{code}</span> {}</h2>", marked(sentence));
        for way_out in help {
            _ = writeln!(body, "<p>{}</p>", marked(way_out));
        }
        if let Some(run) = run {
            _ = writeln!(body, "<figure>\n{}</figure>", embedded(run));
        }
        body.push_str("</section>\n");
    }
}

/// A text with what stands in back ticks marked as code.
fn marked(text: &str) -> String {
    let mut marked = String::new();
    for (place, part) in text.split('`').enumerate() {
        let part = Escaped(part);
        _ = match place % 2 {
            0 => write!(marked, "{part}"),
            _ => write!(marked, "<code>{part}</code>"),
        };
    }
    marked
}
