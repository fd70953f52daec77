//! The gateway as a process. Environment:
//!
//! - `GATEWAY_ADDRESS`: where it listens (default: `127.0.0.1:9090`)
//! - `GATEWAY_DELAY_MS`: how long every answer takes (default: 20)
//! - `GATEWAY_FILE`: where it keeps what it charged (default: nowhere)

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use gateway::{Ledger, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::var("GATEWAY_ADDRESS").unwrap_or_else(|_| "127.0.0.1:9090".to_owned());
    let delay = match env::var("GATEWAY_DELAY_MS") {
        Ok(delay) => delay.parse().map_err(|_| "GATEWAY_DELAY_MS must be a number of milliseconds")?,
        Err(_) => 20,
    };
    let ledger = match env::var("GATEWAY_FILE") {
        Ok(path) => Ledger::open(Path::new(&path))?,
        Err(_) => Ledger::default(),
    };
    let listener = TcpListener::bind(&address).await?;
    eprintln!("listening service=\"gateway\" address={}", listener.local_addr()?);
    serve(listener, ledger, Duration::from_millis(delay)).await?;
    Ok(())
}
