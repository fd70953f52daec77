//! The saga `return` as it is simulated: a warehouse and a bank that belong to the simulation.

use account::AccountService;
use return_contracts::events::{GoodsInspected, MoneyReturned, ReturnOpened};
use return_contracts::return_desk::OpenReturn;
use return_contracts::warehouse::InspectGoods;
use return_desk::{Request, ReturnDeskService};
use saga_runtime::{Call, CallError, Unanswered};
use saga_simulation::{Draw, Evidence, Faults, Hosted, Saga, Team};
use warehouse::WarehouseService;

/// The saga, with the services in the order of the file.
pub fn saga() -> Saga {
    let services = vec![
        Hosted::new(|_| ReturnDeskService::new(return_desk_handlers::Handlers))
            .asked("/returns", "amount", open_return)
            .any(),
        Hosted::new(|faults| WarehouseService::new(Outside(faults.clone()))).any(),
        Hosted::new(|faults| AccountService::new(Outside(faults.clone()))).any(),
    ];
    Saga::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../saga.yaml"), services).known_by(Returns)
}

/// The systems of the simulated world that are called.
struct Outside(Faults);

impl return_contracts::warehouse::Handlers for Outside {
    async fn inspect_goods(&self, call: &Call, opened: &ReturnOpened) -> Result<InspectGoods, CallError> {
        self.0.gateway().act(call).await?;
        Ok(if is_worn(opened.order_id) { InspectGoods::Worn } else { InspectGoods::Intact })
    }
}

impl return_contracts::account::Handlers for Outside {
    async fn return_money(&self, call: &Call, _: &GoodsInspected) -> Result<(), CallError> {
        self.0.gateway().act(call).await
    }

    async fn take_money_back(
        &self,
        call: &Call,
        _: &GoodsInspected,
        _: Option<&MoneyReturned>,
    ) -> Result<(), Unanswered> {
        self.0.gateway().undo(call).await
    }
}

/// How the goods of an order come back, unless they are broken.
fn is_worn(order: i64) -> bool {
    order % 2 == 1
}

fn open_return(draw: &mut Draw) -> Request {
    Request::OpenReturn(OpenReturn { order_id: draw.rng.below(10) as i64, amount: draw.number.into() })
}

/// What was inspected is what was opened, in the state that the warehouse saw.
struct Returns;

impl Team for Returns {
    fn judge(&self, evidence: &Evidence) -> Vec<String> {
        let mut findings = Vec::new();
        for row in evidence.rows("return-desk", "return_tb") {
            let (id, order) = (row.number("id").to_string(), row.number("order_id"));
            let good = if is_worn(order) { "worn" } else { "intact" };
            for it in evidence.messages("goods-inspected").filter(|it| it.correlation == id) {
                let fits = it.body["state"] == "broken" || it.body["state"] == good;
                if it.body["orderId"] != order || it.body["amount"] != *row.get("amount") || !fits {
                    findings.push(format!("return {id} for order {order} was inspected as {}", it.body));
                }
            }
        }
        findings
    }
}
