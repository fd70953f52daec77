//! What the HTTP server answers.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::SECONDS;

/// Method and path of a route, as labels.
type Route = [(&'static str, &'static str); 2];
type Requests = Family<(Route, [(&'static str, u16); 1]), Counter>;

/// The measurements of all routes.
#[derive(Debug)]
pub(crate) struct HttpMetrics {
    requests: Requests,
    seconds: Family<Route, Histogram, fn() -> Histogram>,
}

/// The measurements of one route.
#[derive(Debug, Clone)]
pub(crate) struct RouteMetrics {
    route: Route,
    requests: Requests,
    seconds: Histogram,
}

impl HttpMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let requests = Requests::default();
        let seconds: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_duration_seconds", "Time to answer a request", seconds.clone());
        Self { requests, seconds }
    }

    pub(crate) fn route(&self, method: &'static str, path: &'static str) -> RouteMetrics {
        let route = [("method", method), ("route", path)];
        let seconds = self.seconds.get_or_create_owned(&route);
        RouteMetrics { route, requests: self.requests.clone(), seconds }
    }
}

impl RouteMetrics {
    pub(crate) fn answered(&self, status: u16, after: Duration) {
        self.requests.get_or_create(&(self.route, [("status", status)])).inc();
        self.seconds.observe(after.as_secs_f64());
    }
}
