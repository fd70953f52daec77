//! The table of a run, and its samples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;
use testbed::failure::{Doing, Result};

use crate::figures::{Figures, median};
use crate::options::{Experiment, Variant};

/// All samples: by experiment, figure and variant.
#[derive(Default)]
pub(crate) struct Report(BTreeMap<Experiment, BTreeMap<&'static str, BTreeMap<Variant, Vec<f64>>>>);

impl Report {
    /// Adds what one measurement gave.
    pub(crate) fn add(&mut self, experiment: Experiment, variant: Variant, figures: Figures) {
        let known = self.0.entry(experiment).or_default();
        for (name, value) in figures {
            known.entry(name).or_default().entry(variant).or_default().push(value);
        }
    }

    /// Medians, how far the repeats lie apart, and the ratio of ours to raw.
    pub(crate) fn table(&self) -> String {
        let mut table = String::from(
            "| experiment | figure | ours / raw | ours / naive | ours | raw | bare | naive |\n\
             |---|---|--:|--:|--:|--:|--:|--:|\n",
        );
        for (experiment, figures) in &self.0 {
            for (name, samples) in figures {
                let middle = |variant| samples.get(&variant).map(|values| median(values));
                let ratio = |of| match (middle(Variant::Ours), middle(of)) {
                    (Some(ours), Some(other)) if other != 0.0 => format!("{:.2}", ours / other),
                    _ => String::new(),
                };
                let shown = |variant| samples.get(&variant).map(|values| spread(values)).unwrap_or_default();
                let _ = writeln!(
                    table,
                    "| {experiment} | {name} | {} | {} | {} | {} | {} | {} |",
                    ratio(Variant::Raw),
                    ratio(Variant::Naive),
                    shown(Variant::Ours),
                    shown(Variant::Raw),
                    shown(Variant::Bare),
                    shown(Variant::Naive),
                );
            }
        }
        table
    }

    /// Writes all samples as JSON.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let mut experiments = serde_json::Map::new();
        for (experiment, figures) in &self.0 {
            let mut of_experiment = serde_json::Map::new();
            for (name, samples) in figures {
                let variants: serde_json::Map<_, _> =
                    samples.iter().map(|(variant, values)| (variant.to_string(), json!(values))).collect();
                of_experiment.insert((*name).to_owned(), variants.into());
            }
            experiments.insert(experiment.to_string(), of_experiment.into());
        }
        let text = format!("{:#}\n", serde_json::Value::from(experiments));
        fs::write(file, text).doing(|| format!("write {}", file.display()))
    }
}

/// The median, and half the distance between the least and the greatest.
fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = median(values);
    let digits = if middle >= 100.0 {
        0
    } else if middle >= 1.0 {
        2
    } else {
        4
    };
    if values.len() == 1 {
        format!("{middle:.digits$}")
    } else {
        format!("{middle:.digits$} ± {:.digits$}", (greatest - least) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_compared_with_raw_and_naive() {
        let mut report = Report::default();
        for (variant, value) in [(Variant::Raw, 200.0), (Variant::Ours, 150.0), (Variant::Naive, 10.0)] {
            report.add(Experiment::Flow32, variant, vec![("orders/s", value)]);
        }
        let table = report.table();
        assert!(table.contains("| flow-32 | orders/s | 0.75 | 15.00 | 150 | 200 |  | 10.00 |"), "{table}");
    }
}
