//! Where spans go, and which.

use std::time::Duration;

use crate::wire::Trace;

/// How traces are exported.
#[derive(Debug, Clone, PartialEq)]
pub struct TracesConfig {
    /// The URL that takes spans; nothing is exported without one.
    pub endpoint: Option<String>,
    /// How long an export may take.
    pub timeout: Duration,
    /// Which traces are exported.
    pub sampler: Sampler,
    /// How many spans wait at most; more are dropped.
    pub queue: usize,
    /// How many spans are sent at a time.
    pub batch: usize,
    /// How long spans wait for others.
    pub delay: Duration,
    /// The service's name among traces, if it is another one.
    pub service: Option<String>,
    /// Further attributes of this process.
    pub attributes: Vec<(String, String)>,
}

impl Default for TracesConfig {
    /// The defaults of OpenTelemetry's specification.
    fn default() -> Self {
        Self {
            endpoint: None,
            timeout: Duration::from_secs(10),
            sampler: Sampler::default(),
            queue: 2_048,
            batch: 512,
            delay: Duration::from_secs(5),
            service: None,
            attributes: Vec::new(),
        }
    }
}

/// Which traces are exported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampler {
    /// Whether the decision of the service that began the trace is followed.
    pub parent_based: bool,
    /// Otherwise, the share of traces: 0 to 1.
    pub ratio: f64,
}

impl Default for Sampler {
    fn default() -> Self {
        Self { parent_based: true, ratio: 1.0 }
    }
}

impl Sampler {
    /// Whether a trace is exported. All services agree, because its id decides.
    pub fn samples(&self, trace: &Trace) -> bool {
        match trace.parent {
            Some(_) if self.parent_based => trace.sampled,
            _ => {
                let bound = (self.ratio.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64;
                (trace.trace as u64) >> 1 < bound
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampler_takes_its_share_and_respects_its_parent() {
        let share = |sampler: Sampler, trace: Trace| {
            let number = |n: u64| Trace { trace: u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), ..trace };
            (0..1_000).filter(|n| sampler.samples(&number(*n))).count()
        };
        let root = Trace::root();
        for (ratio, least, most) in [(0.0, 0, 0), (0.25, 230, 270), (1.0, 1_000, 1_000)] {
            let taken = share(Sampler { parent_based: false, ratio }, root);
            assert!((least..=most).contains(&taken), "{taken} at {ratio}");
        }
        let child = Trace { parent: Some(1), sampled: false, ..root };
        assert_eq!(share(Sampler { parent_based: true, ratio: 1.0 }, child), 0);
        assert_eq!(share(Sampler { parent_based: false, ratio: 1.0 }, child), 1_000);
        let child = Trace { sampled: true, ..child };
        assert_eq!(share(Sampler { parent_based: true, ratio: 0.0 }, child), 1_000);
    }
}
