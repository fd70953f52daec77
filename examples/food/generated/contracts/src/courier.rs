// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `courier` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{CourierOffered, MealAccepted, OfferAnswered, OrderPlaced};
pub use saga_runtime::{Refusal, Rejection};

/// A row of `job_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Primary key.
    pub id: i64,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i64,
    /// `address` in JSON, `address` in the table.
    pub address: String,
    /// The status of the row.
    pub status: JobStatus,
}

/// The statuses of a [`Job`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `PICKED_UP`: final; every effect is kept.
    #[serde(rename = "PICKED_UP")]
    PickedUp,
    /// `DROPPED`: final; every effect is compensated.
    #[serde(rename = "DROPPED")]
    Dropped,
}

/// The body of `answer-offer`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerOffer {
    /// `accepted` in JSON.
    pub accepted: bool,
}

/// The body of `pick-up`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PickUp {}

/// The decisions of the service `courier`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `answer-offer` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn answer_offer(
        &self,
        job: &mut Job,
        courier_offered: &CourierOffered,
        body: &AnswerOffer,
    ) -> Result<(), Refusal> {
        let _ = (job, courier_offered, body);
        Ok(())
    }

    /// Whether `pick-up` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn pick_up(
        &self,
        job: &mut Job,
        order_placed: &OrderPlaced,
        meal_accepted: &MealAccepted,
        offer_answered: &OfferAnswered,
        body: &PickUp,
    ) -> Result<(), Refusal> {
        let _ = (job, order_placed, meal_accepted, offer_answered, body);
        Ok(())
    }

    /// Decides `offer-courier`, on `OrderPlaced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `CourierOffered.failure`; no row is created.
    fn offer_courier(&self, order_placed: &OrderPlaced) -> Result<(), Rejection>;
}
