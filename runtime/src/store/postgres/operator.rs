//! An operator's statements on PostgreSQL.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _, TypeInfo as _, ValueRef as _};

use crate::store::operator::{Found, Statement, Value, operators_statements};
use crate::store::{Result, StoreError};

use super::rows::{cell, failed};
use super::session::PostgresSession;
use super::statements::PostgresQuery;

operators_statements!(PostgresSession, PgRow, PostgresQuery<'static>, int: "INT8", bytes: "BYTEA");
