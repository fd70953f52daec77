//! An operator's command, beside whatever runs.

use std::io::BufRead;

use saga_runtime::Service;
use saga_runtime::ops::{Console, Failure, command, run};
use tokio::runtime::Runtime;

use crate::Stage;
use crate::stage::Database;

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operated {
    /// The exit code.
    pub code: u8,
    /// What it wrote, and why it failed, if it did.
    pub text: String,
}

impl Stage {
    /// Runs `<service> ops <line>`, without anybody to ask.
    pub fn operate<S: Service>(&self, service: &S, line: &str) -> Operated {
        self.operate_with(service, line, None)
    }

    /// The same, with answers to its questions.
    pub fn operate_with<S: Service>(
        &self,
        service: &S,
        line: &str,
        answers: Option<&mut dyn BufRead>,
    ) -> Operated {
        let url = match self.database(S::NAME) {
            Database::Sqlite(path) => format!("sqlite://{}", path.display()),
            Database::Postgres(url) => url,
        };
        let environment = |name: &str| match name {
            "DATABASE_URL" => Some(url.clone()),
            "KAFKA_BROKERS" => Some(self.brokers().to_owned()),
            _ => None,
        };
        let words = std::iter::once("ops").chain(line.split_whitespace());
        let matches = command(S::NAME).try_get_matches_from(words).unwrap();
        let mut out = Vec::new();
        let mut console = Console::new(&mut out);
        if let Some(answers) = answers {
            console = console.with_answers(answers);
        }
        let ran = Runtime::new().unwrap().block_on(run(service, &matches, &environment, &mut console));
        let code = ran.as_ref().map_or_else(Failure::code, |()| 0);
        let mut text = String::from_utf8(out).unwrap();
        if let Err(failure) = ran {
            text += &failure.to_string();
        }
        Operated { code, text }
    }
}
