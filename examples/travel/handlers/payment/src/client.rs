//! The gateway, seen from here.

use std::env;

use reqwest::{Client, StatusCode};
use saga_runtime::{CallError, Rejection, Unanswered};
use serde::{Deserialize, Serialize};

/// What is to be charged.
#[derive(Debug, Serialize)]
pub(crate) struct Charge<'a> {
    pub reference: String,
    pub card: &'a str,
    pub amount: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Charged {
    charge_id: String,
}

/// A client of the gateway. It has no timeout and no retries of its own: the runtime has both.
pub(crate) struct Gateway {
    client: Client,
    url: String,
}

impl Gateway {
    /// The gateway that `GATEWAY_URL` names.
    pub(crate) fn from_env() -> Self {
        Self::at(env::var("GATEWAY_URL").unwrap_or_else(|_| "http://127.0.0.1:9090".to_owned()))
    }

    fn at(url: String) -> Self {
        Self { client: Client::new(), url }
    }

    /// Charges a card, and returns the number of the charge.
    ///
    /// A refusal is an answer: nothing was charged. Anything else than a success or a refusal says nothing about
    /// the money.
    pub(crate) async fn charge(&self, key: &str, charge: &Charge<'_>) -> Result<String, CallError> {
        let request = self.client.post(format!("{}/charges", self.url)).header("idempotency-key", key);
        let response = request.json(charge).send().await.map_err(Unanswered::because)?;
        match response.status() {
            StatusCode::OK => {
                let charged: Charged = response.json().await.map_err(Unanswered::because)?;
                Ok(charged.charge_id)
            }
            StatusCode::PAYMENT_REQUIRED => {
                let reason = response.text().await.map_err(Unanswered::because)?;
                Err(Rejection::because(reason).into())
            }
            other => Err(Unanswered::because(other).into()),
        }
    }

    /// Gives back what was charged with this key, if anything was.
    pub(crate) async fn void(&self, key: &str) -> Result<(), Unanswered> {
        let request = self.client.post(format!("{}/voids", self.url)).header("idempotency-key", key);
        let response = request.send().await.map_err(Unanswered::because)?;
        match response.status() {
            status if status.is_success() => Ok(()),
            other => Err(Unanswered::because(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use gateway::{Ledger, serve};
    use tokio::net::TcpListener;

    use super::*;

    async fn gateway() -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(serve(listener, Ledger::default(), Duration::ZERO));
        Gateway::at(url)
    }

    fn charge(card: &str) -> Charge<'_> {
        Charge { reference: "a trip".to_owned(), card, amount: "420.00".to_owned() }
    }

    #[tokio::test]
    async fn a_key_names_one_charge() {
        let gateway = gateway().await;
        let first = gateway.charge("k", &charge("visa")).await.expect("a charge");
        assert_eq!(gateway.charge("k", &charge("visa")).await, Ok(first));
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer() {
        let refused = gateway().await.charge("k", &charge("declined")).await;
        assert_eq!(refused, Err(Rejection::because("card declined").into()));
    }

    #[tokio::test]
    async fn what_is_no_answer_says_nothing_about_the_money() {
        let nowhere = Gateway::at("http://127.0.0.1:1".to_owned());
        assert!(matches!(nowhere.charge("k", &charge("visa")).await, Err(CallError::Unanswered(_))));
        assert!(nowhere.void("k").await.is_err());
    }

    #[tokio::test]
    async fn a_voided_key_is_not_charged_again() {
        let gateway = gateway().await;
        gateway.charge("k", &charge("visa")).await.expect("a charge");
        gateway.void("k").await.expect("an answer");
        assert!(matches!(gateway.charge("k", &charge("visa")).await, Err(CallError::Unanswered(_))));
    }
}
