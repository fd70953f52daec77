//! The requests of the saga.

use std::convert::Infallible;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::messages::{CreateOrder, Order};

/// An order to be placed, and where its row goes.
pub(crate) type Placed = (CreateOrder, oneshot::Sender<Order>);
/// The key of an order, and where its row goes.
pub(crate) type Asked = (i32, oneshot::Sender<Option<Order>>);

/// Where requests go.
#[derive(Clone)]
pub(crate) struct Orders {
    pub placed: mpsc::UnboundedSender<Placed>,
    pub asked: mpsc::UnboundedSender<Asked>,
}

/// Answers requests; without `orders` only whether the service is ready.
pub(crate) async fn serve(port: u16, orders: Option<Orders>) {
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("port {port}: {error}");
            std::process::exit(1);
        }
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let orders = orders.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, orders.as_ref()));
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    orders: Option<&Orders>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let answer = match (orders, request.method(), path.strip_prefix("/orders/")) {
        (_, &Method::GET, None) if path == "/readyz" => Some(json(StatusCode::OK, b"{}".to_vec())),
        (Some(orders), &Method::GET, Some(id)) => read(orders, id).await,
        (Some(orders), &Method::POST, None) if path == "/orders" => place(orders, request).await,
        _ => None,
    };
    Ok(answer.unwrap_or_else(|| json(StatusCode::NOT_FOUND, Vec::new())))
}

async fn place(orders: &Orders, request: Request<Incoming>) -> Option<Response<Full<Bytes>>> {
    let body = request.into_body().collect().await.ok()?.to_bytes();
    let Ok(order) = serde_json::from_slice(&body) else {
        return Some(json(StatusCode::BAD_REQUEST, Vec::new()));
    };
    let (reply, row) = oneshot::channel();
    orders.placed.send((order, reply)).ok()?;
    Some(json(StatusCode::CREATED, serde_json::to_vec(&row.await.ok()?).ok()?))
}

async fn read(orders: &Orders, id: &str) -> Option<Response<Full<Bytes>>> {
    let (reply, row) = oneshot::channel();
    orders.asked.send((id.parse().ok()?, reply)).ok()?;
    Some(json(StatusCode::OK, serde_json::to_vec(&row.await.ok()??).ok()?))
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}
