//! Pictures: that they are whole, well formed and always the same.

mod command;
mod flow;
mod run;
mod support;
