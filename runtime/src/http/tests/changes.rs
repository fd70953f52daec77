//! Requests that change a row, or have none.

use super::{Reply, Running, Setting, cart};

const JSON: &str = "Content-Type: application/json";

async fn fill(shop: &Running, id: &str, pieces: &str, headers: &[&str]) -> Reply {
    let headers: Vec<&str> = [JSON].iter().chain(headers).copied().collect();
    shop.ask(&format!("PUT /carts/{id}/pieces"), &headers, &format!("{{\"pieces\":{pieces}}}")).await
}

fn problem(status: u16, title: &str, detail: &str) -> String {
    serde_json::json!({ "title": title, "status": status, "detail": detail }).to_string()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn a_change_answers_with_the_row_it_left() {
    let shop = Running::start(Setting::default()).await;
    assert_eq!(shop.post(&[], &cart("a/b")).await.status, 201);
    for _ in 0..2 {
        let filled = fill(&shop, "a%2Fb", "7", &[]).await;
        assert_eq!((filled.status, filled.header("location")), (200, None), "{filled:?}");
        assert_eq!(filled.header("content-type"), Some("application/json"));
        assert_eq!(filled.body, shop.get("/carts/a%2Fb").await.body);
        assert_eq!(json(&filled.body)["pieces"], 7);
    }
    shop.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_a_problem_document() {
    let shop = Running::start(Setting::default()).await;
    assert_eq!(shop.post(&[], &cart("a")).await.status, 201);
    assert_eq!(shop.ask("DELETE /carts/a", &[], "").await.status, 200);
    for (reply, status, expected) in [
        (fill(&shop, "a", "7", &[]).await, 409, problem(409, "Conflict", "Cart a is closed")),
        (fill(&shop, "b", "7", &[]).await, 404, problem(404, "Not Found", "there is no Cart b")),
        (shop.ask("DELETE /carts/b", &[], "").await, 404, problem(404, "Not Found", "there is no Cart b")),
        (shop.ask("POST /bells/13", &[], "").await, 409, problem(409, "Conflict", "this bell is broken")),
    ] {
        assert_eq!((reply.status, json(&reply.body)), (status, json(&expected)), "{reply:?}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    }
    let long = shop.ask(&format!("DELETE /carts/{}", "x".repeat(5_000)), &[], "").await;
    assert!(long.status == 404 && long.body.len() < 300, "{long:?}");
    shop.stop().await;
}

#[tokio::test]
async fn a_parameter_is_a_value_of_its_type() {
    let shop = Running::start(Setting::default()).await;
    for (path, status) in [
        ("/bells/7", 204),
        ("/bells/-2147483648", 204),
        ("/bells/2147483648", 400),
        ("/bells/seven", 400),
        ("/bells/%00", 400),
        ("/bells/%ff", 400),
        ("/bells/", 404),
        ("/bells/7/8", 404),
    ] {
        let reply = shop.ask(&format!("POST {path}"), &[], "").await;
        assert_eq!(reply.status, status, "{path}: {reply:?}");
        assert!(
            status != 204 || (reply.body.is_empty() && reply.header("content-type").is_none()),
            "{reply:?}"
        );
    }
    let bad = shop.ask("POST /bells/seven", &[], "").await;
    assert_eq!(
        json(&bad.body),
        serde_json::json!({
            "title": "Bad Request", "status": 400, "field": "number",
            "detail": "`number` must be an integer of 32 bits",
        })
    );
    for (path, status) in [("/carts/%00", 404), ("/carts/%ff", 400)] {
        assert_eq!(shop.ask(&format!("DELETE {path}"), &[], "").await.status, status, "{path}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn a_body_without_fields_need_not_be_there() {
    let shop = Running::start(Setting::default()).await;
    assert_eq!(shop.post(&[], &cart("a")).await.status, 201);
    let text = "Content-Type: text/plain";
    for (headers, body, status) in [
        (&[][..], "", 204),
        (&[JSON], "", 204),
        (&[JSON], "{}", 204),
        (&[JSON], "{\"unknown\":1}", 204),
        (&["Content-Type: application/x-www-form-urlencoded"], "", 204),
        (&[], "{}", 415),
        (&[text], "{}", 415),
        (&[JSON], "null", 400),
        // Pages of other sites can have these sent.
        (&["Origin: https://evil.example"], "", 415),
        (&["Origin: null", text], "", 415),
        (&["Sec-Fetch-Site: cross-site"], "", 415),
        (&["Origin: https://shop.example", JSON], "", 204),
    ] {
        let reply = shop.ask("POST /bells/7", headers, body).await;
        assert_eq!(reply.status, status, "{headers:?} {body:?}: {reply:?}");
    }
    // No body stands for one without fields, wherever it is sent.
    let empty = shop.ask("PUT /carts/a/pieces", &[], "").await;
    assert!(empty.status == 400 && empty.body.contains("pieces"), "{empty:?}");
    shop.stop().await;
}

#[tokio::test]
async fn a_key_belongs_to_the_path_and_the_body() {
    let shop = Running::start(Setting::default()).await;
    for id in ["a", "b"] {
        assert_eq!(shop.post(&[], &cart(id)).await.status, 201);
    }
    let key = ["Idempotency-Key: k"];
    let first = fill(&shop, "a", "7", &key).await;
    assert_eq!(first.status, 200);
    assert_eq!(shop.ask("DELETE /carts/a", &[], "").await.status, 200);
    // The stored answer, not what is there now.
    for id in ["a", "%61"] {
        let again = fill(&shop, id, "7", &key).await;
        assert_eq!((again.status, &again.body), (200, &first.body), "{id}");
    }
    assert_eq!(json(&shop.get("/carts/a").await.body)["pieces"], 0);
    for (id, pieces) in [("a", "8"), ("b", "7")] {
        assert_eq!(fill(&shop, id, pieces, &key).await.status, 422, "{id} {pieces}");
    }
    // Another route has keys of its own.
    assert_eq!(shop.ask("DELETE /carts/b", &key, "").await.status, 200);
    let rung = shop.ask("POST /bells/7", &key, "").await;
    assert_eq!((rung.status, rung.body), (204, String::new()));
    assert_eq!(shop.ask("POST /bells/007", &key, "").await.status, 204);
    assert_eq!(shop.ask("POST /bells/8", &key, "").await.status, 422);
    shop.stop().await;
}

#[tokio::test]
async fn a_conflict_and_a_missing_row_are_no_final_answers() {
    let shop = Running::start(Setting::default()).await;
    let key = ["Idempotency-Key: k"];
    assert_eq!(fill(&shop, "a", "7", &key).await.status, 404);
    assert_eq!(shop.post(&[], &cart("a").replace('1', "0")).await.status, 201);
    assert_eq!(fill(&shop, "a", "7", &key).await.status, 409);
    assert_eq!(fill(&shop, "a", "7", &key).await.status, 409);
    // Nothing was stored, so the key may stand for another request.
    assert_eq!(fill(&shop, "b", "7", &key).await.status, 404);
    assert_eq!(shop.post(&[], &cart("b")).await.status, 201);
    let filled = fill(&shop, "b", "7", &key).await;
    assert_eq!((filled.status, &json(&filled.body)["pieces"]), (200, &7.into()));
    assert_eq!(fill(&shop, "a", "7", &key).await.status, 422);
    // A refusal for good is stored.
    let taken = ["Idempotency-Key: taken"];
    assert_eq!(shop.post(&taken, &cart("b")).await.status, 422);
    assert_eq!(shop.post(&taken, &cart("c")).await.status, 422);
    assert_eq!(shop.get("/carts/c").await.status, 404);
    shop.stop().await;
}
