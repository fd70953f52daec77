//! An operator's statements on SQLite.

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, TypeInfo as _, ValueRef as _};

use crate::store::operator::{Found, Statement, Value, operators_statements};
use crate::store::{Result, StoreError};

use super::rows::{cell, failed};
use super::session::SqliteSession;
use super::statements::SqliteQuery;

operators_statements!(SqliteSession, SqliteRow, SqliteQuery<'static>, int: "INTEGER", bytes: "BLOB");
