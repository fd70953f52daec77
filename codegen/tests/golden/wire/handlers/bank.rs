//! What the service `bank` decides.

use wire_contracts::bank::*;

/// The decisions of the service `bank`.
pub struct Handlers;

impl wire_contracts::bank::Handlers for Handlers {
    async fn send_wire(
        &self,
        call: &Call,
        account: &Account,
        wire_asked: &WireAsked,
        _: &LimitReserved,
    ) -> Result<SendWire, CallError> {
        if account.last == wire_asked.amount {
            return Err(Rejection::because("the same as the last one").into());
        }
        Ok(SendWire { receipt: call.key.clone() })
    }

    fn file_slip(&self, wire_sent: &WireSent) -> FileSlip {
        FileSlip { slip: format!("{}-{}", wire_sent.owner(), wire_sent.wire_id) }
    }

    async fn recall_wire(
        &self,
        _: &Call,
        _: &Account,
        _: &WireAsked,
        _: &LimitReserved,
        _: Option<&WireSent>,
    ) -> Result<(), Unanswered> {
        Ok(())
    }
}
