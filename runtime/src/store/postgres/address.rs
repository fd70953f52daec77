//! Where the server is, and the credentials that are read again when it refuses them.

use std::sync::{Arc, PoisonError, RwLock};

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use tracing::{info, warn};

use super::{CONNECT_TIMEOUT, bounded, rows};

/// Reads the options of connections once more, as they are configured now.
type Source = dyn Fn() -> Option<PgConnectOptions> + Send + Sync;

/// How connections are opened. A password that was changed counts from the next connection on, so a service
/// goes on without a restart.
#[derive(Clone)]
pub(super) struct Address {
    options: Arc<RwLock<PgConnectOptions>>,
    source: Option<Arc<Source>>,
}

impl Address {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options: Arc::new(RwLock::new(options)), source: None }
    }

    /// The same address, whose options come from `source` when the server refuses those it has.
    pub(super) fn read_again_by(
        mut self,
        source: impl Fn() -> Option<PgConnectOptions> + Send + Sync + 'static,
    ) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(super) fn options(&self) -> PgConnectOptions {
        self.options.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens a connection, with new credentials if the server refuses the old ones.
    pub(super) async fn connect(&self) -> sqlx::Result<PgConnection> {
        match bounded(CONNECT_TIMEOUT, self.options().connect()).await {
            Err(error) if is_refusal(&error) && self.read_again() => {
                bounded(CONNECT_TIMEOUT, self.options().connect()).await
            }
            connected => connected,
        }
    }

    /// Gives `pool` new credentials after it could not connect. Whether there are any.
    pub(super) fn refresh(&self, pool: &PgPool, error: &sqlx::Error) -> bool {
        let refreshed = is_refusal(error) && self.read_again();
        if refreshed {
            pool.set_connect_options(self.options());
        }
        refreshed
    }

    /// Reads the options again. Without a source there is nothing new to find.
    fn read_again(&self) -> bool {
        let Some(source) = &self.source else { return false };
        let Some(options) = source() else {
            warn!("the database refuses the credentials, and DATABASE_URL_FILE cannot be read again");
            return false;
        };
        info!("the database refuses the credentials: DATABASE_URL_FILE was read again");
        *self.options.write().unwrap_or_else(PoisonError::into_inner) = options;
        true
    }
}

/// Whether the server does not believe the user.
fn is_refusal(error: &sqlx::Error) -> bool {
    rows::state(error).starts_with("28")
}

/// Whether a prepared statement does not fit its table any more, or is gone: another connection will do.
pub(super) fn is_stale_statement(error: &sqlx::Error) -> bool {
    matches!(&*rows::state(error), "0A000" | "26000")
}
