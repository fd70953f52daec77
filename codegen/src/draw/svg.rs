//! SVG as text: elements, and how they look.

use std::fmt::{self, Display, Write as _};

/// How everything looks on a light ground. The ground is drawn, so that the
/// picture reads the same wherever it is shown.
pub(super) const STYLE: &str = "\
.saga{font:11px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}
.ground{fill:#fff;stroke:#d1d9e0}
.lane{fill:#f6f8fa}
.box,.note{fill:#fff;stroke:#818b98}
.request{fill:#ddf4ff;stroke:#0969da}
.undo{fill:#fff8e5;stroke:#bc4c00;stroke-dasharray:4 3}
.outside{fill:#fff;stroke:#818b98;stroke-dasharray:1 3}
.life{stroke:#afb8c1;stroke-dasharray:3 4}
.done{fill:#dafbe1;stroke:#1a7f37}
.failed{fill:#ffebe9;stroke:#cf222e}
.flaw{fill:#cf222e}
.wire{fill:none;stroke:#59636e;stroke-width:1.4}
.wire.fails{stroke:#cf222e}
.wire.command{stroke:#8250df}
.wire.undoes{stroke:#bc4c00;stroke-dasharray:6 4}
.wire.command.undoes{stroke:#8250df}
.wire.closes{stroke:#cf222e;stroke-dasharray:2 3}
.wire.ask{stroke:#0969da}
.head{fill:#59636e;stroke:#59636e}
.head.fails{fill:#cf222e;stroke:#cf222e}
.head.undoes{fill:#bc4c00;stroke:#bc4c00}
.head.command{fill:#8250df;stroke:#8250df}
.head.oneof{fill:#fff}
.head.closes{fill:none;stroke:#cf222e;stroke-width:2}
.head.ask{fill:#0969da;stroke:#0969da}
text{fill:#1f2328}
.middle{text-anchor:middle}
.halo{paint-order:stroke;stroke:#fff;stroke-width:3px}
.name{font-size:13px;font-weight:600}
.plain{fill:#59636e}
.bold{font-weight:600}
.t-request{fill:#0969da}
.t-done{fill:#1a7f37;font-weight:600}
.t-failed{fill:#cf222e;font-weight:600}
.t-undoes{fill:#bc4c00}
.t-command{fill:#8250df;font-weight:600}
.t-flaw{fill:#fff;font-weight:600}
";

/// The same on a dark ground, for pages that are dark themselves.
pub(super) const DARK: &str = "\
.ground{fill:#0d1117;stroke:#3d444d}
.lane{fill:#151b23}
.box,.note{fill:#0d1117;stroke:#656c76}
.request{fill:#121d2f;stroke:#4493f8}
.undo{fill:#271d10;stroke:#db6d28}
.outside{fill:#0d1117;stroke:#656c76}
.life{stroke:#3d444d}
.done{fill:#12261e;stroke:#3fb950}
.failed{fill:#25171c;stroke:#f85149}
.flaw{fill:#da3633}
.wire{stroke:#9198a1}
.wire.fails,.wire.closes{stroke:#f85149}
.wire.undoes{stroke:#db6d28}
.wire.command,.wire.command.undoes{stroke:#ab7df8}
.wire.ask{stroke:#4493f8}
.head{fill:#9198a1;stroke:#9198a1}
.head.fails{fill:#f85149;stroke:#f85149}
.head.undoes{fill:#db6d28;stroke:#db6d28}
.head.command{fill:#ab7df8;stroke:#ab7df8}
.head.oneof{fill:#0d1117}
.head.closes{fill:none;stroke:#f85149}
.head.ask{fill:#4493f8;stroke:#4493f8}
text{fill:#f0f6fc}
.halo{stroke:#0d1117}
.plain{fill:#9198a1}
.t-request{fill:#4493f8}
.t-done{fill:#3fb950}
.t-failed{fill:#f85149}
.t-undoes{fill:#db6d28}
.t-command{fill:#ab7df8}
.t-flaw{fill:#fff}
";

/// A picture for a page that says itself how everything looks.
pub(super) fn embedded(svg: &str) -> String {
    svg.replacen(&format!("<style>\n{STYLE}</style>\n"), "", 1)
}

/// A text in which nothing is markup.
pub(super) struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // XML has no way to write most of these.
                it if it.is_control() => f.write_char(' ')?,
                it => f.write_char(it)?,
            }
        }
        Ok(())
    }
}

/// A drawing under way.
#[derive(Debug, Default)]
pub(super) struct Canvas(String);

impl Canvas {
    /// Opens a group, with a text that shows under the pointer.
    pub(super) fn open(&mut self, title: &str) {
        self.line(format_args!("<g><title>{}</title>", Escaped(title)));
    }

    /// Closes it.
    pub(super) fn close(&mut self) {
        self.line(format_args!("</g>"));
    }

    /// Draws a rectangle.
    pub(super) fn rect(&mut self, class: &str, (x, y): (i32, i32), (width, height): (i32, i32), round: i32) {
        self.line(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        ));
    }

    /// Draws a path.
    pub(super) fn path(&mut self, class: &str, data: &str) {
        let class = class.trim_end();
        self.line(format_args!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    /// Writes a text that begins there.
    pub(super) fn text(&mut self, class: &str, (x, y): (i32, i32), text: &str) {
        self.line(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(text)));
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    /// The whole picture.
    pub(super) fn finish(self, title: &str, (width, height): (i32, i32)) -> String {
        let title = Escaped(title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"saga\" role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n\
             <rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n{}</svg>\n",
            width - 1,
            height - 1,
            self.0,
        )
    }
}

/// How far a corner is rounded.
const CORNER: i32 = 6;

/// A path through points at right angles, its corners rounded.
pub(super) fn rounded(points: &[(i32, i32)]) -> String {
    let Some((first, rest)) = points.split_first() else { return String::new() };
    let mut data = format!("M{} {}", first.0, first.1);
    for (place, &(x, y)) in rest.iter().enumerate() {
        match rest.get(place + 1) {
            None => _ = write!(data, " L{x} {y}"),
            Some(&after) => {
                let before = points[place];
                let round = CORNER.min(length(before, (x, y)) / 2).min(length((x, y), after) / 2);
                let (from, to) = (towards((x, y), before, round), towards((x, y), after, round));
                _ = write!(data, " L{} {} Q{x} {y} {} {}", from.0, from.1, to.0, to.1);
            }
        }
    }
    data
}

fn length((x, y): (i32, i32), (to_x, to_y): (i32, i32)) -> i32 {
    (to_x - x).abs() + (to_y - y).abs()
}

/// The point that far from the first one on the way to the other.
fn towards((x, y): (i32, i32), (to_x, to_y): (i32, i32), by: i32) -> (i32, i32) {
    (x + by * (to_x - x).signum(), y + by * (to_y - y).signum())
}
