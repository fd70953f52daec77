//! What a service says at `/metrics`, read strictly.

use std::collections::{BTreeMap, BTreeSet};

use crate::Instance;

/// The samples of one exposition, by name and labels as they were written.
#[derive(Debug, Clone)]
pub struct Samples(BTreeMap<String, f64>);

impl Instance {
    /// What it says at `/metrics`.
    ///
    /// # Panics
    /// When that is not in the OpenMetrics text format, or breaks Prometheus' rules for names.
    pub fn metrics(&self) -> Samples {
        let (kind, text) = self.text("/metrics");
        assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        Samples::read(&text).unwrap_or_else(|problem| panic!("{problem} in:\n{text}"))
    }
}

impl Samples {
    /// The value of the sample `name{labels}`.
    pub fn get(&self, sample: &str) -> Option<f64> {
        self.0.get(sample).copied()
    }

    /// The sum over the samples of metric `name`, whatever their labels; `None` when there is none.
    pub fn sum(&self, name: &str) -> Option<f64> {
        let of_name = |sample: &str| sample.split('{').next() == Some(name);
        let mut values =
            self.0.iter().filter(|(sample, _)| of_name(sample)).map(|(_, value)| *value).peekable();
        values.peek()?;
        Some(values.sum())
    }

    /// Reads an exposition.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader::default();
        let mut lines = text.lines();
        if lines.next_back() != Some("# EOF") || !text.ends_with('\n') {
            return Err("it does not end with # EOF".into());
        }
        for line in lines {
            reader.line(line).map_err(|problem| format!("{problem}: `{line}`"))?;
        }
        reader.end_family()?;
        Ok(Self(reader.samples))
    }
}

#[derive(Default)]
struct Reader {
    samples: BTreeMap<String, f64>,
    families: BTreeSet<String>,
    /// The family whose samples come now: its name, its type, and whether a sample came.
    family: (String, String, bool),
    /// The buckets of a histogram by its other labels: upper bound and count.
    buckets: BTreeMap<String, Vec<(f64, f64)>>,
    /// The count of a histogram by its labels.
    counts: BTreeMap<String, f64>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').ok_or("no text")?;
            self.end_family()?;
            name_is_good(name)?;
            if !self.families.insert(name.to_owned()) {
                return Err("a second family of this name".into());
            }
            if !text.ends_with('.') {
                return Err("the help is no sentence".into());
            }
            self.family = (name.to_owned(), String::new(), false);
            return Ok(());
        }
        if let Some(of) = line.strip_prefix("# TYPE ") {
            let (name, kind) = of.split_once(' ').ok_or("no type")?;
            if name != self.family.0 || !self.family.1.is_empty() {
                return Err("a type without its help before it".into());
            }
            if !["counter", "gauge", "histogram", "info"].contains(&kind) {
                return Err("an unexpected type".into());
            }
            kind.clone_into(&mut self.family.1);
            return Ok(());
        }
        self.sample(line)
    }

    fn sample(&mut self, line: &str) -> Result<(), String> {
        let (sample, value) = line.rsplit_once(' ').ok_or("no value")?;
        let value: f64 = value.parse().map_err(|_| "no number")?;
        let (name, labels) = match sample.split_once('{') {
            Some((name, rest)) => (name, rest.strip_suffix('}').ok_or("labels that do not end")?),
            None => (sample, ""),
        };
        let labels = labels_of(labels)?;
        let suffix = name.strip_prefix(self.family.0.as_str()).ok_or("a sample outside its family")?;
        let fits = match self.family.1.as_str() {
            "counter" => suffix == "_total" && value >= 0.0,
            "gauge" => suffix.is_empty(),
            "info" => suffix == "_info" && value == 1.0,
            "histogram" => ["_bucket", "_count", "_sum"].contains(&suffix),
            _ => false,
        };
        if !fits {
            return Err(format!("no sample of a {}", self.family.1));
        }
        if suffix == "_bucket" {
            let le = labels.iter().find(|(key, _)| key == "le").ok_or("a bucket without its bound")?;
            let bound: f64 =
                if le.1 == "+Inf" { f64::INFINITY } else { le.1.parse().map_err(|_| "no bound")? };
            let others: Vec<_> = labels.iter().filter(|(key, _)| key != "le").collect();
            self.buckets.entry(format!("{others:?}")).or_default().push((bound, value));
        }
        if suffix == "_count" {
            self.counts.insert(format!("{:?}", labels.iter().collect::<Vec<_>>()), value);
        }
        self.family.2 = true;
        match self.samples.insert(sample.to_owned(), value) {
            Some(_) => Err("a second sample of these labels".into()),
            None => Ok(()),
        }
    }

    /// Looks over the family that ends.
    fn end_family(&mut self) -> Result<(), String> {
        let (name, kind, any) = std::mem::take(&mut self.family);
        if !name.is_empty() && (kind.is_empty() || !any) {
            return Err(format!("family {name} has no type or no samples"));
        }
        let counts = std::mem::take(&mut self.counts);
        for (labels, buckets) in std::mem::take(&mut self.buckets) {
            if !buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1) {
                return Err(format!("the buckets of {name} {labels} do not rise"));
            }
            let all = counts.get(&labels).map(|count| (f64::INFINITY, *count));
            if buckets.last().copied() != all {
                return Err(format!("the last bucket of {name} {labels} does not hold everything"));
            }
        }
        Ok(())
    }
}

/// Prometheus' rules for names: ours begin with `saga_`, carry base units, and leave `_total` to the format.
fn name_is_good(name: &str) -> Result<(), String> {
    let letters = name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    let ours = name.starts_with("saga_") && !name.ends_with("_total") && !name.ends_with("_info");
    let scaled = ["_ms", "_milliseconds", "_micros", "_kilobytes", "_minutes"];
    if !letters || !ours || scaled.iter().any(|unit| name.ends_with(unit)) {
        return Err("a bad name".into());
    }
    let timed = name.contains("_age") || name.contains("_duration");
    if timed && !name.ends_with("_seconds") { Err("a time without its unit".into()) } else { Ok(()) }
}

/// The labels between the braces.
fn labels_of(mut text: &str) -> Result<Vec<(String, String)>, String> {
    let mut labels: Vec<(String, String)> = Vec::new();
    while !text.is_empty() {
        let (key, rest) = text.split_once("=\"").ok_or("a label without a value")?;
        let (value, rest) = rest.split_once('"').ok_or("a value that does not end")?;
        if labels.iter().any(|(known, _)| known == key) {
            return Err("a label twice".into());
        }
        labels.push((key.to_owned(), value.to_owned()));
        text = rest.strip_prefix(',').unwrap_or(rest);
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_format_is_refused() {
        let good = "# HELP saga_a A.\n# TYPE saga_a counter\nsaga_a_total{t=\"x\"} 1\n# EOF\n";
        assert_eq!(Samples::read(good).unwrap().get("saga_a_total{t=\"x\"}"), Some(1.0));
        let bad = [
            good.replace("# EOF\n", ""),
            good.replace("# TYPE saga_a counter\n", ""),
            good.replace("# HELP saga_a A.\n", ""),
            good.replace("a_total", "a"),
            good.replace("{t=\"x\"} 1", "{t=\"x\"} one"),
            good.replace("# EOF", "saga_a_total{t=\"x\"} 2\n# EOF"),
            good.replace("# EOF", &format!("{}# EOF", good.replace("# EOF\n", ""))),
            good.replace("saga_a", "saga_age"),
            good.replace("saga_a", "other_a"),
        ];
        for text in bad {
            assert!(Samples::read(&text).is_err(), "{text}");
        }
    }
}
