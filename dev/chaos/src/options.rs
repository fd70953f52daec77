//! The options of the adversary.

use clap::Args;
use mutations::Mutation;

pub use crate::kind::Kind;
pub use crate::saga::Saga;

/// What the adversary does, and for how long.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// What is broken
    #[arg(long, value_enum, default_value_t)]
    pub saga: Saga,
    /// Seed of the schedule; the same seed gives the same schedule [default: random]
    #[arg(long)]
    pub seed: Option<u64>,
    /// How long faults are injected, in minutes
    #[arg(long, default_value_t = 5.0, value_parser = positive)]
    pub minutes: f64,
    /// How many instances of each service to run
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub instances: u8,
    /// How many orders or trips to ask for per second, on average [default: 60 orders, 20 trips]
    #[arg(long, value_parser = positive)]
    pub rate: Option<f64>,
    /// The mean time between two faults, in seconds
    #[arg(long, default_value_t = 6.0, value_parser = positive)]
    pub every: f64,
    /// How long the saga may take to quiesce at the end, in seconds
    #[arg(long, default_value_t = 120)]
    pub drain: u64,
    /// Inject only faults of these kinds, separated by commas [default: all]
    #[arg(long, value_name = "KIND", value_delimiter = ',', conflicts_with = "no_poison")]
    pub faults: Vec<Kind>,
    /// Publish no messages that the services cannot handle
    #[arg(long)]
    pub no_poison: bool,
    /// Disable a mechanism; succeeds if the audit finds a violation, or the saga does not quiesce
    #[arg(long, value_name = "NAME")]
    pub mutate: Option<Mutation>,
    /// Print the schedule and exit, without starting anything
    #[arg(long)]
    pub print_schedule: bool,
}

impl Options {
    /// How many requests are made per second, on average. A trip is twice the work of an order.
    pub(crate) fn rate(&self) -> f64 {
        self.rate.unwrap_or(match self.saga {
            Saga::Order => 60.0,
            Saga::Travel => 20.0,
        })
    }
}

fn positive(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(number),
        _ => Err("must be a number above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn flags_are_read_as_they_were_given() {
        let given = [
            "--saga=travel",
            "--minutes=0.5",
            "--instances=3",
            "--rate=80",
            "--every=2.5",
            "--drain=60",
            "--seed=42",
            "--mutate=redelivery",
            "--no-poison",
            "--print-schedule",
        ];
        let parsed = Program::try_parse_from(["chaos"].iter().chain(&given)).expect("they are right");
        let Options {
            saga,
            seed,
            minutes,
            instances,
            rate,
            every,
            drain,
            faults,
            no_poison,
            mutate,
            print_schedule,
        } = parsed.options;
        assert_eq!((minutes, instances, rate, every, drain), (0.5, 3, Some(80.0), 2.5, 60));
        assert_eq!((seed, mutate, faults), (Some(42), Some(Mutation::Redelivery), vec![]));
        assert!(no_poison && print_schedule && saga == Saga::Travel);
        let parsed =
            Program::try_parse_from(["chaos", "--faults", "kill,half-close"]).expect("they are right");
        assert_eq!(parsed.options.faults, [Kind::Kill, Kind::HalfClose]);
    }

    #[test]
    fn the_help_is_complete() {
        let mut command = Program::command();
        command.build();
        for flag in command.get_arguments() {
            assert!(flag.get_help().is_some_and(|help| help.to_string().len() > 9), "{}", flag.get_id());
        }
        let help = command.render_long_help().to_string();
        for flag in ["--seed", "--minutes", "--instances", "--rate", "--mutate", "--print-schedule"] {
            assert!(help.contains(flag), "{help}");
        }
        for mutation in Mutation::ALL {
            assert!(help.contains(&format!("- {}:", mutation.name())), "{help}");
        }
        for kind in Kind::ALL {
            assert!(help.contains(&format!("- {}:", kind.flag())) && help.contains(kind.name()), "{help}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for given in
            ["--minutes=0", "--instances=0", "--rate=-1", "--every=NaN", "--faults=thrill", "--mutate=it"]
        {
            assert!(Program::try_parse_from(["chaos", given]).is_err(), "{given}");
        }
    }
}
