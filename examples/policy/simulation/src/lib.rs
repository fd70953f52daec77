//! The saga `insurance` as it is simulated. A simulation executes no SQL: chance decides in the place of the tariffs.

use insurance_contracts::events::PolicyRequested;
use insurance_contracts::policy::RequestPolicy;
use insurance_contracts::types::{Address, Cover, Person};
use insurance_contracts::underwriting::{Handlers, Underwrite};
use policy::{PolicyService, Request};
use saga_runtime::{Sql, SqlError, literal};
use saga_simulation::{Draw, Evidence, Faults, Hosted, Message, Row, Saga, Team};
use serde_json::Value;
use underwriting::UnderwritingService;

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| PolicyService::new(policy_handlers::Handlers))
            .asked("/policies", "premium", request_policy)
            .any(),
        Hosted::new(|faults| UnderwritingService::new(Chance(faults.clone()))).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Policies)
}

/// Decides by chance.
struct Chance(Faults);

impl Handlers for Chance {
    async fn underwrite(&self, _: &Sql, policy: &PolicyRequested) -> Result<Underwrite, SqlError> {
        self.0.chance()?;
        Ok(Underwrite { number: number_of(&policy.policy_id.to_string()) })
    }
}

/// What a policy gets as its number here.
fn number_of(policy: &str) -> String {
    format!("A-{policy}")
}

/// Values that a float, a clock without microseconds or another time zone would spoil.
fn request_policy(draw: &mut Draw) -> Request {
    let zips = [None, Some("04103".to_owned())];
    let driver = |nth: usize| Person {
        name: format!("Kim {nth}"),
        born: literal("2000-02-29"),
        home: Address { street: "Main Street 1".to_owned(), zip: zips[nth % 2].clone() },
    };
    Request::RequestPolicy(RequestPolicy {
        cover: if draw.rng.happens(500) { Cover::Basic } else { Cover::Full },
        premium: literal(&format!("{}.0000000000000000010", draw.number)),
        drivers: (0..draw.rng.below(3)).map(driver).collect(),
        starts_at: literal("2026-03-29T02:30:00.123456+02:00"),
        note: draw.rng.happens(500).then(|| "\u{1f697} \"as agreed\"".to_owned()),
    })
}

/// A policy has what was asked for, to the last digit, and the number that it was given is its own.
struct Policies;

impl Team for Policies {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for asked in evidence.messages("policy-requested") {
            let is_own = |row: &&Row| row.get("id") == asked.correlation.as_str();
            for policy in evidence.rows("policy", "policy_tb").filter(is_own) {
                findings.extend(differing(policy, asked));
            }
        }
        for issued in evidence.messages("policy-issued").filter(|it| it.body["success"] == true) {
            if issued.body["number"] != number_of(&issued.correlation).as_str() {
                findings
                    .push(format!("policy {} has the number {}", issued.correlation, issued.body["number"]));
            }
        }
        findings
    }
}

/// Where a row is not what was asked for.
fn differing(policy: &Row, asked: &Message) -> Vec<String> {
    let mut findings = Vec::new();
    for (column, field) in
        [("cover", "cover"), ("premium", "premium"), ("drivers", "drivers"), ("starts_at", "startsAt")]
    {
        let (stored, wanted) = (policy.get(column), &asked.body[field]);
        let list: Option<Value> =
            stored.as_str().filter(|_| wanted.is_array()).and_then(|text| serde_json::from_str(text).ok());
        if list.as_ref().unwrap_or(stored) != wanted {
            findings
                .push(format!("policy {}: {wanted} was asked for, {stored} is stored", asked.correlation));
        }
    }
    findings
}
