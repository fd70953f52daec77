//! Each transition that is proved of the saga is made in its services.

use account::AccountService;
use return_contracts::events::{GoodsInspected, GoodsInspectedState, MoneyReturned, ReturnOpened};
use return_contracts::warehouse::InspectGoods;
use return_desk::ReturnDeskService;
use saga_runtime::{Call, CallError, Unanswered};
use saga_semantics::{AnyPlace, Place, Saga, Script};
use warehouse::WarehouseService;

struct Handlers(Script);

impl return_contracts::return_desk::Handlers for Handlers {}

impl return_contracts::warehouse::Handlers for Handlers {
    async fn inspect_goods(&self, _: &Call, _: &ReturnOpened) -> Result<InspectGoods, CallError> {
        let ways = [InspectGoods::Intact, InspectGoods::Worn];
        self.0.calls("inspect-goods").map(|way| ways[way].clone())
    }
}

impl return_contracts::account::Handlers for Handlers {
    async fn return_money(&self, _: &Call, inspected: &GoodsInspected) -> Result<(), CallError> {
        assert_ne!(inspected.state, GoodsInspectedState::Broken);
        self.0.calls("return-money").map(|_| ())
    }

    async fn take_money_back(
        &self,
        _: &Call,
        _: &GoodsInspected,
        returned: Option<&MoneyReturned>,
    ) -> Result<(), Unanswered> {
        assert!(returned.is_none_or(|returned| returned.success));
        self.0.does("take-money-back");
        Ok(())
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(ReturnDeskService::new(handlers())).any(),
        Place::new(WarehouseService::new(handlers())).any(),
        Place::new(AccountService::new(handlers())).any(),
    ]
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).agrees();
}
