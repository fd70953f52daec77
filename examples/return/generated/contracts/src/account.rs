// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `account` keeps, and the decisions it makes.

pub use crate::events::{GoodsInspected, MoneyReturned};
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// The decisions of the service `account`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `return-money`, on `GoodsInspected`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `MoneyReturned.failure`.
    fn return_money(
        &self,
        call: &Call,
        goods_inspected: &GoodsInspected,
    ) -> impl Future<Output = Result<(), CallError>> + Send;

    /// Carries out `take-money-back`, which compensates `return-money`.
    fn take_money_back(
        &self,
        call: &Call,
        goods_inspected: &GoodsInspected,
        money_returned: Option<&MoneyReturned>,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;
}
