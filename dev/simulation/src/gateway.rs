//! A system outside the saga that steps call: it answers, says no, is slow, or says nothing although it has acted.

use std::collections::BTreeMap;
use std::time::Duration;

use saga_runtime::{Call, CallError, Rejection, Unanswered};
use tokio::time::sleep;

use super::sim::Shared;

/// The longest a call is waited for anywhere.
const FOR_EVER: Duration = Duration::from_secs(600);

/// A system that is called. It acts once for a key, however often it is asked, and never once that is undone.
#[derive(Clone)]
pub struct Gateway(pub(crate) Shared);

/// What it has done, by key.
#[derive(Default)]
pub(crate) struct Ledger(BTreeMap<String, Account>);

/// What it has done for one key.
#[derive(Clone)]
pub(crate) struct Account {
    /// Whether it acted.
    pub acted: bool,
    /// Whether it was asked to undo that.
    pub undone: bool,
    /// Whether it refuses to act.
    refuses: bool,
    /// How many more calls it does not answer.
    silent: u64,
    /// How many more calls to undo it does not answer.
    silent_undone: u64,
}

/// What becomes of one call.
struct Fate {
    /// How long it is on its way; none if it never arrives.
    arrives: Option<Duration>,
    /// How long its answer takes; none if it never comes.
    answers: Option<Duration>,
    /// Whether the caller learns at once that there will be no answer.
    breaks: bool,
}

impl Gateway {
    /// Asks it to act.
    ///
    /// # Errors
    /// It says no, or nothing.
    pub async fn act(&self, call: &Call) -> Result<(), CallError> {
        let fate = self.fate(&call.key, false);
        self.arrive(&call.key, &fate, |account| account.acted |= !account.refuses && !account.undone);
        self.answer(&fate, "the gateway acts").await?;
        let sim = self.0.get();
        let account = sim.gateway.0.get(&call.key);
        match account.is_some_and(|account| account.acted) {
            true => Ok(()),
            false => Err(Rejection::because("the gateway says no").into()),
        }
    }

    /// Asks it to act, which it never refuses: for a step that cannot fail.
    ///
    /// # Errors
    /// It says nothing.
    pub async fn act_always(&self, call: &Call) -> Result<(), Unanswered> {
        let fate = self.fate(&call.key, false);
        self.arrive(&call.key, &fate, |account| account.acted = true);
        self.answer(&fate, "the gateway acts").await
    }

    /// Asks it to undo what it did, or may have done.
    ///
    /// # Errors
    /// It says nothing.
    pub async fn undo(&self, call: &Call) -> Result<(), Unanswered> {
        let fate = self.fate(&call.key, true);
        self.arrive(&call.key, &fate, |account| account.undone = true);
        self.answer(&fate, "the gateway undoes").await
    }

    /// Draws what becomes of a call.
    fn fate(&self, key: &str, undo: bool) -> Fate {
        let mut sim = self.0.get();
        let sim = &mut *sim;
        let account = sim.gateway.0.entry(key.to_owned()).or_insert_with(|| Account::draw(&mut sim.rng));
        let silent = if undo { &mut account.silent_undone } else { &mut account.silent };
        let is_silent = *silent > 0;
        *silent = silent.saturating_sub(1);
        let most = if sim.rng.happens(100) { 9_000 } else { 80 };
        let mut some = |most| Duration::from_millis(sim.rng.between(1, most));
        let fate = match is_silent {
            false => Fate { arrives: Some(some(most)), answers: Some(some(most)), breaks: false },
            true => {
                let late = some(40_000);
                let breaks = some(2) == Duration::from_millis(1);
                let arrives = match late.as_millis() % 5 {
                    0 => Some(late),
                    1..3 => Some(some(80)),
                    _ => None,
                };
                Fate { arrives, answers: None, breaks }
            }
        };
        if is_silent {
            sim.fault("no answer to a call", || format!("{key}, which arrives after {:?}", fate.arrives));
        }
        fate
    }

    /// Lets a call arrive, even if its caller is gone by then.
    fn arrive(&self, key: &str, fate: &Fate, effect: impl FnOnce(&mut Account) + Send + 'static) {
        let Some(arrives) = fate.arrives else { return };
        let (shared, key) = (self.0.clone(), key.to_owned());
        tokio::spawn(async move {
            sleep(arrives).await;
            let mut sim = shared.get();
            if let Some(account) = sim.gateway.0.get_mut(&key) {
                effect(account);
                let Account { acted, undone, .. } = *account;
                sim.note(|| format!("the gateway on {key}: acted {acted}, undone {undone}"));
            }
        });
    }

    /// Waits for the answer.
    async fn answer(&self, fate: &Fate, what: &str) -> Result<(), Unanswered> {
        let Some(answers) = fate.answers else {
            sleep(if fate.breaks { Duration::from_millis(20) } else { FOR_EVER }).await;
            return Err(Unanswered(format!("{what}, or not: the connection broke")));
        };
        sleep(fate.arrives.unwrap_or_default() + answers).await;
        Ok(())
    }
}

impl Account {
    fn draw(rng: &mut super::rng::Rng) -> Self {
        let (mut silent, mut silent_undone) = (0, 0);
        match rng.below(10) {
            0..3 => silent = rng.between(1, 4),
            // Long enough that it counts as unknown.
            3 => silent = rng.between(10, 13),
            _ => {}
        }
        if rng.happens(300) {
            silent_undone = rng.between(1, 5);
        }
        Self { acted: false, undone: false, refuses: rng.happens(150), silent, silent_undone }
    }
}

impl Ledger {
    /// What it has done for a key.
    pub(crate) fn of(&self, key: &str) -> Option<&Account> {
        self.0.get(key)
    }
}
