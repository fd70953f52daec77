//! Each transition that is proved of the saga is made in its services. The test decides in the place of the SQL.

use insurance_contracts::events::PolicyRequested;
use insurance_contracts::underwriting::Underwrite;
use policy::PolicyService;
use saga_runtime::{Sql, SqlError};
use saga_semantics::{AnyPlace, Place, Saga, Script};
use underwriting::UnderwritingService;

struct Handlers(Script);

impl insurance_contracts::policy::Handlers for Handlers {}

impl insurance_contracts::underwriting::Handlers for Handlers {
    async fn underwrite(&self, _: &Sql, _: &PolicyRequested) -> Result<Underwrite, SqlError> {
        self.0.decides("underwrite")?;
        Ok(Underwrite { number: "A-000001".to_owned() })
    }
}

fn services(script: &Script) -> Vec<Box<dyn AnyPlace>> {
    let handlers = || Handlers(script.clone());
    vec![
        Place::new(PolicyService::new(handlers())).any(),
        Place::new(UnderwritingService::new(handlers())).any(),
    ]
}

#[test]
fn what_is_proved_is_what_runs() {
    Saga::new("../saga.yaml", services).agrees();
}
