//! What the service `book` decides.

use wire_contracts::book::*;

/// The decisions of the service `book`.
pub struct Handlers;

impl wire_contracts::book::Handlers for Handlers {
    async fn book_wire(
        &self,
        sql: &Sql,
        wire_asked: &WireAsked,
        wire_sent: &WireSent,
    ) -> Result<(), SqlError> {
        if wire_sent.receipt().is_empty() || wire_asked.amount == 666 {
            return Err(Rejection::because("this is not booked").into());
        }
        let booked = sql.query("UPDATE book_tb SET total = total + $1").bind(&wire_asked.amount);
        booked.execute().await.map(drop)
    }
}
