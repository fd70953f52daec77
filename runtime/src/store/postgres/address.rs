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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use sqlx::postgres::PgPoolOptions;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::store::PostgresStore;

    const REFUSAL: &[u8] = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0";

    /// The rest of a message, after its kind.
    async fn rest(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
        let length = client.read_u32().await?;
        let mut rest = vec![0; length as usize - 4];
        client.read_exact(&mut rest).await?;
        Ok(rest)
    }

    /// Lets a client in that has the password `new`.
    async fn judge(mut client: TcpStream) -> std::io::Result<()> {
        rest(&mut client).await?;
        client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]).await?;
        client.read_u8().await?;
        if rest(&mut client).await? != b"new\0" {
            client.write_u8(b'E').await?;
            client.write_u32(4 + u32::try_from(REFUSAL.len()).unwrap_or(0)).await?;
            return client.write_all(REFUSAL).await;
        }
        client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 0, b'Z', 0, 0, 0, 5, b'I']).await?;
        client.read_u8().await.map(drop)
    }

    /// A store with the password `old` on a server that wants `new`, and what is in the file of its URL.
    async fn rotated() -> (PostgresStore, Arc<Mutex<Option<String>>>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let place = format!("{}/db?sslmode=disable", listener.local_addr().expect("an address"));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(judge(client));
            }
        });
        let url = move |password: &str| format!("postgres://u:{password}@{place}");
        let file = Arc::new(Mutex::new(None));
        let source = file.clone();
        let store = PostgresStore::open(&url("old")).expect("a URL");
        let store = store.reading_again(move || source.lock().expect("no panic").clone());
        (store, file, url("new"))
    }

    #[tokio::test]
    async fn a_password_that_was_changed_is_read_again_when_the_old_one_is_refused() {
        let (store, file, new) = rotated().await;
        let refused = store.address.connect().await.expect_err("it has the old password alone");
        assert!(is_refusal(&refused), "{refused}");
        *file.lock().expect("no panic") = Some(new);
        store.address.connect().await.expect("the new password");
        *file.lock().expect("no panic") = None;
        store.address.connect().await.expect("it is kept");
    }

    #[tokio::test]
    async fn connections_that_read_get_the_new_password_too() {
        let (store, file, new) = rotated().await;
        let readers = PgPoolOptions::new().connect_lazy_with(store.address.options());
        let refused = readers.acquire().await.expect_err("it has the old password");
        assert!(!store.address.refresh(&readers, &refused), "nothing else is known");
        *file.lock().expect("no panic") = Some(new);
        assert!(!store.address.refresh(&readers, &sqlx::Error::PoolTimedOut), "an outage changes nothing");
        assert!(store.address.refresh(&readers, &refused));
        readers.acquire().await.expect("the new password");
    }
}
