//! The binary behind `cargo xtask chaos`.

fn main() {}
