//! What an operator sees, and is asked.

use std::fmt::Write as _;
use std::io::{BufRead, Write};

use serde::Serialize;

use super::Failure;
use super::words::printable;
use crate::logging::is_unprintable;

/// Where a command writes to, and where answers come from.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    answers: Option<&'a mut dyn BufRead>,
}

impl<'a> Console<'a> {
    /// A console without answers: there is no terminal.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, answers: None }
    }

    /// With a terminal that answers.
    pub fn with_answers(self, answers: &'a mut dyn BufRead) -> Self {
        Self { answers: Some(answers), ..self }
    }

    /// Writes a line, or several. What messages hold is made printable.
    pub(super) fn say(&mut self, text: &str) {
        // A reader that closed the output does not want the rest.
        let _ = writeln!(self.out, "{}", printable(text));
    }

    /// Writes JSON. What a terminal would act on is escaped as JSON escapes it.
    pub(super) fn say_json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(value).map_err(|error| Failure::Broken(error.to_string()))?;
        let mut escaped = String::with_capacity(json.len());
        for char in json.chars() {
            if is_unprintable(char) && char != '\n' {
                // Writing into a String cannot fail; every such character has one unit in UTF-16.
                let _ = write!(escaped, "\\u{:04x}", u32::from(char));
            } else {
                escaped.push(char);
            }
        }
        self.say(&escaped);
        Ok(())
    }

    /// Writes columns, each as wide as its widest cell.
    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let rows: Vec<[String; N]> =
            rows.iter().map(|row| row.each_ref().map(|cell| printable(cell).replace('\n', " "))).collect();
        let width = |at: usize| {
            let cells = rows.iter().map(|row| row[at].chars().count());
            cells.chain([head[at].chars().count()]).max().unwrap_or(0)
        };
        let widths: [usize; N] = std::array::from_fn(width);
        let line = |cells: [&str; N]| {
            let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.say(&line(head));
        for row in &rows {
            self.say(&line(row.each_ref().map(String::as_str)));
        }
    }

    /// Asks whether to go on, unless that was said before.
    pub(super) fn confirm(&mut self, yes: bool) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        let Some(answers) = &mut self.answers else {
            let refused = "nothing was done: there is no terminal to confirm on; add --yes";
            return Err(Failure::Refused(refused.to_owned()));
        };
        let _ = write!(self.out, "Proceed? [y/N] ");
        let _ = self.out.flush();
        let mut answer = String::new();
        let read = answers.read_line(&mut answer);
        let agreed = read.is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
        if agreed { Ok(()) } else { Err(Failure::Refused("nothing was done".to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, agreed) in [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("yep\n", false)]
        {
            let (mut out, mut answers) = (Vec::new(), answer.as_bytes());
            let confirmed = Console::new(&mut out).with_answers(&mut answers).confirm(false);
            assert_eq!(confirmed.is_ok(), agreed, "{answer:?}");
        }
        assert_eq!(Console::new(&mut Vec::new()).confirm(false).map_err(|failure| failure.code()), Err(1));
        assert_eq!(Console::new(&mut Vec::new()).confirm(true), Ok(()));
    }

    #[test]
    fn json_stays_json_and_does_nothing_to_a_terminal() {
        let mut out = Vec::new();
        let text = "\u{1b}[2J\u{7f}\u{9b}2J\u{202e}ä\n";
        Console::new(&mut out).say_json(&text).expect("a text");
        let said = String::from_utf8(out).expect("text");
        assert_eq!(serde_json::from_str::<String>(&said).expect("JSON"), text);
        assert!(!said.trim_end().contains(is_unprintable), "{said:?}");
    }

    #[test]
    fn columns_are_as_wide_as_they_have_to_be() {
        let mut out = Vec::new();
        let rows = [["a\nb".to_owned(), "x".to_owned()], ["ccccc".to_owned(), "\u{1b}[2J".to_owned()]];
        Console::new(&mut out).table(["one", "two"], &rows);
        assert_eq!(String::from_utf8(out).expect("text"), "one    two\na b    x\nccccc  \\u{1b}[2J\n");
    }
}
