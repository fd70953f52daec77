use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Values {
    #[serde(with = "self::super")]
    price: Decimal,
    #[serde(with = "self::super", default, skip_serializing_if = "Option::is_none")]
    fee: Option<Decimal>,
    #[serde(with = "self::super")]
    parts: Vec<Decimal>,
    #[serde(with = "self::super")]
    at: Timestamp,
    #[serde(with = "self::super")]
    on: Date,
    #[serde(with = "self::super::text")]
    cents: i64,
}

fn with(name: &str, json: &str) -> Result<Values, String> {
    let mut fields = [
        ("price", "\"1\""),
        ("parts", "[]"),
        ("at", "\"2026-01-31T12:00:00Z\""),
        ("on", "\"2026-01-31\""),
        ("cents", "\"1\""),
    ];
    let mut more = format!(",\"{name}\":{json}");
    if let Some(field) = fields.iter_mut().find(|field| field.0 == name) {
        field.1 = json;
        more.clear();
    }
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    serde_json::from_str(&format!("{{{}{more}}}", fields.join(","))).map_err(|error| error.to_string())
}

fn price(json: &str) -> Option<String> {
    with("price", json).ok().map(|values| values.price.to_string())
}

#[test]
fn a_decimal_keeps_its_digits() {
    for (json, expected) in [
        ("\"12.50\"", "12.50"),
        ("12.50", "12.50"),
        ("0.1", "0.1"),
        ("9007199254740993", "9007199254740993"),
        ("1234567890123456789012345.678", "1234567890123456789012345.678"),
        ("-0.00", "0.00"),
        ("1e3", "1000"),
        ("1.25E+1", "12.5"),
        ("1e-7", "0.0000001"),
        ("\"\\u0031\"", "1"),
    ] {
        assert_eq!(price(json).as_deref(), Some(expected), "{json}");
    }
    for json in [
        "\"\"",
        "\"1_000\"",
        "\"1,5\"",
        "\" 1\"",
        "\".5\"",
        "\"1.\"",
        "\"+1\"",
        "\"NaN\"",
        "true",
        "null",
        "[]",
        "0.00000000000000000000000000001",
        "99999999999999999999999999999999",
        "1e400",
        "1e-400",
        "1e2147483648",
        "{\"a\":1}",
    ] {
        assert_eq!(price(json), None, "{json}");
    }
}

#[test]
fn a_time_is_in_utc_and_cut_to_microseconds() {
    let at = |json: &str| with("at", json).ok().map(|values| values.at.to_string());
    for (json, expected) in [
        ("\"2026-01-31T12:00:00.1234567Z\"", "2026-01-31T12:00:00.123456Z"),
        ("\"2026-01-31T13:00:00+01:00\"", "2026-01-31T12:00:00Z"),
        ("\"1969-12-31T23:59:59.9999999Z\"", "1969-12-31T23:59:59.999999Z"),
        ("\"0001-01-01T00:00:00Z\"", "0001-01-01T00:00:00Z"),
        ("\"9999-12-30T22:00:00Z\"", "9999-12-30T22:00:00Z"),
    ] {
        assert_eq!(at(json).as_deref(), Some(expected), "{json}");
    }
    for json in ["\"2026-01-31\"", "\"2026-01-31T12:00:00\"", "\"0000-12-31T23:59:59Z\"", "1", "\"\""] {
        assert_eq!(at(json), None, "{json}");
    }
    let on = |json: &str| with("on", json).ok().map(|values| values.on.to_string());
    assert_eq!(on("\"2024-02-29\"").as_deref(), Some("2024-02-29"));
    for json in ["\"2023-02-29\"", "\"2024-02-29T00:00:00Z\"", "\"0000-01-01\"", "20240229", "\"20240229\""] {
        assert_eq!(on(json), None, "{json}");
    }
}

#[test]
fn a_number_as_text_is_written_as_text_and_read_as_either() {
    for json in ["\"9007199254740993\"", "9007199254740993"] {
        let read = with("cents", json).expect("a number");
        assert_eq!(read.cents, 9_007_199_254_740_993);
        assert!(serde_json::to_string(&read).expect("JSON").contains("\"cents\":\"9007199254740993\""));
    }
    for json in ["\"9223372036854775808\"", "1.0", "\"+1\"", "\"\"", "null", "true"] {
        assert!(with("cents", json).is_err(), "{json}");
    }
}

#[test]
fn values_are_exact_where_they_are_optional_and_in_lists() {
    assert_eq!(with("fee", "null").expect("no fee").fee, None);
    let fee = with("fee", "0.10").expect("a fee");
    assert!(serde_json::to_string(&fee).expect("JSON").contains("\"fee\":\"0.10\""));
    let parts = with("parts", "[0.10, \"2\"]").expect("a list");
    assert!(serde_json::to_string(&parts).expect("JSON").contains("\"parts\":[\"0.10\",\"2\"]"));
    assert!(with("parts", "[null]").is_err());
}

#[test]
fn what_is_wrong_is_said() {
    let error = with("price", "\"twelve\"").expect_err("no decimal");
    assert!(error.starts_with("expected a decimal of at most 28 digits, not \"twelve\""), "{error}");
}
