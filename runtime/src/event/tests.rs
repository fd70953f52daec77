use std::fmt::Debug;

use serde::Deserialize;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Priced {
    order_id: i64,
    price: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    note: String,
}

impl Event for Priced {
    type Correlation = i64;
    const NAME: &'static str = "Priced";
    const TOPIC: &'static str = "priced";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }
}

fn priced(price: f64, note: &str) -> Priced {
    Priced { order_id: 1, price, weight: None, note: note.to_owned() }
}

fn written(event: &Priced) -> Result<String, String> {
    let mut bytes = Vec::new();
    write_event(&mut bytes, event).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(bytes).expect("JSON is text"))
}

fn refusal<T: Debug>(read: Result<T, Undecodable>) -> String {
    read.expect_err("it is not what it should be").to_string()
}

#[test]
fn an_escaped_nul_is_seen_and_an_escaped_backslash_is_not_one() {
    assert!(holds_nul(br#"{"a":"x\u0000"}"#));
    assert!(holds_nul(br#"{"a":"\\\u0000"}"#));
    assert!(!holds_nul(br#"{"a":"\\u0000"}"#));
    assert!(!holds_nul(br#"{"a":"u0000"}"#));
    assert!(!holds_nul(br"{\"));
    assert!(!holds_nul(br"\u000"));
}

#[test]
fn only_objects_are_read() {
    let fields = r#"{"orderId":1,"price":2.5,"note":"x"}"#;
    assert_eq!(decode::<Priced>(format!(" \r\n\t{fields}\n").as_bytes()).ok(), Some(priced(2.5, "x")));
    for other in [r#"[1,2.5,null,"x"]"#, "", " ", "null", "1", "\"{}\"", "\u{feff}{}", "\0{}", "[{}]"] {
        assert!(
            refusal(decode::<Priced>(other.as_bytes())).ends_with("a JSON object is expected"),
            "{other}"
        );
    }
}

#[test]
fn what_is_not_the_contract_is_refused() {
    let body = |fields: &str| format!("{{\"orderId\":1,\"price\":2.5,\"note\":\"x\"{fields}}}");
    for fields in [
        r#","price":3"#,
        r#","note":"\ud800""#,
        r#","note":"\u0000""#,
        r#","a":"\u0000""#,
        ",",
        "}",
        r#","weight":1e999"#,
        r#","weight":NaN"#,
        r#","weight":"1""#,
        r#","weight":[1]"#,
        "/**/",
        r#","a":'x'"#,
    ] {
        assert!(decode::<Priced>(body(fields).as_bytes()).is_err(), "{fields}");
    }
    for id in ["9223372036854775808", "1.0", "1e3", "\"1\"", "true", "null", "-0", "01", "+1", "0x1", "1_0"] {
        let body = format!("{{\"orderId\":{id},\"price\":1,\"note\":\"\"}}");
        assert!(decode::<Priced>(body.as_bytes()).is_err(), "{id}");
    }
    let deep = format!(
        "{{\"orderId\":1,\"price\":1,\"note\":\"\",\"a\":{}{}}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    // However deep what is not read may be, it ends in a result.
    let _ = decode::<Priced>(deep.as_bytes());
    let mut invalid = body("").into_bytes();
    invalid[35] = 0xff;
    assert!(decode::<Priced>(&invalid).is_err());
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Named {
    name: String,
}

impl Event for Named {
    type Correlation = String;
    const NAME: &'static str = "Named";
    const TOPIC: &'static str = "named";

    fn correlation(&self) -> &String {
        &self.name
    }
}

#[test]
fn a_correlation_fits_into_an_index() {
    let named = |length| decode::<Named>(format!("{{\"name\":\"{}\"}}", "x".repeat(length)).as_bytes());
    assert!(named(LONGEST_KEY).is_ok());
    assert!(refusal(named(LONGEST_KEY + 1)).contains("1024 bytes"));
}

#[test]
fn a_negative_zero_is_called_by_its_name() {
    let refusal = refusal(decode::<Priced>(br#"{"orderId":-0,"price":2.5,"note":"x"}"#));
    assert!(refusal.contains("a negative zero") && refusal.contains("expected an integer"), "{refusal}");
}

#[test]
fn a_refusal_is_short_and_names_the_field() {
    let body = format!("{{\"orderId\":\"{}\"}}", "\u{fffd}".repeat(200_000));
    let refusal = refusal(decode::<Priced>(body.as_bytes()));
    assert!(refusal.len() < 600, "{} bytes", refusal.len());
    assert!(refusal.contains("`orderId`: invalid type: string"), "{refusal}");
}

#[test]
fn what_readers_refuse_is_not_written() {
    assert_eq!(
        written(&priced(1.0, "a\u{1}\n")).as_deref(),
        Ok(r#"{"orderId":1,"price":1.0,"note":"a\u0001\n"}"#)
    );
    for price in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(
            written(&priced(price, "")).is_err_and(|error| error.contains("JSON has no number")),
            "{price}"
        );
        let weight = Priced { weight: Some(price), ..priced(1.0, "") };
        assert!(written(&weight).is_err());
    }
    assert!(written(&priced(1.0, "a\0")).is_err_and(|error| error.contains("NUL")));
}

#[test]
fn a_number_is_the_same_after_any_number_of_hops() {
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..2_000 {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let price = f64::from_bits(bits);
        if !price.is_finite() {
            continue;
        }
        let once = written(&priced(price, "")).expect("a finite number");
        let read: Priced = decode(once.as_bytes()).expect("what was written");
        assert_eq!(read.price.to_bits(), price.to_bits(), "{once}");
        assert_eq!(written(&read), Ok(once));
    }
}
