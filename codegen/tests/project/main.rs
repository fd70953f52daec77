//! A project of one's own, as its users meet it: begun, brought to another version, and what becomes of it when
//! something is in the way.

mod begin;
mod disk;
mod folder;
mod upgrade;
