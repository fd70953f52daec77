//! A service runs with what its plan grants, and names at its start what it lacks.

use std::time::Duration;

use saga_runtime::store::{DatabasePlan, Operator, PostgresStore, ShardId, Store as _};

use super::WithoutCreate;
use crate::operator_suite::WithOperator;
use crate::store_suite::parked::DeadRow;
use crate::store_suite::{Fixture, incompatible, tables};
use crate::{OnPostgres, operator_suite, store_suite};

impl WithoutCreate {
    fn plan(&self, schema: &str) -> String {
        DatabasePlan { role: &self.role, schema }.script(&tables())
    }
}

impl Fixture for WithoutCreate {
    type Store = PostgresStore;

    /// The plan is applied twice: the second time it finds everything there.
    async fn create() -> Self {
        let fixture = Self::empty().await;
        fixture.on.run(&fixture.plan("public")).await;
        fixture.on.run(&fixture.plan("public")).await;
        fixture
    }

    fn store(&self) -> PostgresStore {
        WithoutCreate::store(self)
    }

    async fn restore_elsewhere(&self) {
        self.on.restore_elsewhere().await;
    }

    async fn counts(&self, shard: ShardId) -> (i64, i64) {
        self.on.counts(shard).await
    }

    async fn dead(&self) -> Vec<DeadRow> {
        self.on.dead().await
    }

    async fn pass(&self, time: Duration) {
        self.on.pass(time).await;
    }

    async fn destroy(self) {
        WithoutCreate::destroy(self).await;
    }
}

impl WithOperator for WithoutCreate {
    async fn operator(&self) -> saga_runtime::store::Result<Operator> {
        Operator::postgres(&self.url, "shop", "order").await
    }

    async fn number(&self, query: &str) -> i64 {
        self.on.number(query).await
    }
}

operator_suite!(WithoutCreate);
// Of the store's own suite, what together reaches every table and statement.
store_suite!(@ WithoutCreate, schema: pins_topics_once);
store_suite!(@ WithoutCreate, ownership: begins_a_new_incarnation_in_another_database, hands_local_shards_out);
store_suite!(@ WithoutCreate, rows: numbers_rows_densely_after_a_rollback);
store_suite!(@ WithoutCreate, steps: claims_pairs_once, remembers_answers, sweeps_what_is_old);
store_suite!(@ WithoutCreate, messages: moves_cursors_and_deletes_behind, holds_and_releases);
store_suite!(@ WithoutCreate, parked: delays_what_failed_again);

/// Tables, columns, constraints and indexes, as text.
async fn schema_of(on: &OnPostgres) -> Vec<String> {
    const SCHEMA: &str = "
        SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        ORDER BY line";
    sqlx::query_scalar(SCHEMA).fetch_all(&mut on.connect().await).await.expect("a schema")
}

#[tokio::test]
async fn the_plan_creates_what_the_service_would() {
    let planned = <WithoutCreate as Fixture>::create().await;
    let on = OnPostgres::create().await;
    store_suite::prepared(&on).await;
    assert_eq!(schema_of(&planned.on).await, schema_of(&on).await);
    on.destroy().await;
    planned.destroy().await;
}

#[tokio::test]
async fn each_missing_right_is_named_with_what_grants_it() {
    let fixture = WithoutCreate::empty().await;
    let role = &fixture.role;
    let message = fixture.refusal().await;
    for expected in ["saga_meta", "order plan --sql", &format!("GRANT CREATE ON SCHEMA public TO {role}")] {
        assert!(message.contains(expected), "{message}");
    }
    fixture.on.run(&fixture.plan("public")).await;
    fixture.on.run(&format!("REVOKE INSERT, DELETE ON saga_dead, account_tb FROM {role}")).await;
    fixture
        .on
        .run("ALTER TABLE saga_outbox SET UNLOGGED; ALTER TABLE saga_held ENABLE ROW LEVEL SECURITY")
        .await;
    let message = fixture.refusal().await;
    for expected in [
        format!("GRANT INSERT, DELETE ON \"saga_dead\" TO {role};"),
        format!("GRANT INSERT ON \"account_tb\" TO {role};"),
        "ALTER TABLE \"saga_outbox\" SET LOGGED;".to_owned(),
        "ALTER TABLE \"saga_held\" DISABLE ROW LEVEL SECURITY;".to_owned(),
    ] {
        assert!(message.contains(&expected), "{message}");
    }
    let database = &fixture.on.database;
    fixture.on.run(&format!("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC, {role}")).await;
    let message = fixture.refusal().await;
    assert!(message.contains("permission denied for database") && message.contains("`plan`"), "{message}");
    fixture.on.run(&format!("GRANT CONNECT ON DATABASE {database} TO {role}")).await;
    fixture.on.run(&format!("REVOKE USAGE ON SCHEMA public FROM PUBLIC, {role}")).await;
    let message = fixture.refusal().await;
    assert!(message.contains(&format!("GRANT USAGE ON SCHEMA public TO {role};")), "{message}");
    fixture.destroy().await;
}

#[tokio::test]
async fn tables_live_in_a_schema_of_their_own_and_are_not_created_again_in_another() {
    let fixture = WithoutCreate::empty().await;
    let plan = fixture.plan("saga tables");
    fixture.on.run(&plan).await;
    let message = fixture.refusal().await;
    assert!(message.contains("search_path"), "the plan leaves the role as it is: {message}");
    let for_the_role = plan.lines().find(|line| line.contains("ALTER ROLE")).expect("a line");
    fixture.on.run(for_the_role.trim_start_matches("-- ")).await;
    let store = WithoutCreate::store(&fixture);
    store.prepare("shop", "order", &tables()).await.expect("the schema is on the search_path");
    assert_eq!(fixture.on.number("SELECT count(*) FROM \"saga tables\".saga_meta").await, 1);

    let role = &fixture.role;
    fixture
        .on
        .run(&format!("ALTER ROLE {role} RESET search_path; GRANT CREATE ON SCHEMA public TO {role}"))
        .await;
    let message = incompatible(store.prepare("shop", "order", &tables()).await);
    assert!(message.contains("schema \"saga tables\""), "{message}");
    assert_eq!(fixture.on.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await, 0);
    fixture.destroy().await;
}
