//! Layout the way a person would have it. `prettyplease` breaks a line where
//! it is too long at every level; here what fits on a line again is joined,
//! and methods get a blank line between them. Only white space, trailing
//! commas and the braces around one expression change.

/// The widest line, as in the hand-written code.
const WIDTH: usize = 110;

/// The source of one item, laid out.
pub(super) fn laid_out(source: &str, has_methods: bool) -> String {
    let mut lines: Vec<Line> = source.lines().map(Line::of).collect();
    loop {
        let before = lines.len();
        for rule in [fields, lone_braces, brackets, struct_values, chains, closures, arms, nested_matches] {
            let mut at = 0;
            while at < lines.len() {
                rule(&mut lines, at);
                at += 1;
            }
        }
        if lines.len() == before {
            break;
        }
    }
    if has_methods {
        add_air(&mut lines);
    }
    lines.iter().map(Line::render).collect()
}

/// A line: how deep it stands, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    depth: usize,
    text: String,
}

impl Line {
    fn of(line: &str) -> Self {
        let text = line.trim_start();
        Self { depth: line.len() - text.len(), text: text.to_owned() }
    }

    fn render(&self) -> String {
        format!("{:depth$}{}\n", "", self.text, depth = if self.text.is_empty() { 0 } else { self.depth })
    }

    fn fits_with(&self, more: usize) -> bool {
        self.depth + self.text.chars().count() + more <= WIDTH
    }

    fn is_doc(&self) -> bool {
        self.text.starts_with("//")
    }
}

/// Replaces the lines from `at` to `end`, both included, by one of that text,
/// if it fits.
fn join(lines: &mut Vec<Line>, at: usize, end: usize, text: String) {
    let joined = Line { depth: lines[at].depth, text };
    if joined.fits_with(0) {
        lines.splice(at..=end, [joined]);
    }
}

/// The line that ends what the line at `at` opens: the next as deep as it.
fn end_of(lines: &[Line], at: usize) -> Option<usize> {
    let depth = lines[at].depth;
    (at + 1..lines.len()).find(|&index| lines[index].depth <= depth).filter(|&end| lines[end].depth == depth)
}

/// A field on a line of its own goes to the value it belongs to.
fn fields(lines: &mut Vec<Line>, at: usize) {
    while let Some(next) = lines.get(at + 1) {
        let name = next.text.strip_prefix('.').unwrap_or_default();
        let is_field =
            !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '#');
        if !is_field || next.depth <= lines[at].depth || lines[at].is_doc() {
            return;
        }
        let field = lines.remove(at + 1);
        lines[at].text.push_str(&field.text);
    }
}

/// A brace on a line of its own goes to what it opens.
fn lone_braces(lines: &mut Vec<Line>, at: usize) {
    let lone = lines.get(at + 1).is_some_and(|next| next.text == "{" && next.depth == lines[at].depth);
    if lone && lines[at].fits_with(2) {
        lines.remove(at + 1);
        lines[at].text.push_str(" {");
    }
}

/// Arguments, elements and parameters that fit on one line.
fn brackets(lines: &mut Vec<Line>, at: usize) {
    let open = &lines[at].text;
    let closing = match open.chars().last() {
        Some('(') => ')',
        Some('[') => ']',
        Some('<') => '>',
        _ => return,
    };
    if let Some(end) = end_of(lines, at)
        && lines[end].text.starts_with(closing)
        && let Some(inner) = one_deeper(lines, at, end)
    {
        let text = format!("{open}{}{}", inner.trim_end_matches(','), lines[end].text);
        join(lines, at, end, text);
    }
}

/// A struct written field by field.
fn struct_values(lines: &mut Vec<Line>, at: usize) {
    const DEFINES: [&str; 6] = ["pub ", "struct ", "enum ", "impl", "match ", "use "];
    let open = &lines[at].text;
    let Some(name) = open.strip_suffix(" {") else { return };
    let named = name.chars().last().is_some_and(char::is_alphanumeric);
    if !named || DEFINES.iter().any(|word| open.starts_with(word)) || lines[at].is_doc() {
        return;
    }
    let Some(end) = end_of(lines, at) else { return };
    let fields = lines[at + 1..end].iter().all(|line| is_field_value(&line.text));
    if fields
        && lines[end].text.starts_with('}')
        && let Some(inner) = one_deeper(lines, at, end)
    {
        let text = format!("{open} {} {}", inner.trim_end_matches(','), lines[end].text);
        join(lines, at, end, text);
    }
}

fn is_field_value(text: &str) -> bool {
    let name = text.split_once(": ").map_or_else(|| text.trim_end_matches(','), |(name, _)| name);
    let lower = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_' || it == '#';
    text.ends_with(',') && !name.is_empty() && name.chars().all(lower)
}

/// The lines between two, as one, if all are exactly one level deeper.
fn one_deeper(lines: &[Line], at: usize, end: usize) -> Option<String> {
    let depth = lines[at].depth + 4;
    let inner = &lines[at + 1..end];
    let flat = inner.iter().all(|line| line.depth == depth && !line.is_doc() && !line.text.starts_with('#'));
    (flat && !inner.is_empty())
        .then(|| inner.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// Method calls that fit behind their receiver, the last of them with as many
/// lines as it has.
fn chains(lines: &mut Vec<Line>, at: usize) {
    let depth = lines[at].depth + 4;
    let Some(next) = lines.get(at + 1) else { return };
    if next.depth != depth || !next.text.starts_with('.') || lines[at].is_doc() {
        return;
    }
    let after = (at + 1..lines.len()).find(|&index| lines[index].depth < depth).unwrap_or(lines.len());
    let calls: Vec<usize> = (at + 1..after)
        .filter(|&index| lines[index].depth == depth && lines[index].text.starts_with('.'))
        .collect();
    let Some(&last) = calls.last() else { return };
    // All calls before the last one stand on one line each.
    if last - at != calls.len() {
        return;
    }
    let more: usize = lines[at + 1..=last].iter().map(|line| line.text.chars().count()).sum();
    if !lines[at].fits_with(more) {
        return;
    }
    let calls: Vec<String> = lines.drain(at + 1..=last).map(|line| line.text).collect();
    lines[at].text.extend(calls);
    for line in &mut lines[at + 1..after - (last - at)] {
        line.depth -= 4;
    }
}

/// A call whose last argument is a closure with a block: the block stays open
/// behind the other arguments.
fn closures(lines: &mut Vec<Line>, at: usize) {
    if !lines[at].text.ends_with('(') {
        return;
    }
    let Some(end) = end_of(lines, at).filter(|&end| lines[end].text.starts_with(')')) else { return };
    let depth = lines[at].depth + 4;
    let heads: Vec<usize> = (at + 1..end).filter(|&index| lines[index].depth == depth).collect();
    let [args @ .., closure, close] = heads.as_slice() else { return };
    let is_block = lines[*closure].text.starts_with('|') && lines[*closure].text.ends_with(" {");
    let contiguous = *closure == at + 1 + args.len() && *close == end - 1 && lines[*close].text == "},";
    let more: usize = lines[at + 1..=*closure].iter().map(|line| line.text.chars().count() + 1).sum();
    if !is_block || !contiguous || !lines[at].fits_with(more) {
        return;
    }
    let closing = format!("}}{}", lines[end].text);
    lines.splice(end - 1..=end, [Line { depth: lines[at].depth, text: closing }]);
    let heads: Vec<String> = lines.drain(at + 1..=at + 1 + args.len()).map(|line| line.text).collect();
    lines[at].text.push_str(&heads.join(" "));
    for line in &mut lines[at + 1..end - 1 - heads.len()] {
        line.depth -= 4;
    }
}

/// An arm whose block is one short expression.
fn arms(lines: &mut Vec<Line>, at: usize) {
    let Some(pattern) = lines[at].text.strip_suffix(" => {") else { return };
    let (Some(body), Some(end)) = (lines.get(at + 1), lines.get(at + 2)) else { return };
    let is_expression = !body.text.ends_with([';', '{', ',', '(']) && body.depth == lines[at].depth + 4;
    if is_expression && end.depth == lines[at].depth && end.text == "}" {
        let text = format!("{pattern} => {},", body.text);
        join(lines, at, at + 2, text);
    }
}

/// An arm whose block is one `match`.
fn nested_matches(lines: &mut Vec<Line>, at: usize) {
    let Some(pattern) = lines[at].text.strip_suffix(" => {") else { return };
    let pattern = pattern.to_owned();
    let (Some(body), Some(end)) = (lines.get(at + 1), end_of(lines, at)) else { return };
    let is_match = body.text.starts_with("match ") && body.text.ends_with(" {");
    if !is_match
        || lines[end].text != "}"
        || end_of(lines, at + 1) != Some(end - 1)
        || lines[end - 1].text != "}"
    {
        return;
    }
    lines[at].text = format!("{pattern} => {}", body.text);
    lines.splice(end - 1..=end, [Line { depth: lines[at].depth, text: "},".to_owned() }]);
    lines.remove(at + 1);
    for line in &mut lines[at + 1..end - 2] {
        line.depth -= 4;
    }
}

/// A blank line before each method, and between constants and types.
fn add_air(lines: &mut Vec<Line>) {
    let mut at = 1;
    while at < lines.len() {
        let begins = lines[at].depth == 4 && begins_part(&lines[at].text);
        let above =
            lines[..at].iter().rev().take_while(|line| line.depth == 4 && belongs_to_next(line)).count();
        let first = at - above;
        let opened = lines[first - 1].text.ends_with('{') && lines[first - 1].depth == 0;
        let changes = lines[at].text.starts_with("type ") && !lines[first - 1].text.starts_with("type ");
        if begins && !opened && (starts_method(&lines[at].text) || changes) {
            lines.insert(first, Line { depth: 0, text: String::new() });
            at += 1;
        }
        at += 1;
    }
}

fn begins_part(text: &str) -> bool {
    starts_method(text) || text.starts_with("type ")
}

fn starts_method(text: &str) -> bool {
    let rest = text.strip_prefix("pub ").unwrap_or(text);
    let rest = rest.strip_prefix("const ").unwrap_or(rest);
    rest.starts_with("fn ") || rest.starts_with("async fn ")
}

/// Whether a line is documentation or an attribute of what comes below it.
fn belongs_to_next(line: &Line) -> bool {
    line.is_doc() || line.text.starts_with("#[")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lay(source: &str) -> String {
        laid_out(source, false)
    }

    #[test]
    fn what_fits_on_a_line_is_joined() {
        assert_eq!(lay("f(\n    a,\n    b,\n);\n"), "f(a, b);\n");
        assert_eq!(
            lay("let a = b\n    .c\n    .d\n    .e(|f| g {\n        h,\n    });\n"),
            "let a = b.c.d.e(|f| g { h });\n"
        );
        assert_eq!(lay("A(b) => {\n    c(b)\n}\n"), "A(b) => c(b),\n");
    }

    #[test]
    fn a_closure_opens_behind_the_other_arguments() {
        let source = "f(\n    a,\n    |b| {\n        c(b);\n    },\n);\n";
        assert_eq!(lay(source), "f(a, |b| {\n    c(b);\n});\n");
    }

    #[test]
    fn a_match_in_an_arm_needs_no_block() {
        let source = "A(b) => {\n    match b {\n        c => d,\n        e => {}\n    }\n}\n";
        assert_eq!(lay(source), "A(b) => match b {\n    c => d,\n    e => {}\n},\n");
    }

    #[test]
    fn what_does_not_fit_stays_as_it_is() {
        let long = "a_rather_long_argument_of_a_call".repeat(2);
        let source = format!("f(\n    {long},\n    {long},\n);\n");
        assert_eq!(lay(&source), source);
    }

    #[test]
    fn statements_keep_their_blocks() {
        let source = "A => {\n    b();\n}\n";
        assert_eq!(lay(source), source);
        let source = "pub struct A {\n    a: u8,\n}\n";
        assert_eq!(lay(source), source);
    }
}
