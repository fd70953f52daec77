//! What is measured, of whom, and how often.

use std::fmt;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use testbed::failure::Result;

use crate::figures::Figures;
use crate::rig::Rig;
use crate::{drain, flow};

/// Measure the shipped saga against the same saga written by hand.
///
/// Starts a Kafka and a PostgreSQL, builds the services in release mode, and runs each experiment with each variant in
/// turn, so that whatever else the machine does meets all of them. The table shows medians, how far the repeats lie
/// apart, and ratios to `raw`. docs/performance.md says what each figure means.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
pub(crate) struct Options {
    /// Fewer messages, shorter loads, one repeat: for the figures that are counted, not timed.
    #[arg(long)]
    pub quick: bool,
    /// How often everything is measured; 5 if it is not said, 1 with --quick.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    repeats: Option<u32>,
    /// Only this experiment; may be repeated.
    #[arg(long, value_name = "EXPERIMENT")]
    only: Vec<Experiment>,
    /// Only this variant; may be repeated.
    #[arg(long, value_name = "VARIANT")]
    variant: Vec<Variant>,
    /// Also write all samples to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Variant {
    /// By hand, for speed alone, and safe.
    Raw,
    /// By hand, for speed alone, and not safe.
    Bare,
    /// The generated services.
    Ours,
    /// By hand, as a careful engineer writes it.
    Naive,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Experiment {
    /// `product` works off a backlog.
    DrainProduct,
    /// `delivery` works off a backlog.
    DrainDelivery,
    /// `order` works off a backlog.
    DrainOrder,
    /// Orders over HTTP, 32 in flight.
    #[value(name = "flow-32")]
    Flow32,
    /// 64 in flight.
    #[value(name = "flow-64")]
    Flow64,
    /// 256 in flight.
    #[value(name = "flow-256")]
    Flow256,
    /// 20 orders a second.
    #[value(name = "rate-20")]
    Rate20,
    /// 200 orders a second.
    #[value(name = "rate-200")]
    Rate200,
    /// 200 orders a second, each polled every 3 ms.
    #[value(name = "rate-200-polled")]
    Rate200Polled,
}

impl Options {
    /// How often everything is measured.
    pub(crate) fn repeats(&self) -> u32 {
        self.repeats.unwrap_or(if self.quick { 1 } else { 5 })
    }

    /// What is measured.
    pub(crate) fn experiments(&self) -> Vec<Experiment> {
        chosen(&self.only)
    }

    /// Who is measured.
    pub(crate) fn variants(&self) -> Vec<Variant> {
        chosen(&self.variant)
    }
}

fn chosen<T: ValueEnum + Copy>(named: &[T]) -> Vec<T> {
    if named.is_empty() { T::value_variants().to_vec() } else { named.to_vec() }
}

impl Experiment {
    /// Measures one variant once.
    pub(crate) fn measure(self, rig: &mut Rig, variant: Variant, options: &Options) -> Result<Figures> {
        match self {
            Self::DrainProduct => drain::measure(rig, variant, "product", options.quick),
            Self::DrainDelivery => drain::measure(rig, variant, "delivery", options.quick),
            Self::DrainOrder => drain::measure(rig, variant, "order", options.quick),
            Self::Flow32 => flow::in_flight(rig, variant, 32, options.quick),
            Self::Flow64 => flow::in_flight(rig, variant, 64, options.quick),
            Self::Flow256 => flow::in_flight(rig, variant, 256, options.quick),
            Self::Rate20 => flow::at_rate(rig, variant, 20, false, options.quick),
            Self::Rate200 => flow::at_rate(rig, variant, 200, false, options.quick),
            Self::Rate200Polled => flow::at_rate(rig, variant, 200, true, options.quick),
        }
    }
}

impl fmt::Display for Experiment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", |value| value.get_name()))
    }
}
