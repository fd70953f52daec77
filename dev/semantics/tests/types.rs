//! A saga with every type of the language does what is proved of it, and its values are exact.
#![allow(clippy::expect_used, reason = "a test that cannot go on says so and ends")]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "generated code is a crate of its own, and has more than this needs"
)]

// The generated crates are modules here, as they were generated: this one is `insurance_contracts` to them.
extern crate self as insurance_contracts;

#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/archive.rs"]
pub mod archive;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/database/archive.rs"]
mod archive_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/archive/src/lib.rs"]
mod archive_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/events.rs"]
pub mod events;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/flow.rs"]
pub mod flow;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/insurer.rs"]
pub mod insurer;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/database/insurer.rs"]
mod insurer_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/insurer/src/lib.rs"]
mod insurer_service;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/types.rs"]
pub mod types;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/database/types.rs"]
mod types_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/underwriting.rs"]
pub mod underwriting;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/contracts/src/database/underwriting.rs"]
mod underwriting_database;
#[rustfmt::skip]
#[path = "../../../codegen/tests/golden/types/expected/generated/underwriting/src/lib.rs"]
mod underwriting_service;

use saga_runtime::store::{MemoryStore, SqliteStore, Store};
use saga_runtime::{
    Column, Entity, Event as _, Rejection, RowReader, Service as _, Timestamp, decode, literal,
};

use crate::events::{PolicyAsked, PolicyPriced};
use crate::insurer::AskPolicy;
use crate::insurer_service::Request;
use crate::types::{Address, Cover, Person};
use crate::underwriting::{PricePolicy, Tariff};
use crate::underwriting_service::UnderwritingService;
use saga_semantics::{AnyPlace, Place, Saga, Script};

struct Handlers(Script);

impl insurer::Handlers for Handlers {}

impl underwriting::Handlers for Handlers {
    fn price_policy(&self, _: &mut Tariff, _: &PolicyAsked) -> Result<PricePolicy, Rejection> {
        self.0.decides("price-policy")?;
        Ok(PricePolicy { priced_at: Timestamp::UNIX_EPOCH, street: "Main Street 1".to_owned() })
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(insurer_service::InsurerService::new(handlers())).asked(request).any(),
        Place::new(UnderwritingService::new(handlers())).any(),
        Place::new(archive_service::ArchiveService).any(),
    ]
}

fn request(_: usize) -> Request {
    Request::AskPolicy(AskPolicy {
        premium: literal("12.50"),
        starts_at: literal("2026-01-31T12:00:00Z"),
        ..AskPolicy::default()
    })
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../../codegen/tests/golden/types/saga.yaml", services).agrees();
}

/// The first rows of the tariffs, each found by its key and on a page, as a client gets them.
async fn tariffs(store: &impl Store) -> Vec<String> {
    store
        .prepare("insurance", "underwriting", &UnderwritingService::<Handlers>::tables())
        .await
        .expect("tables");
    let mut found = Vec::new();
    for key in ["basic", "full-cover"] {
        let key: Cover = key.parse().expect("a value");
        let columns = store.find(&Tariff::TABLE, Column::of([&key])).await.expect("a row");
        let tariff = Tariff::read(&mut RowReader::new(&columns, 0)).expect("a tariff");
        found.push(serde_json::to_string(&tariff).expect("JSON"));
    }
    let page = store.page(&Tariff::TABLE, &[], Some(Column::of([&Cover::Basic])), 10).await.expect("a page");
    assert_eq!(Tariff::read(&mut RowReader::new(&page, 0)).expect("a tariff").cover, Cover::FullCover);
    found
}

#[test]
fn rows_are_what_the_file_says_in_every_database() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let expected = [
        r#"{"cover":"basic","rate":"12.50","since":"2026-01-31","kinds":[],"home":{"street":"Main Street 1"}}"#,
        r#"{"cover":"full-cover","rate":"0.1","since":"2024-02-29","kinds":["basic","full-cover"],"home":{"street":"","zip":"1"},"other":"basic","discount":"0.00"}"#,
    ];
    runtime.block_on(async {
        assert_eq!(tariffs(&MemoryStore::new()).await, expected);
        let file = std::env::temp_dir().join(format!("saga-types-{}.db", std::process::id()));
        let store = SqliteStore::open(&format!("sqlite:{}", file.display())).expect("a database");
        assert_eq!(tariffs(&store).await, expected);
        drop(store);
        _ = std::fs::remove_file(file);
    });
}

#[test]
fn a_message_is_exact_on_the_wire() {
    let home = Address { street: "Main Street 1".to_owned(), zip: None };
    let holder =
        Person { name: "Kim".to_owned(), born: literal("2000-02-29"), home, debts: Some(literal("0.10")) };
    let asked = PolicyAsked {
        policy_id: literal("3F2504E0-4F89-41D3-9A0C-0305E82C3301"),
        cover: Cover::FullCover,
        premium: literal("9007199254740993.10"),
        drivers: vec![holder.clone()],
        holder,
        starts_at: literal("2026-01-31T12:00:00.123456789+01:00"),
        cents: 9_007_199_254_740_993,
        note: None,
    };
    let json = serde_json::to_string(&asked).expect("JSON");
    let person = r#"{"name":"Kim","born":"2000-02-29","home":{"street":"Main Street 1"},"debts":"0.10"}"#;
    assert_eq!(
        json,
        format!(
            r#"{{"policyId":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","cover":"full-cover","premium":"9007199254740993.10","holder":{person},"drivers":[{person}],"startsAt":"2026-01-31T11:00:00.123456Z","cents":"9007199254740993"}}"#
        )
    );
    let read: PolicyAsked = decode(json.as_bytes()).expect("what was written");
    assert_eq!(read.premium.to_string(), "9007199254740993.10");
    // Numbers are read digit for digit, and a value that came later is refused, not guessed.
    let number = json.replace("\"9007199254740993.10\"", "9007199254740993.10");
    assert_eq!(decode::<PolicyAsked>(number.as_bytes()).expect("a number"), read);
    let later = json.replace("full-cover", "third-party");
    assert!(decode::<PolicyAsked>(later.as_bytes()).is_err());
}

#[test]
fn only_the_failing_variant_does_without_its_field() {
    let success = r#"{"policyId":"00000000-0000-0000-0000-000000000001","quoteId":"00000000-0000-0000-0000-000000000002","rate_in_percent":12.50,"since":"2026-01-31","kinds":["basic"],"home":{"street":""},"pricedAt":"2026-01-31T12:00:00Z","holder street":"","success":true}"#;
    let priced: PolicyPriced = decode(success.as_bytes()).expect("a success");
    assert_eq!(
        (priced.variant(), priced.quote_id().as_u128(), priced.rate.to_string()),
        (0, 2, "12.50".to_owned())
    );
    let lacking = success.replace(r#""quoteId":"00000000-0000-0000-0000-000000000002","#, "");
    let refused = decode::<PolicyPriced>(lacking.as_bytes()).expect_err("a success lacks nothing");
    assert!(refused.to_string().contains("missing field `quoteId`"), "{refused}");
    let failure = lacking.replace("true", "false");
    let priced: PolicyPriced = decode(failure.as_bytes()).expect("a failure");
    assert_eq!((priced.variant(), priced.quote_id), (1, None));
}
