//! The log.

use std::fmt::{self, Write as _};
use std::io::IsTerminal as _;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{Format, Full, Writer, debug_fn};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::LogFormat;

/// What a service logs unless `RUST_LOG` says otherwise. Lines about steps have the target `step`: their number
/// grows with the load.
pub(crate) const SERVICE_FILTER: &str = "info,step=warn";
/// What the saga in one process logs: what it does, step by step.
pub(crate) const LOCAL_FILTER: &str = "warn,step=info";

/// Starts logging: `RUST_LOG` says what, or else `default`.
pub(crate) fn init(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A second start in one process, as in tests, keeps the first log.
    let _ = subscriber(format, filter, colour, std::io::stderr).try_init();
}

/// A log in this format, to this place.
fn subscriber<W>(
    format: LogFormat,
    filter: EnvFilter,
    colour: bool,
    writer: W,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
        LogFormat::Text => {
            let text = Text(Format::default().with_target(false));
            Box::new(
                builder
                    .with_ansi(colour)
                    .fmt_fields(debug_fn(write_field).delimited(" "))
                    .event_format(text)
                    .finish(),
            )
        }
    }
}

/// The log as text. The lines about sagas have fields which their message says as well, in an order
/// that reads better: only the message is shown.
struct Text(Format<Full>);

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().target() != "step" {
            return self.0.format_event(context, writer, event);
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        let level = *event.metadata().level();
        let (dim, shade, plain) = match (writer.has_ansi_escapes(), level) {
            (false, _) => ("", "", ""),
            (true, Level::ERROR) => ("\x1b[2m", "\x1b[31m", "\x1b[0m"),
            (true, _) => ("\x1b[2m", "\x1b[32m", "\x1b[0m"),
        };
        write!(writer, "{dim}")?;
        SystemTime.format_time(&mut writer)?;
        writeln!(writer, "{plain} {shade}{level:>5}{plain} {}", message.0)
    }
}

/// The message of an event, without its other fields.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing into a String cannot fail.
            let _ = write!(Escaping(&mut self.0), "{value:?}");
        }
    }
}

/// Writes a field of a line. Messages, keys and reasons come from outside, and a line must stay one.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => {}
        name if writer.has_ansi_escapes() => write!(writer, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m")?,
        name => write!(writer, "{name}=")?,
    }
    write!(Escaping(writer), "{value:?}")
}

/// Writes text without what would begin a new line, or make a terminal do things.
struct Escaping<'w, W>(&'w mut W);

impl<W: fmt::Write> fmt::Write for Escaping<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| is_unprintable(*char)) {
            self.0.write_str(&rest[..at])?;
            write!(self.0, "{}", char.escape_default())?;
            rest = &rest[at + char.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

/// Whether a character is none that is seen: a control character, or one that ends a line or turns the
/// direction of the text around it.
pub(crate) fn is_unprintable(char: char) -> bool {
    let turns = matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    char.is_control() || turns || matches!(char, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::{DefaultGuard, set_default, with_default};
    use tracing::{info, warn};

    use super::*;
    use crate::context::{Note, Severity};
    use crate::lane::write_note;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no writer panicked").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged in this format while `work` runs.
    pub(crate) fn logged(format: LogFormat, filter: &str, work: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let log = subscriber(format, EnvFilter::new(filter), false, move || writer.clone());
        with_default(log, work);
        page.text()
    }

    /// What this thread logs as text from now on.
    pub(crate) fn logs(filter: &str) -> Logs {
        let page = Page::default();
        let writer = page.clone();
        let log = subscriber(LogFormat::Text, EnvFilter::new(filter), false, move || writer.clone());
        Logs { page, _guard: set_default(log) }
    }

    /// What a thread logs while this lives.
    pub(crate) struct Logs {
        page: Page,
        _guard: DefaultGuard,
    }

    impl Logs {
        pub(crate) fn text(&self) -> String {
            self.page.text()
        }
    }

    impl Page {
        fn text(&self) -> String {
            let bytes = self.0.lock().expect("no writer panicked").clone();
            String::from_utf8(bytes).expect("a log is text")
        }
    }

    fn note(severity: Severity) -> impl FnOnce() {
        let (correlation, what) = ("7".to_owned(), "done".to_owned());
        move || write_note("order", "product", &Note { cause: 0, step: "take", correlation, what, severity })
    }

    #[test]
    fn a_program_finds_the_fields_of_a_line_about_a_saga() {
        let message = "order 7: product take: done";
        let ignored = "order 7: product take ignored: done";
        for (severity, level, message) in [
            (Severity::Progress, "INFO", message),
            (Severity::Ignored, "INFO", ignored),
            (Severity::Alarm, "ERROR", message),
        ] {
            let line = logged(LogFormat::Json, "info", note(severity));
            let mut line: serde_json::Value = serde_json::from_str(&line).expect("one line of JSON");
            line.as_object_mut().expect("an object").remove("timestamp").expect("a time");
            let expected = serde_json::json!({
                "target": "step", "level": level, "message": message,
                "saga": "order", "service": "product", "correlation": "7", "step": "take",
            });
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn a_person_reads_the_message_alone() {
        let line = logged(LogFormat::Text, "info", note(Severity::Progress));
        assert!(line.ends_with("Z  INFO order 7: product take: done\n"), "{line}");
        let line = logged(LogFormat::Text, "info", note(Severity::Alarm));
        assert!(line.ends_with("Z ERROR order 7: product take: done\n"), "{line}");
    }

    #[test]
    fn steps_are_filtered_apart_from_the_runtime() {
        // A filter names the beginning of a target, and those of the runtime begin with its crate.
        let both = || {
            info!("listening");
            note(Severity::Progress)();
        };
        let shown = |filter| logged(LogFormat::Text, filter, both);
        let (service, local) = (shown(SERVICE_FILTER), shown(LOCAL_FILTER));
        assert!(service.contains("listening") && !service.contains("product take"), "{service}");
        assert!(local.contains("product take") && !local.contains("listening"), "{local}");
    }

    /// What an external producer may write: a second line, a colour, a title, a text from right to left.
    const HOSTILE: &str = "7\n2026-01-01T00:00:00Z ERROR forged\r\u{1b}[31m\u{9b}2J\u{7f}\0\u{202e}\u{2028}";

    #[test]
    fn a_line_stays_one_whatever_it_quotes() {
        let hostile = || {
            let (correlation, what) = (HOSTILE.to_owned(), HOSTILE.to_owned());
            let severity = Severity::Alarm;
            write_note("order", "product", &Note { cause: 0, step: "take", correlation, what, severity });
            warn!(topic = HOSTILE, error = %HOSTILE, debug = ?HOSTILE, "quoted {HOSTILE}");
        };
        let lines = logged(LogFormat::Text, "info", hostile);
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(!lines.contains(|char| is_unprintable(char) && char != '\n'), "{lines:?}");
        assert!(lines.contains(r"7\n2026-01-01T00:00:00Z ERROR forged\r\u{1b}[31m"), "{lines}");
        let lines = logged(LogFormat::Json, "info", hostile);
        let json: Vec<_> = lines.lines().map(serde_json::from_str::<serde_json::Value>).collect();
        assert!(json.len() == 2 && json.iter().all(Result::is_ok), "{lines}");
    }

    #[test]
    fn other_lines_keep_their_fields() {
        let line = logged(LogFormat::Text, "info", || warn!(service = "product", partitions = 3, "assigned"));
        assert!(line.ends_with("Z  WARN assigned service=\"product\" partitions=3\n"), "{line}");
    }
}
