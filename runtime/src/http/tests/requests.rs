//! What single requests get.

use super::{Reply, Running, Setting, cart};

#[tokio::test]
async fn a_row_can_be_read_where_its_location_says() {
    let shop = Running::start(Setting::default()).await;
    for key in [
        "plain",
        "a b",
        "a/b",
        "a?b",
        "a#b",
        "100%",
        "%41",
        "\u{c11c}\u{c6b8}",
        "\u{e4}",
        "..",
        ".",
        "",
        "x;y",
        "o'hara",
        "\"q\"",
        "{}",
        "\\",
        "\u{7f}",
        "a\r\nb: c",
        "a+b",
        "//",
        "../x",
        "é/..",
    ] {
        let made = shop.post(&[], &cart(key)).await;
        assert_eq!(made.status, 201, "{key:?}: {made:?}");
        let place = made.header("location").expect("a place").to_owned();
        let read = shop.get(&place).await;
        assert_eq!((read.status, read.body), (200, made.body), "{key:?} at {place}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn keys_that_no_row_can_have_are_not_found() {
    let shop = Running::start(Setting::default()).await;
    let long = format!("/carts/{}", "x".repeat(10_000));
    for (path, expected) in [
        ("/carts/%00", 404),
        ("/carts/a%00b", 404),
        ("/carts/%ff", 400),
        ("/carts/%c3%28", 400),
        ("/carts/a/", 404),
        ("//carts", 404),
        (&long, 404),
        ("/stock/carts?after=%00", 400),
        ("/stock/carts?after=a&after=b", 400),
        ("/stock/carts?limit=1e3", 400),
        ("/stock/carts?offset=1", 400),
        ("/stock/carts?after=%C3%A4&limit=5", 200),
        ("http://shop/stock/carts", 200),
        ("/", 404),
    ] {
        let reply = shop.get(path).await;
        assert_eq!(reply.status, expected, "{path}: {reply:?}");
        assert!(reply.body.len() < 300, "{}", reply.body.len());
    }
    shop.stop().await;
}

#[tokio::test]
async fn keys_are_bounded() {
    let shop = Running::start(Setting::default()).await;
    for (length, status) in [(1_024, 201), (1_025, 422), (250_000, 422)] {
        let made = shop.post(&[], &cart(&"k".repeat(length))).await;
        assert!(made.status == status && made.body.len() < 3_000, "{length}: {made:?}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn each_method_is_answered() {
    let shop = Running::start(Setting::default()).await;
    assert_eq!(shop.post(&[], &cart("a")).await.status, 201);
    for (request, status, allow) in [
        ("HEAD /carts/a", 200, None),
        ("HEAD /carts/b", 404, None),
        ("HEAD /stock/carts", 200, None),
        ("HEAD /livez", 200, None),
        ("HEAD /carts", 405, Some("POST, OPTIONS")),
        ("GET /carts", 405, Some("POST, OPTIONS")),
        ("PATCH /carts/a", 405, Some("DELETE, GET, HEAD, OPTIONS")),
        ("GET /carts/a/pieces", 405, Some("PUT, OPTIONS")),
        ("GET /bells/1", 405, Some("POST, OPTIONS")),
        ("POST /livez", 405, Some("GET, HEAD, OPTIONS")),
        ("TRACE /carts", 405, Some("POST, OPTIONS")),
        ("BREW /carts", 405, Some("POST, OPTIONS")),
        ("OPTIONS /carts", 204, Some("POST, OPTIONS")),
        ("OPTIONS /carts/a", 204, Some("DELETE, GET, HEAD, OPTIONS")),
        ("OPTIONS /metrics", 204, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS /openapi.json", 204, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS *", 204, None),
        ("OPTIONS /nothing", 404, None),
        ("CONNECT shop:80", 404, None),
    ] {
        let reply = shop.ask(request, &[], "").await;
        assert_eq!(
            (reply.status, sorted(reply.header("allow"))),
            (status, sorted(allow)),
            "{request}: {reply:?}"
        );
        if request.starts_with("HEAD") {
            assert_eq!(reply.body, "", "{request}");
        }
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_service_describes_its_interface() {
    let shop = Running::start(Setting::default()).await;
    let reply = shop.get("/openapi.json").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    assert_eq!(reply.body, r#"{"openapi":"3.1.0"}"#);
    shop.stop().await;
}

/// The order of methods means nothing.
fn sorted(allow: Option<&str>) -> Option<Vec<&str>> {
    let mut methods: Vec<&str> = allow?.split(',').map(str::trim).collect();
    methods.sort_unstable();
    Some(methods)
}

#[tokio::test]
async fn a_body_is_json() {
    let shop = Running::start(Setting::default()).await;
    let (body, json) = (cart("a"), "Content-Type: application/json");
    for (headers, status) in [
        (&[][..], 415),
        (&["Content-Type: text/plain"], 415),
        (&["Content-Type: application/x-www-form-urlencoded"], 415),
        (&["Content-Type: application/merge-patch+json"], 415),
        (&["Content-Type: application/json; charset=utf-16"], 415),
        (&[json, "Content-Encoding: gzip"], 415),
        (&[json, "Idempotency-Key: a", "Idempotency-Key: b"], 400),
        (&["Content-Type: application/json; charset=utf-8"], 201),
    ] {
        let reply = shop.ask("POST /carts", headers, &body).await;
        assert_eq!(reply.status, status, "{headers:?}: {reply:?}");
    }
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    let large = cart(&"x".repeat(300_000));
    for (body, status) in [
        ("", 400),
        ("null", 400),
        ("[\"b\",1,1,null]", 400),
        ("\u{feff}{}", 400),
        (r#"{"id":"b","id":"b","pieces":1,"weight":1}"#, 400),
        (r#"{"id":"b","pieces":2147483648,"weight":1}"#, 400),
        (r#"{"id":"b","pieces":1.0,"weight":1}"#, 400),
        (r#"{"id":"b","pieces":1,"weight":1e999}"#, 400),
        (r#"{"id":"b","pieces":1,"weight":NaN}"#, 400),
        (r#"{"id":"\u0000","pieces":1,"weight":1}"#, 400),
        (r#"{"id":"\ud800","pieces":1,"weight":1}"#, 400),
        (r#"{"id":"b","pieces":1,"weight":1} x"#, 400),
        (r#"{"id":"b","pieces":1}"#, 400),
        (&deep, 400),
        (&large, 413),
        (r#"{"id":"b","pieces":1,"weight":1,"unknown":[{}]}"#, 201),
    ] {
        let reply = shop.post(&[], body).await;
        assert_eq!(reply.status, status, "{}: {reply:?}", &body[..body.len().min(60)]);
    }
    assert_eq!(shop.get("/carts/b").await.status, 200);
    shop.stop().await;
}

#[tokio::test]
async fn a_key_stands_for_the_value_of_a_body() {
    let shop = Running::start(Setting::default()).await;
    let first = shop.post(&["Idempotency-Key: k"], r#"{"id":"a","pieces":1,"weight":1}"#).await;
    assert_eq!(first.status, 201);
    for (key, body) in [
        ("k", r#"{"id":"a","pieces":1,"weight":1}"#),
        ("\"k\"", r#"{"id":"a","pieces":1,"weight":1}"#),
        ("k", "{ \"weight\": 1.0,\n \"pieces\":1, \"id\":\"\\u0061\" }"),
        ("k", r#"{"id":"a","pieces":1,"weight":10e-1,"note":null,"unknown":1}"#),
    ] {
        let again = shop.post(&[&format!("Idempotency-Key: {key}")], body).await;
        assert_eq!((again.status, &again.body), (201, &first.body), "{body}");
        assert_eq!(again.header("location"), Some("/carts/a"));
    }
    for body in [r#"{"id":"a","pieces":2,"weight":1}"#, r#"{"id":"a","pieces":1,"weight":1,"note":""}"#] {
        assert_eq!(shop.post(&["Idempotency-Key: k"], body).await.status, 422, "{body}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn equal_values_are_one_body() {
    let shop = Running::start(Setting::default()).await;
    let mut carts = 0;
    let mut same = |one: &str, other: &str| {
        carts += 1;
        let body = |fields: &str| format!(r#"{{"id":"{carts}","pieces":1,"weight":1,{fields}}}"#);
        (format!("Idempotency-Key: k{carts}"), body(one), body(other))
    };
    for ((key, one, other), status) in [
        (same(r#""price":"1.50""#, r#""price":"1.5""#), 201),
        (same(r#""price":1.50"#, r#""price":"15e-1""#), 201),
        (same(r#""price":"1e2""#, r#""price":"100.00""#), 201),
        (same(r#""price":"0.00""#, r#""price":-0"#), 201),
        (same(r#""note":"1.50""#, r#""note":"1.5""#), 422),
        (same(r#""price":"1.50""#, r#""price":"1.51""#), 422),
        (
            same(
                r#""lines":[{"count":1,"until":"2026-01-31T13:00:00+01:00"}]"#,
                r#""lines":[{"until":"2026-01-31T12:00:00.000Z","count":1}]"#,
            ),
            201,
        ),
    ] {
        assert_eq!(shop.post(&[&key], &one).await.status, 201, "{one}");
        assert_eq!(shop.post(&[&key], &other).await.status, status, "{one} and {other}");
    }
    let zero = |weight: &str| format!(r#"{{"id":"zero","pieces":1,"weight":{weight}}}"#);
    for weight in ["0", "-0.0"] {
        assert_eq!(shop.post(&["Idempotency-Key: zero"], &zero(weight)).await.status, 201, "{weight}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_body_that_is_refused_names_its_field() {
    let shop = Running::start(Setting::default()).await;
    let with = |field: &str| format!(r#"{{"id":"a","pieces":1,"weight":1,{field}}}"#);
    for (body, field, detail) in [
        (
            r#"{"id":"a","pieces":"1","weight":1}"#.to_owned(),
            "pieces",
            "`pieces`: invalid type: string \"1\", expected an integer of 32 bits",
        ),
        (r#"{"id":"a","weight":1}"#.to_owned(), "pieces", "missing field `pieces`"),
        (with(r#""id":"b""#), "id", "`id`: is there twice"),
        (
            with(r#""price":"cheap""#),
            "price",
            "`price`: expected a decimal of at most 28 digits, not \"cheap\"",
        ),
        (with(r#""lines":[{"count":1},{}]"#), "lines[1].count", "missing field `lines[1].count`"),
        (
            with(r#""lines":[{"count":1,"until":"noon"}]"#),
            "lines[0].until",
            "`lines[0].until`: expected a time such as 2026-01-31T12:00:00Z, not \"noon\"",
        ),
        (with(r#""note":1e999"#), "note", "`note`: number out of range at line 1 column 44"),
    ] {
        let reply = shop.post(&[], &body).await;
        let problem: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!(
            (reply.status, &problem["field"], &problem["detail"]),
            (400, &field.into(), &detail.into())
        );
    }
    for (body, expected) in [
        (r#"{"id":"a","#.to_owned(), "EOF while parsing"),
        (format!("{} x", with(r#""note":null"#)), "trailing characters"),
    ] {
        let reply = shop.post(&[], &body).await;
        assert!(reply.status == 400 && reply.body.contains(expected), "{reply:?}");
        assert!(!reply.body.contains("\"field\""), "{reply:?}");
    }
    let long = shop.post(&[], &with(&format!("\"{}\":[", "x".repeat(100_000)))).await;
    assert!(long.status == 400 && long.body.len() < 1_000, "{long:?}");
    shop.stop().await;
}

#[tokio::test]
async fn a_parameter_that_is_refused_is_named() {
    let shop = Running::start(Setting::default()).await;
    for (path, field) in [
        ("/stock/carts?pieces=many", "pieces"),
        ("/stock/many/carts", "pieces"),
        ("/stock/carts?limit=0", "limit"),
        ("/stock/carts?offset=1", "offset"),
        ("/stock/carts?after=a&after=b", "after"),
    ] {
        let reply = shop.get(path).await;
        let problem: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        assert_eq!((reply.status, &problem["field"]), (400, &field.into()), "{path}: {reply:?}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn what_http_allows_is_understood() {
    let shop = Running::start(Setting::default()).await;
    let body = cart("a");
    let length = body.len();
    let head = "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n";
    for (bytes, statuses) in [
        (format!("{head}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n{body}"), &[100, 201][..]),
        (format!("{head}Expect: 100-continue\r\nContent-Length: 300000\r\n\r\n"), &[413]),
        (format!("{head}Content-Length: 99999999999\r\n\r\n"), &[413]),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", &body[..5], length - 5, &body[5..]), &[422]),
        (format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), &[400]),
        (format!("{head}Content-Length: x\r\n\r\n"), &[400]),
        (format!("{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), &[400]),
        ("GET /livez HTTP/1.0\r\n\r\n".into(), &[200]),
        ("GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /carts/a HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n".into(), &[200, 200, 404]),
        (format!("GET /livez HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(20_000)), &[431]),
        (format!("GET /livez HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200)), &[431]),
        ("GET /livez HTTP/2.0\r\n\r\n".into(), &[400]),
        ("nonsense\r\n\r\n".into(), &[400]),
    ] {
        let text = shop.send(bytes.as_bytes()).await;
        let got: Vec<u16> = text.split("HTTP/1.").skip(1).map(|reply| super::Reply::of(reply).status).collect();
        assert_eq!(got, statuses, "{}: {text}", &bytes[..bytes.len().min(200)]);
    }
    shop.stop().await;
}

#[tokio::test]
async fn scripts_of_other_pages_are_let_in_by_configuration_only() {
    let preflight = ["Origin: https://shop.example", "Access-Control-Request-Method: POST"];
    let closed = Running::start(Setting::default()).await;
    let reply = closed.ask("OPTIONS /carts", &preflight, "").await;
    assert!(reply.status == 204 && !reply.head.to_lowercase().contains("access-control"), "{reply:?}");
    closed.stop().await;

    let open = Running::start(Setting { origins: "https://shop.example", ..Setting::default() }).await;
    let reply = open.ask("OPTIONS /carts", &preflight, "").await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://shop.example"));
    assert!(
        reply.header("access-control-allow-methods").is_some_and(|methods| methods.contains("POST")),
        "{reply:?}"
    );
    assert!(reply.header("access-control-allow-headers").is_some_and(|it| it.contains("idempotency-key")));
    let made = open.post(&preflight[..1], &cart("a")).await;
    assert_eq!(made.header("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(made.header("access-control-expose-headers"), Some("location, retry-after"));
    for reply in [open.post(&["Origin: https://evil.example"], &cart("b")).await, open.get("/carts/a").await]
    {
        assert_eq!(
            (reply.header("access-control-allow-origin"), reply.header("vary")),
            (None, Some("Origin"))
        );
    }
    open.stop().await;

    let public = Running::start(Setting { origins: "*", ..Setting::default() }).await;
    let reply = public.ask("GET /carts/nothing", &preflight[..1], "").await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (404, Some("*")));
    public.stop().await;
}

#[tokio::test]
async fn an_expectation_that_is_not_met_is_refused() {
    let shop = Running::start(Setting::default()).await;
    for (expect, status) in [("100-Continue", 201), ("banana", 417), ("100-continue, banana", 417)] {
        let header = format!("Expect: {expect}");
        let reply = shop.post(&[&header], &cart(expect)).await;
        // What comes first may be the interim answer that was asked for.
        let reply = if reply.status == 100 { Reply::of(&reply.body) } else { reply };
        assert_eq!(reply.status, status, "{expect}: {reply:?}");
        assert_eq!(
            shop.get(&format!("/carts/{}", expect.replace(' ', "%20"))).await.status == 200,
            status == 201
        );
    }
    shop.stop().await;
}
