//! The saga on a real Kafka and a real PostgreSQL.

use e2e::{Pair, scenarios};

#[test]
fn completed() {
    scenarios::completed(Pair::Real);
}
