//! Where traces go: OpenTelemetry's own variables.

use std::str::FromStr;
use std::time::Duration;

use axum::http::Uri;

use super::Reader;
use crate::traces::{Sampler, TracesConfig};

/// The variables that say where traces go, for `--help`.
pub(crate) const VARIABLES: &str = "\
Traces, in a build with the cargo feature saga-runtime/otlp: exported as OTLP over HTTP (http/protobuf) when
OTEL_EXPORTER_OTLP_ENDPOINT is set, such as http://localhost:4318. OpenTelemetry's other variables apply, too:
  OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
  OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, OTEL_BSP_SCHEDULE_DELAY, OTEL_BSP_MAX_QUEUE_SIZE,
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_HEADERS,
  OTEL_EXPORTER_OTLP_TIMEOUT, and the trace-specific OTEL_EXPORTER_OTLP_TRACES_… of the exporter's variables";

impl Reader<'_> {
    /// How traces are exported; not at all, unless they are given an endpoint.
    pub(crate) fn traces(&mut self) -> TracesConfig {
        let mut config = TracesConfig { endpoint: self.endpoint(), ..TracesConfig::default() };
        if config.endpoint.is_none() {
            return config;
        }
        self.only("PROTOCOL", "http/protobuf");
        self.only("COMPRESSION", "none");
        config.sampler = self.sampler();
        let millis = Duration::as_millis;
        let timeout = self.for_traces("TIMEOUT");
        config.timeout = Duration::from_millis(self.positive(&timeout, millis(&config.timeout) as u64));
        let delay = self.positive("OTEL_BSP_SCHEDULE_DELAY", millis(&config.delay) as u64);
        config.delay = Duration::from_millis(delay);
        config.queue = self.positive("OTEL_BSP_MAX_QUEUE_SIZE", config.queue);
        config.batch = self.positive("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", config.batch.min(config.queue));
        if config.batch > config.queue {
            let found = format!("is {}, larger than the queue", config.batch);
            self.problem("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", &found, "at most OTEL_BSP_MAX_QUEUE_SIZE");
        }
        config.service = self.value("OTEL_SERVICE_NAME");
        config.attributes = self.attributes();
        config
    }

    fn endpoint(&mut self) -> Option<String> {
        let disabled = self.parsed("OTEL_SDK_DISABLED", "true or false", || false);
        let exporter = self.value("OTEL_TRACES_EXPORTER").unwrap_or_else(|| "otlp".into());
        if !["otlp", "none"].contains(&exporter.as_str()) {
            self.problem("OTEL_TRACES_EXPORTER", &format!("is `{exporter}`"), "otlp or none");
        }
        let name = self.for_traces("ENDPOINT");
        let endpoint = self.value(&name)?;
        let good =
            endpoint.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("http") && uri.host().is_some());
        if !good {
            let wanted = "an http:// URL of an OpenTelemetry collector, such as http://localhost:4318; \
                          TLS is not supported";
            self.problem(&name, &format!("is `{endpoint}`"), wanted);
        }
        let whole = name.contains("TRACES");
        let endpoint = if whole { endpoint } else { format!("{}/v1/traces", endpoint.trim_end_matches('/')) };
        (!disabled && exporter != "none").then_some(endpoint)
    }

    /// The exporter variable that applies: the trace-specific one, if it is set.
    fn for_traces(&self, what: &str) -> String {
        let own = format!("OTEL_EXPORTER_OTLP_TRACES_{what}");
        if self.value(&own).is_some() { own } else { format!("OTEL_EXPORTER_OTLP_{what}") }
    }

    fn only(&mut self, what: &str, wanted: &str) {
        let name = self.for_traces(what);
        if let Some(other) = self.value(&name).filter(|value| value != wanted) {
            self.problem(&name, &format!("is `{other}`"), wanted);
        }
    }

    fn sampler(&mut self) -> Sampler {
        let Some(name) = self.value("OTEL_TRACES_SAMPLER") else { return Sampler::default() };
        let (parent_based, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name.as_str()),
        };
        let ratio = match root {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => self.ratio(),
            _ => {
                let wanted =
                    "always_on, always_off or traceidratio, or one of these prefixed with parentbased_";
                self.problem("OTEL_TRACES_SAMPLER", &format!("is `{name}`"), wanted);
                1.0
            }
        };
        Sampler { parent_based, ratio }
    }

    fn ratio(&mut self) -> f64 {
        let wanted = "a sampling ratio: 0 to 1";
        let ratio = self.parsed("OTEL_TRACES_SAMPLER_ARG", wanted, || 1.0);
        if !(0.0..=1.0).contains(&ratio) {
            self.problem("OTEL_TRACES_SAMPLER_ARG", &format!("is `{ratio}`"), wanted);
        }
        ratio
    }

    fn positive<T: FromStr + PartialEq + Default>(&mut self, name: &str, default: T) -> T {
        let wanted = "a positive integer";
        let number = self.parsed(name, wanted, || default);
        if number == T::default() {
            self.problem(name, "is 0", wanted);
        }
        number
    }

    fn attributes(&mut self) -> Vec<(String, String)> {
        let Some(text) = self.value("OTEL_RESOURCE_ATTRIBUTES") else { return Vec::new() };
        let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
        let pairs: Option<Vec<_>> = pairs
            .map(|pair| {
                pair.split_once('=').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            })
            .collect();
        pairs.unwrap_or_else(|| {
            let wanted = "key=value, comma-separated";
            self.problem("OTEL_RESOURCE_ATTRIBUTES", &format!("is `{text}`"), wanted);
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<TracesConfig, String> {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut reader = Reader { get: &get, problems: String::new() };
        let config = reader.traces();
        if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
    }

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");

    #[test]
    fn nothing_is_exported_without_an_endpoint() {
        assert_eq!(read(&[("OTEL_SERVICE_NAME", "x")]).map(|config| config.endpoint), Ok(None));
        for (name, value) in [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert_eq!(read(&[ENDPOINT, (name, value)]).map(|config| config.endpoint), Ok(None), "{name}");
        }
    }

    #[test]
    fn the_variables_mean_what_they_mean_elsewhere() {
        let defaults = TracesConfig {
            endpoint: Some("http://collector:4318/v1/traces".into()),
            ..TracesConfig::default()
        };
        assert_eq!(read(&[ENDPOINT]), Ok(defaults.clone()));
        let all = [
            ENDPOINT,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other:1/path"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "250"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100"),
            ("OTEL_BSP_SCHEDULE_DELAY", "20"),
            ("OTEL_SERVICE_NAME", "till"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=1, b = two=2"),
        ];
        let expected = TracesConfig {
            endpoint: Some("http://other:1/path".into()),
            timeout: Duration::from_millis(250),
            sampler: Sampler { parent_based: true, ratio: 0.25 },
            queue: 100,
            batch: 100,
            delay: Duration::from_millis(20),
            service: Some("till".into()),
            attributes: vec![("a".into(), "1".into()), ("b".into(), "two=2".into())],
        };
        assert_eq!(read(&all), Ok(expected));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
            ("OTEL_TRACES_EXPORTER", "zipkin,otlp"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
            ("OTEL_RESOURCE_ATTRIBUTES", "nonsense"),
        ];
        let error = read(&[wrong.as_slice(), &[("OTEL_TRACES_SAMPLER", "traceidratio")]].concat());
        let error = error.expect_err("it is wrong");
        for (name, _) in wrong {
            assert!(error.contains(&format!("{name} is")), "{name}: {error}");
        }
        let error = read(&[ENDPOINT, ("OTEL_TRACES_SAMPLER", "sometimes")]).expect_err("it is wrong");
        assert!(error.contains("OTEL_TRACES_SAMPLER is `sometimes`"), "{error}");
    }
}
