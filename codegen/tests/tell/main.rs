//! How findings are told: the pages.

mod pages;
mod support;
