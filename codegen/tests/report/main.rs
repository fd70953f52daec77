//! How findings are reported: the pages, JSON and SARIF.

mod json;
mod pages;
mod sarif;
mod schema;
mod support;
