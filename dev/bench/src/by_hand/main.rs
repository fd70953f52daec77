//! The shipped saga written by hand: what generated services are compared with.
//!
//! `by-hand STYLE SERVICE` is one service, with the tables, topics and requests of the generated one of that name.
//! A style says what it promises and what it was written for; [`Style`] lists them.

mod delivery;
mod http;
mod kafka;
mod lane;
mod messages;
mod naive;
mod order;
mod outbox;
mod product;
mod tables;

use std::env;
use std::error::Error;

use clap::ValueEnum;

/// Whatever goes wrong ends the process: nothing is measured after that.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How a service is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    /// For speed alone, with what it takes to lose and double nothing: an outbox, a fence, numbered messages.
    Raw,
    /// The same without these three.
    Bare,
    /// As a careful engineer writes it: a transaction for each message with a row in an inbox and one in an outbox,
    /// which a relay polls.
    Naive,
}

impl Style {
    /// Whether messages are stored before they are sent, and numbered, and the owner of an input is checked.
    fn is_safe(self) -> bool {
        self != Self::Bare
    }
}

/// What a service needs to know.
#[derive(Debug, Clone)]
struct Settings {
    service: String,
    style: Style,
    brokers: String,
    database: String,
    port: u16,
}

impl Settings {
    fn read() -> Result<Self> {
        let mut words = env::args().skip(1);
        let (Some(style), Some(service)) = (words.next(), words.next()) else {
            return Err("by-hand STYLE SERVICE".into());
        };
        Ok(Self {
            service,
            style: Style::from_str(&style, false)?,
            brokers: env::var("KAFKA_BROKERS")?,
            database: env::var("DATABASE_URL")?,
            port: env::var("PORT")?.parse()?,
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let settings = Settings::read()?;
    tables::prepare(&settings).await?;
    match (settings.style, settings.service.as_str()) {
        (Style::Naive, _) => naive::run(settings).await,
        (_, "order") => order::run(settings).await,
        (_, "product") => product::run(settings).await,
        (_, "delivery") => delivery::run(settings).await,
        (_, other) => Err(format!("there is no service `{other}`").into()),
    }
}
