//! The query of a page: `after`, `limit`, and the values that fields must have.

use percent_encoding::percent_decode_str;

use crate::column::Column;
use crate::entity::ColumnDef;
use crate::outcome::Refusal;
use crate::store::Equals;

/// How many rows a page has unless the request says.
const DEFAULT_LIMIT: i64 = 100;
/// The most it may have.
const MAX_LIMIT: i64 = 1_000;

/// The longest name of a parameter that an answer repeats, in bytes.
const LONGEST_NAME: usize = 100;

/// Which page is asked for.
#[derive(Debug, PartialEq)]
pub(super) struct Page {
    /// What its rows must be.
    pub equals: Vec<Equals>,
    /// The key before its first.
    pub after: Option<Column<'static>>,
    /// How many rows it may have.
    pub limit: i64,
}

impl Page {
    /// Reads the query of a request for rows of these columns. What the path says of them is `fixed`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn of(
        query: Option<&str>,
        columns: &'static [ColumnDef],
        fixed: Vec<Equals>,
    ) -> Result<Self, Refusal> {
        let (mut equals, mut after, mut limit) = (fixed, None, None);
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).unwrap_or_default();
            let value = || decoded(value).ok_or_else(|| invalid(&name, "is not in UTF-8"));
            let is_new = match name.as_str() {
                "after" => after.replace(value()?).is_none(),
                "limit" => limit.replace(value()?).is_none(),
                field => {
                    let column = columns.iter().find(|it| it.field == field && it.ty.is_spelt());
                    let column = column.ok_or_else(|| invalid(field, unknown(columns)))?;
                    let is_new = equals.iter().all(|other| other.column != column);
                    equals.push(Equals::spelt(column, &value()?)?);
                    is_new
                }
            };
            if !is_new {
                return Err(invalid(&name, "is there twice"));
            }
        }
        let limit = limit.map_or(Some(DEFAULT_LIMIT), |limit: String| limit.parse().ok());
        let limit = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit));
        let limit = limit.ok_or_else(|| invalid("limit", format!("must be 1 to {MAX_LIMIT}")))?;
        let key = |text: String| {
            let key = columns.first().and_then(|key| key.parse(&text));
            key.ok_or_else(|| invalid("after", "is not a key"))
        };
        Ok(Self { equals, after: after.map(key).transpose()?, limit })
    }
}

fn unknown(columns: &[ColumnDef]) -> String {
    let fields = columns.iter().filter(|column| column.ty.is_spelt());
    let fields: Vec<String> = fields.map(|column| format!("`{}`", column.field)).collect();
    format!("is not a parameter; these are `after`, `limit`, and the fields {}", fields.join(", "))
}

fn invalid(name: &str, reason: impl Into<String>) -> Refusal {
    Refusal::invalid(&name[..name.floor_char_boundary(LONGEST_NAME)], reason)
}

/// A value as forms encode it, with `+` for a space.
fn decoded(value: &str) -> Option<String> {
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLUMNS: [ColumnDef; 4] = [
        ColumnDef::of::<String>("sku"),
        ColumnDef::of::<i32>("shop_id").field("shopId"),
        ColumnDef::of::<Option<f64>>("weight"),
        ColumnDef::of::<String>("status").one_of(&["OPEN", "SOLD"]),
    ];

    fn equals(at: usize, text: &str) -> Equals {
        Equals::spelt(&COLUMNS[at], text).expect("a value")
    }

    #[test]
    fn a_page_is_read() {
        let page = |equals, after: Option<&str>, limit| {
            let after = after.map(|after| Column::Text(vec![Some(after.to_owned().into())]));
            Ok(Page { equals, after, limit })
        };
        let read = |query| Page::of(query, &COLUMNS, Vec::new());
        assert_eq!(read(None), page(vec![], None, 100));
        assert_eq!(read(Some("")), page(vec![], None, 100));
        assert_eq!(read(Some("limit=1000&after=a%2Fb+c%25")), page(vec![], Some("a/b c%"), 1000));
        assert_eq!(read(Some("after")), page(vec![], Some(""), 100));
        assert_eq!(
            read(Some("status=OPEN&limit=2&shop%49d=-7&weight=1.50&sku")),
            page(vec![equals(3, "OPEN"), equals(1, "-7"), equals(2, "1.5"), equals(0, "")], None, 2)
        );
        let fixed = Page::of(Some("status=SOLD"), &COLUMNS, vec![equals(1, "7")]);
        assert_eq!(fixed, page(vec![equals(1, "7"), equals(3, "SOLD")], None, 100));
    }

    #[test]
    fn what_asks_for_no_page_is_refused() {
        for query in [
            "limit=0",
            "limit=-1",
            "limit=1001",
            "limit=1e3",
            "limit=",
            "limit=99999999999999999999",
            "limit=1&limit=1",
            "after=a&after=b",
            "after=%00",
            "offset=1",
            "after=%ff",
            "after=%c3%28",
            "Limit=1",
            "%00=1",
            "shop_id=1",
            "shopId=a",
            "shopId=",
            "shopId=2147483648",
            "status=open",
            "status=",
            "status=OPEN&status=SOLD",
            "weight=NaN",
            "weight=null",
            "sku=%00",
            "sku=%ff",
        ] {
            assert!(Page::of(Some(query), &COLUMNS, Vec::new()).is_err(), "{query}");
        }
        let said = |query, fixed| match Page::of(Some(query), &COLUMNS, fixed) {
            Err(Refusal::Invalid { field, reason }) => format!("`{field}` {reason}"),
            other => panic!("it is not refused: {other:?}"),
        };
        assert_eq!(
            said("offset=1", vec![]),
            "`offset` is not a parameter; these are `after`, `limit`, and the fields `sku`, `shopId`, `weight`, `status`"
        );
        assert_eq!(said("status=open", vec![]), "`status` must be one of OPEN, SOLD");
        assert_eq!(said("shopId=x", vec![]), "`shopId` must be an integer of 32 bits");
        assert_eq!(said("shopId=7", vec![equals(1, "7")]), "`shopId` is there twice");
    }
}
