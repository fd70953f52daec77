//! Every handler is asked twice, from the same rows and messages.
//!
//! A step is decided again after a crash, a lost answer or a conflict, and nobody knows that it was decided before.
//! A handler that decides otherwise then has two opinions of one instance. The second call changes
//! nothing: its rows and messages are thrown away.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use saga_runtime::{AnyTable, Column, ColumnType, Decimal, Outgoing, Rows, entropy};
use serde_json::Value;

use super::clock;
use super::database::cell;
use super::faults::Faults;

/// By how much later the second call may be, in seconds: a moment, an hour, a day, half a year, eleven years. Each
/// with something besides, so that the hour, the minute and the day of the week are others.
const LATER: [i64; 5] = [1, 3_600 + 61, 86_400 + 3_661, 190 * 86_400 + 40_271, 4_020 * 86_400 + 27_722];

/// A value of a row: table, key, column.
pub(crate) type At = (&'static str, String, &'static str);

/// What came of a handler.
pub(crate) struct Asked<T> {
    /// What it said.
    pub said: Result<T, Panicked>,
    /// The rows before and after it.
    pub rows: [Vec<Table>; 2],
    /// What it said and did otherwise when it was asked again.
    pub differs: Option<Difference>,
}

/// A handler has panicked.
pub(crate) struct Panicked {
    /// What it said, and where.
    pub message: String,
    payload: Box<dyn Any + Send>,
}

impl Panicked {
    /// Goes on with the panic.
    pub(crate) fn go_on(self) -> ! {
        std::panic::resume_unwind(self.payload)
    }
}

/// What was different the second time.
pub(crate) struct Difference {
    /// In words.
    pub what: String,
    /// Whether it was the time that was different.
    pub is_of_clock: bool,
}

/// The rows of a table.
#[derive(PartialEq)]
pub(crate) struct Table {
    name: &'static str,
    columns: Vec<(&'static str, ColumnType)>,
    values: Vec<Column<'static>>,
}

impl Table {
    fn of(table: &dyn AnyTable) -> Self {
        let def = table.def();
        let values = table.all_rows().into_iter().map(Column::into_owned).collect();
        Self { name: def.name, columns: def.columns.iter().map(|it| (it.name, it.ty)).collect(), values }
    }

    fn values(&self) -> impl Iterator<Item = (At, ColumnType, Value)> {
        let count = self.values.first().map_or(0, Column::len);
        (0..count).flat_map(move |row| {
            let key = crate::plan::as_text(&cell(&self.values[0], row)).unwrap_or_default();
            let columns = self.columns.iter().zip(&self.values);
            columns.map(move |((name, ty), column)| ((self.name, key.clone(), *name), *ty, cell(column, row)))
        })
    }
}

/// What has changed in rows, value by value: what it was if there was one, and what it is.
pub(crate) fn changes([before, after]: &[Vec<Table>; 2]) -> Vec<(At, Option<Value>, Value)> {
    let before: BTreeMap<At, Value> =
        before.iter().flat_map(Table::values).map(|(at, _, it)| (at, it)).collect();
    let now = after.iter().flat_map(Table::values).map(|(at, _, now)| (before.get(&at).cloned(), at, now));
    now.filter(|(before, _, now)| before.as_ref() != Some(now))
        .map(|(before, at, now)| (at, before, now))
        .collect()
}

/// By how much numbers of rows have changed that were there before and are there still.
pub(crate) fn differences([before, after]: &[Vec<Table>; 2]) -> BTreeMap<At, Decimal> {
    let numbers = |tables: &[Table]| -> BTreeMap<At, Decimal> {
        let values = tables.iter().flat_map(Table::values);
        values.filter_map(|(at, ty, value)| Some((at, number(ty, &value)?))).collect()
    };
    let before = numbers(before);
    let after = numbers(after).into_iter();
    let differences = after.filter_map(|(at, now)| Some((at.clone(), now.checked_sub(*before.get(&at)?)?)));
    differences.filter(|(_, by)| !by.is_zero()).collect()
}

fn number(ty: ColumnType, value: &Value) -> Option<Decimal> {
    match ty {
        ColumnType::Int | ColumnType::BigInt => value.as_i64().map(Decimal::from),
        ColumnType::Decimal => value.as_str()?.parse().ok(),
        _ => None,
    }
}

/// Asks a handler, and asks it again with the same rows at another time. What it did the first time counts.
pub(crate) fn twice<R: Rows, T>(
    faults: &Faults,
    (rows, out): (&mut R, &mut Outgoing),
    ask: impl Fn(&mut R, &mut Outgoing) -> T,
    words: impl Fn(&T) -> String,
) -> Asked<T> {
    let (before, published) = (Copy::of(rows), out.published().count());
    let first_rows = tables(rows);
    faults.sim().chances.begin();
    let said = caught(|| ask(rows, out));
    let after = Copy::of(rows);
    let left = tables(rows);

    before.put_back(rows);
    let mut scratch = Outgoing::default();
    let seconds = {
        let mut sim = faults.sim();
        sim.chances.repeat();
        sim.asked += 1;
        LATER[sim.asked % LATER.len()]
    };
    let (again, is_of_clock) = clock::later(seconds, || caught(|| ask(rows, &mut scratch)));
    let left_again = tables(rows);
    after.put_back(rows);
    faults.sim().chances.end();

    let in_words = |said: &Result<T, Panicked>| match said {
        Ok(said) => words(said),
        Err(panicked) => format!("panic: {}", panicked.message),
    };
    let what = differing(&in_words(&said), &in_words(&again))
        .or_else(|| {
            // A panic leaves rows as they happen to be, and they are thrown away.
            let differ = changes(&[left_again, tables(rows)]);
            let (at, before, now) = differ.into_iter().next().filter(|_| said.is_ok())?;
            Some(format!("{} is first {now}, then {}", place(&at), before.unwrap_or_default()))
        })
        .or_else(|| {
            let first = out.published().skip(published).map(message);
            first.zip(scratch.published().map(message)).find_map(|(first, then)| differing(&first, &then))
        });
    let differs = what.map(|what| Difference { what, is_of_clock });
    Asked { said, rows: [first_rows, left], differs }
}

/// A value of a row in words.
pub(crate) fn place((table, key, column): &At) -> String {
    format!("{column} of {key} in {table}")
}

fn differing(first: &str, then: &str) -> Option<String> {
    (first != then).then(|| format!("first {first}, then {then}"))
}

fn message((topic, _, body): (&'static str, &[u8], &[u8])) -> String {
    format!("{topic} {}", String::from_utf8_lossy(body))
}

fn tables(rows: &mut impl Rows) -> Vec<Table> {
    rows.tables().into_iter().map(|table| Table::of(table)).collect()
}

/// Rows as they were, and chance as it was.
struct Copy {
    tables: Vec<Box<dyn Any + Send>>,
    steps: Vec<Box<dyn Any + Send>>,
    entropy: Option<u64>,
}

impl Copy {
    fn of(rows: &mut impl Rows) -> Self {
        Self {
            tables: rows.tables().into_iter().map(|table| table.copy()).collect(),
            steps: rows.steps().into_iter().map(|steps| steps.copy()).collect(),
            entropy: entropy::state(),
        }
    }

    fn put_back(&self, rows: &mut impl Rows) {
        for (table, copy) in rows.tables().into_iter().zip(&self.tables) {
            table.put_back(copy.as_ref());
        }
        for (steps, copy) in rows.steps().into_iter().zip(&self.steps) {
            steps.put_back(copy.as_ref());
        }
        if let Some(state) = self.entropy {
            entropy::seed(state);
        }
    }
}

/// What a handler draws by chance, to be drawn alike when it is asked again.
#[derive(Default)]
pub(crate) struct Chances {
    drawn: Vec<bool>,
    next: Option<usize>,
    is_asking: bool,
}

impl Chances {
    fn begin(&mut self) {
        *self = Self { is_asking: true, ..Self::default() };
    }

    fn repeat(&mut self) {
        self.next = Some(0);
    }

    fn end(&mut self) {
        *self = Self::default();
    }

    /// What was drawn here the first time, if this is the second.
    pub(crate) fn drawn(&mut self) -> Option<bool> {
        let next = self.next.as_mut()?;
        let drawn = self.drawn.get(*next).copied();
        *next += 1;
        drawn
    }

    /// Keeps in mind what was drawn.
    pub(crate) fn keep(&mut self, drawn: bool) {
        if self.is_asking && self.next.is_none() {
            self.drawn.push(drawn);
        }
    }

    /// Whether a handler is being asked again.
    pub(crate) fn is_again(&self) -> bool {
        self.next.is_some()
    }
}

thread_local! {
    static IS_ASKING: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Asks a handler. Its panic is not printed, for it may happen a thousand times.
fn caught<T>(ask: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| match IS_ASKING.get() {
            true => SAID.set(said(info)),
            false => usual(info),
        }));
    });
    IS_ASKING.set(true);
    let asked = catch_unwind(AssertUnwindSafe(ask));
    IS_ASKING.set(false);
    asked.map_err(|payload| Panicked { message: SAID.take(), payload })
}

fn said(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("something");
    info.location().map_or_else(|| message.to_owned(), |at| format!("{message}, at {at}"))
}
