//! What only PostgreSQL has: rights, settings of others, plans, and identities that a provider withholds.

use saga_runtime::store::{PostgresStore, Store as _, StoreError};

use crate::OnPostgres;
use crate::store_suite::{Fixture as _, incompatible, tables};

mod finding;
mod pooler;
mod rights;
mod settings;

/// A database whose role has what the plan grants it, and may not create anything.
pub(super) struct WithoutCreate {
    pub on: OnPostgres,
    pub role: String,
    /// The role's URL.
    pub url: String,
}

impl WithoutCreate {
    /// A role beside an empty database, with no rights in it.
    pub(super) async fn empty() -> Self {
        let on = OnPostgres::create().await;
        let role = on.database.replace("saga_test_", "saga_role_");
        on.as_admin(format!("CREATE ROLE {role} LOGIN PASSWORD 'guest'")).await;
        on.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
        let (scheme, rest) = on.url.split_once("://").expect("a URL");
        let (_, place) = rest.split_once('@').expect("a URL with a user");
        let url = format!("{scheme}://{role}:guest@{place}");
        Self { on, role, url }
    }

    pub(super) fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url).expect("a PostgreSQL URL")
    }

    /// What `prepare` refuses for this role.
    pub(super) async fn refusal(&self) -> String {
        incompatible(self.store().prepare("shop", "order", &tables()).await)
    }

    pub(super) async fn destroy(self) {
        let role = self.role;
        self.on.run(&format!("DROP OWNED BY {role}")).await;
        let admin = self.on.admin.clone();
        self.on.destroy().await;
        let drop = format!("DROP ROLE {role}");
        let mut admin = sqlx::ConnectOptions::connect(&admin).await.expect("the server of TEST_DATABASE_URL");
        sqlx::Executor::execute(&mut admin, sqlx::raw_sql(sqlx::AssertSqlSafe(drop)))
            .await
            .expect("an administrator");
    }
}

/// The error of a session that cannot be opened.
async fn no_session(store: &PostgresStore) -> StoreError {
    store.session().await.err().expect("the session is refused")
}
