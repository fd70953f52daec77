//! How findings are reported: the pages, JSON and SARIF.

mod helps;
mod json;
mod pages;
mod sarif;
mod schema;
mod support;
