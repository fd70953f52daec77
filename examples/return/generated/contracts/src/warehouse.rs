// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `warehouse` keeps, and the decisions it makes.

pub use crate::events::ReturnOpened;
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// What `inspect-goods` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum InspectGoods {
    /// `intact`.
    Intact,
    /// `worn`.
    Worn,
}

/// The decisions of the service `warehouse`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `inspect-goods`, on `ReturnOpened`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `GoodsInspected.broken`.
    fn inspect_goods(
        &self,
        call: &Call,
        return_opened: &ReturnOpened,
    ) -> impl Future<Output = Result<InspectGoods, CallError>> + Send;
}
