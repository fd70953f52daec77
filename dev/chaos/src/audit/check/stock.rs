//! Whether the stock is what was taken, put back and sold.

use std::collections::{BTreeMap, BTreeSet};

use super::super::evidence::{Evidence, INCREASE_PRODUCT, PRODUCT_DECREASED};
use super::super::report::Finding;
use super::Invariant;
use super::instance::{End, Instances, effects};

/// What became of a product.
#[derive(Default)]
struct Account {
    taken: i64,
    put_back: i64,
    sold: i64,
    /// An order that was not sold, and whose stock is gone; or the other way round.
    suspect: Option<i64>,
}

pub(super) fn check(evidence: &Evidence, instances: &Instances<'_>) -> Finding {
    let mut finding = Finding::new(Invariant::Stock, "products");
    let mut accounts = accounts(evidence, instances);
    let products: BTreeSet<i64> =
        evidence.products.keys().chain(evidence.initial_stock.keys()).copied().collect();
    finding.look(products.len());
    for product in products {
        let Account { taken, put_back, sold, suspect } = accounts.remove(&product).unwrap_or_default();
        let (Some(initial), Some(now)) =
            (evidence.initial_stock.get(&product), evidence.products.get(&product))
        else {
            finding.violated(None, || format!("product {product} has come or gone"));
            continue;
        };
        if *now < 0 {
            finding.violated(suspect, || format!("of product {product}, {now} are left"));
        } else if *now != initial - taken + put_back {
            finding.violated(suspect, || {
                format!("of product {product}, {initial} less {taken} taken and {put_back} put back should be left, not {now}")
            });
        } else if *now != initial - sold {
            finding.violated(suspect, || {
                format!("of product {product}, {initial} less {sold} of completed orders should be left, not {now}")
            });
        }
    }
    for (product, account) in accounts {
        if account.taken > 0 {
            finding.violated(account.suspect, || format!("product {product} was taken, and does not exist"));
        }
    }
    finding
}

fn accounts(evidence: &Evidence, instances: &Instances<'_>) -> BTreeMap<i64, Account> {
    let mut accounts: BTreeMap<i64, Account> = BTreeMap::new();
    for (topic, said) in effects(evidence) {
        match topic {
            PRODUCT_DECREASED if said.success => {
                accounts.entry(said.product).or_default().taken += said.quantity
            }
            INCREASE_PRODUCT => accounts.entry(said.product).or_default().put_back += said.quantity,
            _ => {}
        }
    }
    for (order, instance) in &instances.all {
        let bought = instance.row.map(|row| (row.product, row.quantity));
        let Some((product, quantity)) = bought.or(instance.foreign.map(|said| (said.product, said.quantity)))
        else {
            continue;
        };
        let sold = instance.end() == Some(End::Completed);
        let account = accounts.entry(product).or_default();
        account.sold += if sold { quantity } else { 0 };
        if i64::from(instance.taken) - i64::from(instance.put_back) != i64::from(sold) {
            account.suspect.get_or_insert(*order);
        }
    }
    accounts
}
