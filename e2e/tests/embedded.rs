//! The saga on the mock cluster and SQLite.

use e2e::{Pair, scenarios};

#[test]
fn completed() {
    scenarios::completed(Pair::Embedded);
}
