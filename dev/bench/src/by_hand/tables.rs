//! The tables: those of the saga as the generated services have them, and what raw keeps beside.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::{Result, Settings, Style};

/// The stock of a new database is what the shipped file says; who measures fills the shelves.
const PRODUCTS: &str = "
CREATE TABLE IF NOT EXISTS product_tb (
  id int4 PRIMARY KEY, name text NOT NULL, quantity int4 NOT NULL, price int8 NOT NULL) WITH (fillfactor = 50);
INSERT INTO product_tb VALUES
  (1, 'MacBook Pro', 10, 2500000), (2, 'iPhone 15', 3, 1300000), (3, 'AirPods', 10, 300000)
  ON CONFLICT DO NOTHING";

const ORDERS: &str = "
CREATE TABLE IF NOT EXISTS order_tb (
  id int4 PRIMARY KEY, user_id int4 NOT NULL, product_id int4 NOT NULL, quantity int4 NOT NULL,
  price int8 NOT NULL, status text NOT NULL) WITH (fillfactor = 80)";

const DELIVERIES: &str = "
CREATE TABLE IF NOT EXISTS delivery_tb (id int4 PRIMARY KEY, order_id int4 NOT NULL, address text NOT NULL);
CREATE TABLE IF NOT EXISTS join_tb (
  order_id int4 PRIMARY KEY, arrived int4 NOT NULL, address text, product_id int4, quantity int4)
  WITH (fillfactor = 60)";

/// Where each input is read on and who owns it, what it has read of each source, how many messages each
/// destination has had, the messages themselves, and the next key of each table.
const RAW: &str = "
CREATE TABLE IF NOT EXISTS inbox (
  topic text, partition int4, owner text NOT NULL, next_offset int8 NOT NULL, PRIMARY KEY (topic, partition))
  WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS seen (
  topic text, partition int4, source text, last int8 NOT NULL, PRIMARY KEY (topic, partition, source))
  WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS sent (
  topic text, partition int4, last int8 NOT NULL, PRIMARY KEY (topic, partition)) WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS lane (
  name text PRIMARY KEY, owner text NOT NULL, last_seq int8 NOT NULL, cursor int8 NOT NULL, next_id int4 NOT NULL)
  WITH (fillfactor = 20);
CREATE TABLE IF NOT EXISTS outbox (
  seq int8 PRIMARY KEY, topic text NOT NULL, partition int4 NOT NULL, number int8 NOT NULL, key text NOT NULL,
  value bytea NOT NULL);
INSERT INTO lane VALUES ('lane', '', 0, 0, 1) ON CONFLICT DO NOTHING";

/// What a careful engineer has beside: which messages were handled, and which have to be sent.
const NAIVE: &str = "
CREATE TABLE IF NOT EXISTS handled (topic text, partition int4, \"offset\" int8, PRIMARY KEY (topic, partition, \"offset\"));
CREATE TABLE IF NOT EXISTS outbox (
  id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, key text NOT NULL, value text NOT NULL);
CREATE SEQUENCE IF NOT EXISTS ids AS int4";

/// Makes the tables that are not there.
pub(crate) async fn prepare(settings: &Settings) -> Result<()> {
    let mut connection = PgConnection::connect(&settings.database).await?;
    let of_service = match settings.service.as_str() {
        "order" => ORDERS,
        "product" => PRODUCTS,
        _ => DELIVERIES,
    };
    connection.execute(of_service).await?;
    let beside = if settings.style == Style::Naive { NAIVE } else { RAW };
    connection.execute(AssertSqlSafe(beside)).await?;
    Ok(())
}
