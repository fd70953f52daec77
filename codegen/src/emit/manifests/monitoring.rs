//! The component `monitoring`: what is scraped, the alarms, and a dashboard.
//! The names of the metrics are those of the runtime.

use askama::Template;

use super::{Folder, filters, render};
use crate::files::HEADER;
use crate::model::Model;

/// A picture of the dashboard.
struct Panel {
    title: &'static str,
    /// `$namespace` is the saga's.
    expr: &'static str,
    legend: &'static str,
    unit: &'static str,
}

/// What the saga does, then what is wrong with it, then how it is under load.
const PANELS: [Panel; 12] = [
    panel("Sagas begun", "sum by (app) (rate(saga_begun_total{$}[5m]))", "{{app}}", "ops"),
    panel(
        "Sagas ended",
        "sum by (app, outcome) (rate(saga_ended_total{$}[5m]))",
        "{{app}} {{outcome}}",
        "ops",
    ),
    panel("Rejections", "sum by (app, step) (rate(saga_rejections_total{$}[5m]))", "{{app}} {{step}}", "ops"),
    panel(
        "Messages handled",
        "sum by (app, topic) (rate(saga_messages_applied_total{$}[5m]))",
        "{{app}} {{topic}}",
        "ops",
    ),
    panel(
        "Messages behind",
        "sum by (app, topic) (saga_consumer_lag_messages{$})",
        "{{app}} {{topic}}",
        "short",
    ),
    panel("Parked keys", "sum by (app, topic) (saga_parked_keys{$})", "{{app}} {{topic}}", "short"),
    panel(
        "Dead letters",
        "sum by (app, topic) (increase(saga_messages_dead_total{$}[1h]))",
        "{{app}} {{topic}}",
        "short",
    ),
    panel("Partitions stopped", "max by (app) (saga_partitions_stopped{$})", "{{app}}", "short"),
    panel("Oldest unsent message", "max by (app) (saga_outbox_oldest_age_seconds{$})", "{{app}}", "s"),
    panel(
        "Batch, 99th percentile",
        "histogram_quantile(0.99, sum by (app, lane, le) (rate(saga_batch_duration_seconds_bucket{$}[5m])))",
        "{{app}} {{lane}}",
        "s",
    ),
    panel(
        "Requests",
        "sum by (app, status) (rate(saga_http_requests_total{$}[5m]))",
        "{{app}} {{status}}",
        "reqps",
    ),
    panel(
        "Request, 99th percentile",
        "histogram_quantile(0.99, sum by (app, route, le) (rate(saga_http_request_duration_seconds_bucket{$}[5m])))",
        "{{app}} {{route}}",
        "s",
    ),
];

const fn panel(title: &'static str, expr: &'static str, legend: &'static str, unit: &'static str) -> Panel {
    Panel { title, expr, legend, unit }
}

pub(super) fn emit(model: &Model, folder: &mut Folder) {
    let (header, namespace, saga) = (HEADER, model.namespace.as_str(), model.saga.as_str());
    let services: Vec<&str> = model.services.iter().map(|service| service.name.as_str()).collect();
    let panels = PANELS.iter().enumerate().map(|(at, panel)| Placed::new(panel, at, namespace)).collect();
    let dashboard = render(&DashboardJson { saga, panels }).trim_end().to_owned();
    folder.add("components/monitoring/podmonitor.yaml", &PodMonitor { header, namespace, saga });
    folder.add(
        "components/monitoring/prometheusrule.yaml",
        &PrometheusRule { header, namespace, saga, services: services.join("|") },
    );
    folder.add("components/monitoring/dashboard.yaml", &Dashboard { header, namespace, saga, dashboard });
    folder.add("components/monitoring/networkpolicy.yaml", &NetworkPolicy { header, namespace, saga });
    folder.add("components/monitoring/kustomization.yaml", &Kustomization { header });
}

/// A panel with its place: three in a row.
struct Placed {
    id: usize,
    x: usize,
    y: usize,
    title: &'static str,
    expr: String,
    legend: &'static str,
    unit: &'static str,
}

impl Placed {
    fn new(panel: &Panel, at: usize, namespace: &str) -> Self {
        let Panel { title, expr, legend, unit } = panel;
        let expr = expr.replace("{$}", &format!("{{namespace=\"{namespace}\"}}"));
        Self { id: at + 1, x: at % 3 * 8, y: at / 3 * 8, title, expr, legend, unit }
    }
}

#[derive(Template)]
#[template(path = "overlays/monitoring/dashboard.json", escape = "none")]
struct DashboardJson<'a> {
    saga: &'a str,
    panels: Vec<Placed>,
}

#[derive(Template)]
#[template(path = "overlays/monitoring/dashboard.yaml", escape = "none")]
struct Dashboard<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
    dashboard: String,
}

#[derive(Template)]
#[template(path = "overlays/monitoring/podmonitor.yaml", escape = "none")]
struct PodMonitor<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
}

#[derive(Template)]
#[template(path = "overlays/monitoring/prometheusrule.yaml", escape = "none")]
struct PrometheusRule<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
    services: String,
}

#[derive(Template)]
#[template(path = "overlays/monitoring/networkpolicy.yaml", escape = "none")]
struct NetworkPolicy<'a> {
    header: &'a str,
    namespace: &'a str,
    saga: &'a str,
}

#[derive(Template)]
#[template(path = "overlays/monitoring/kustomization.yaml", escape = "none")]
struct Kustomization<'a> {
    header: &'a str,
}
