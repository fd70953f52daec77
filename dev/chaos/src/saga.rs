//! The sagas that the adversary knows.

use clap::ValueEnum;

use crate::options::Kind;

/// A saga, and what it runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum)]
pub enum Saga {
    /// The shipped one
    #[default]
    Order,
    /// `examples/travel`, with its gateway
    Travel,
}

/// What only the order saga's adversary can do: it forges that saga's messages, and locks its rows.
const OF_ORDERS: [Kind; 9] = [
    Kind::Replay,
    Kind::Headerless,
    Kind::ExternalOrders,
    Kind::Poison,
    Kind::Hopeless,
    Kind::Lock,
    Kind::Denied,
    Kind::Headers,
    Kind::Codec,
];

impl Saga {
    /// What runs, as it is numbered everywhere here: its services first, and that which customers ask before all.
    pub(crate) fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Order => &["order", "product", "delivery"],
            Self::Travel => &["booking", "flight", "hotel", "car", "payment", "gateway"],
        }
    }

    /// Its services: each has a database, and as many instances as are asked for.
    pub(crate) fn services(self) -> &'static [&'static str] {
        match self {
            Self::Order => self.programs(),
            // The gateway is another company's, and runs once.
            Self::Travel => &self.programs()[..5],
        }
    }

    /// Its topics.
    pub(crate) fn topics(self) -> &'static [&'static str] {
        match self {
            Self::Order => {
                &["order-created", "product-decreased", "delivery-created", "increase-product-command"]
            }
            Self::Travel => &[
                "trip-requested",
                "flight-reserved",
                "hotel-reserved",
                "car-reserved",
                "cancel-requested",
                "trip-paid",
            ],
        }
    }

    /// The folder of its workspace.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Order => ".",
            Self::Travel => "examples/travel",
        }
    }

    /// The query that counts what has not ended in the database of its first service.
    pub(crate) fn open(self) -> &'static str {
        match self {
            Self::Order => "SELECT count(*) FROM order_tb WHERE status NOT IN ('COMPLETED', 'CANCELLED')",
            Self::Travel => "SELECT count(*) FROM trip_tb WHERE status NOT IN ('CONFIRMED', 'CANCELLED')",
        }
    }

    /// The query that counts the ends.
    pub(crate) fn outcomes(self) -> &'static str {
        match self {
            Self::Order => "SELECT status, count(*) FROM order_tb GROUP BY status ORDER BY status",
            Self::Travel => "SELECT status, count(*) FROM trip_tb GROUP BY status ORDER BY status",
        }
    }

    /// Whether faults of a kind can be injected.
    pub(crate) fn has(self, kind: Kind) -> bool {
        self == Self::Order || !OF_ORDERS.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_ask_a_service_and_the_gateway_is_none() {
        for saga in [Saga::Order, Saga::Travel] {
            assert!(saga.programs().starts_with(saga.services()));
        }
        assert!(!Saga::Travel.services().contains(&"gateway"));
    }
}
