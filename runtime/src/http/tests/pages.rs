//! Pages, and the rows they show.

use super::{Running, Setting};

/// Carts of one, two or three pieces.
async fn stocked() -> Running {
    let shop = Running::start(Setting::default()).await;
    for (at, id) in ["a", "b", "c", "d e", "f", "g"].into_iter().enumerate() {
        let body = serde_json::json!({ "id": id, "pieces": at % 3 + 1, "weight": f64::from(at == 5) / 2.0 });
        assert_eq!(shop.post(&[], &body.to_string()).await.status, 201);
    }
    shop
}

async fn ids(shop: &Running, path: &str) -> Vec<String> {
    let reply = shop.get(path).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&reply.body).expect("JSON");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn a_page_shows_the_rows_that_have_the_values_asked_for() {
    let shop = stocked().await;
    for (path, expected) in [
        ("/stock/carts", &["a", "b", "c", "d e", "f", "g"][..]),
        ("/stock/carts?pieces=1", &["a", "d e"]),
        ("/stock/carts?pieces=01", &["a", "d e"]),
        ("/stock/carts?pieces=9", &[]),
        ("/stock/carts?weight=0.50", &["g"]),
        ("/stock/carts?weight=0&pieces=3", &["c"]),
        ("/stock/carts?id=d+e", &["d e"]),
        ("/stock/carts?pieces=2&limit=1", &["b"]),
        ("/stock/carts?limit=1&after=b&pieces=2", &["f"]),
        ("/stock/carts?after=f&pieces=2", &[]),
        ("/stock/carts?after=b&limit=2", &["c", "d e"]),
        ("/stock/2/carts", &["b", "f"]),
        ("/stock/2/carts?weight=0&after=b", &["f"]),
        ("/stock/9/carts", &[]),
    ] {
        assert_eq!(ids(&shop, path).await, expected, "{path}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn what_is_no_value_of_a_field_is_refused() {
    let shop = stocked().await;
    for (path, said) in [
        ("/stock/carts?colour=red", "the fields `id`, `pieces`, `weight`"),
        ("/stock/carts?pieces=x", "`pieces` must be an integer of 32 bits"),
        ("/stock/carts?pieces=1&pieces=1", "`pieces` is there twice"),
        ("/stock/2/carts?pieces=2", "`pieces` is there twice"),
        ("/stock/x/carts", "`pieces` must be an integer of 32 bits"),
        ("/stock/x/carts/a", "`pieces` must be an integer of 32 bits"),
        ("/stock/%ff/carts", "not in UTF-8"),
    ] {
        let reply = shop.get(path).await;
        assert!(reply.status == 400 && reply.body.contains(said), "{path}: {reply:?}");
    }
    shop.stop().await;
}

#[tokio::test]
async fn one_row_is_found_under_the_value_it_has() {
    let shop = stocked().await;
    for (path, status) in [
        ("/stock/1/carts/d%20e", 200),
        ("/stock/2/carts/d%20e", 404),
        ("/stock/1/carts/x", 404),
        ("/stock/1/carts/%00", 404),
        ("/stock/1/carts/", 404),
    ] {
        let reply = shop.get(path).await;
        assert_eq!(reply.status, status, "{path}: {reply:?}");
        assert!(status == 200 || reply.body.contains("there is no Cart"), "{path}: {reply:?}");
    }
    let empty = r#"{"id":"","pieces":1,"weight":0}"#;
    assert_eq!(shop.post(&[], empty).await.status, 201);
    assert_eq!(
        (shop.get("/stock/1/carts/").await.status, shop.get("/stock/2/carts/").await.status),
        (200, 404)
    );
    shop.stop().await;
}
