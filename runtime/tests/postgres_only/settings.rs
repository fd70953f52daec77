//! Settings that others made, and servers that do not say who they are.

use saga_runtime::store::{
    PinnedTopic, PostgresStore, RestoreEvidence, Session as _, Store as _, StoreError, Token,
};

use super::{WithoutCreate, no_session};
use crate::OnPostgres;
use crate::operator_suite::WithOperator as _;
use crate::store_suite::{Fixture as _, incompatible, prepared, tables};

/// Whatever the administrator of the database prefers, a session has what it relies on.
#[tokio::test]
async fn defaults_of_a_database_do_not_reach_a_session() {
    let fixture = OnPostgres::create().await;
    let name = &fixture.database;
    prepared(&fixture).await;
    for setting in [
        "synchronous_commit = off",
        "default_transaction_isolation = serializable",
        "default_transaction_deferrable = on",
        "default_transaction_read_only = on",
        "statement_timeout = 0",
        "lock_timeout = 0",
        "idle_in_transaction_session_timeout = 0",
        "standard_conforming_strings = off",
    ] {
        fixture.as_admin(format!("ALTER DATABASE {name} SET {setting}")).await;
    }
    // A trigger sees the settings of the session that fires it.
    fixture
        .run(
            "SET TRANSACTION READ WRITE;
             CREATE TABLE seen (setting text);
             CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
               INSERT INTO seen SELECT current_setting(name) FROM unnest(ARRAY['synchronous_commit',
                 'transaction_isolation', 'statement_timeout', 'lock_timeout',
                 'idle_in_transaction_session_timeout', 'standard_conforming_strings']) AS name;
               RETURN NULL; END$$;
             CREATE TRIGGER see AFTER INSERT ON saga_topic EXECUTE FUNCTION see()",
        )
        .await;
    let topic = PinnedTopic { topic: "a".into(), partitions: 1, id: None };
    fixture.store().pin_topics(&[topic]).await.expect("a topic");
    let seen: Vec<String> = sqlx::query_scalar("SELECT setting FROM seen")
        .fetch_all(&mut fixture.connect().await)
        .await
        .expect("settings");
    assert_eq!(seen, ["on", "read committed", "30s", "3s", "10s", "on"]);
    fixture.destroy().await;
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let fixture = OnPostgres::create().await;
    let name = &fixture.database;
    fixture.as_admin(format!("DROP DATABASE {name}")).await;
    fixture
        .as_admin(format!(
            "CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .await;
    let message = incompatible(fixture.store().prepare("shop", "order", &tables()).await);
    assert!(message.contains("LATIN1") && message.contains("ENCODING 'UTF8'"), "{message}");
    let error = no_session(&fixture.store()).await;
    assert!(matches!(error, StoreError::Incompatible(_)), "{error:?}");
    fixture.destroy().await;
}

#[tokio::test]
async fn a_server_that_lets_rows_disappear_is_refused() {
    let fixture = OnPostgres::create().await;
    fixture.as_admin(format!("ALTER DATABASE {} SET zero_damaged_pages = on", fixture.database)).await;
    let error = no_session(&fixture.store()).await;
    assert!(
        matches!(&error, StoreError::Incompatible(text) if text.contains("zero_damaged_pages")),
        "{error:?}"
    );
    fixture.destroy().await;
}

/// A provider withholds the function that tells a cluster's identity: by a right, or by not supporting it.
#[tokio::test]
async fn a_server_that_does_not_say_who_it_is_serves_all_the_same() {
    const UNSUPPORTED: &str = "
        CREATE SCHEMA shim;
        CREATE FUNCTION shim.pg_control_system(OUT system_identifier bigint) LANGUAGE plpgsql AS
          $$BEGIN RAISE EXCEPTION 'not supported' USING ERRCODE = '0A000'; END$$;
        GRANT USAGE ON SCHEMA shim TO PUBLIC;";
    let fixture = WithoutCreate::empty().await;
    let (name, role) = (&fixture.on.database, &fixture.role);
    fixture.on.run(&format!("GRANT CREATE ON SCHEMA public TO {role}; {UNSUPPORTED}")).await;
    fixture.on.run("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC").await;
    serves(&fixture.store()).await;
    fixture.on.as_admin(format!("ALTER DATABASE {name} SET search_path = public, shim, pg_catalog")).await;
    serves(&fixture.store()).await;
    let incarnations = "SELECT count(DISTINCT incarnation) FROM saga_shard";
    assert_eq!(fixture.on.number(incarnations).await, 1, "the database is taken for the same one");
    fixture.destroy().await;
}

async fn serves(store: &PostgresStore) {
    store.prepare("shop", "order", &tables()).await.expect("it serves");
    let mut session = store.session().await.expect("a session");
    let names = ["in:a:0".to_owned()];
    session.take_over(&names, Token::random(), &RestoreEvidence::default()).await.expect("a shard");
}

/// Rights that are taken away while the service runs are an error that says so, and no outage without a reason.
#[tokio::test]
async fn a_right_that_is_taken_away_is_named() {
    let fixture = WithoutCreate::empty().await;
    let role = &fixture.role;
    fixture.on.run(&format!("GRANT CREATE ON SCHEMA public TO {role}")).await;
    let store = fixture.store();
    serves(&store).await;
    fixture
        .on
        .run(&format!("ALTER TABLE saga_topic OWNER TO CURRENT_USER; REVOKE ALL ON saga_topic FROM {role}"))
        .await;
    let topic = PinnedTopic { topic: "a".into(), partitions: 1, id: None };
    let message = incompatible(store.pin_topics(&[topic]).await);
    assert!(message.contains("saga_topic") && message.contains("`plan`"), "{message}");
    fixture.destroy().await;
}
