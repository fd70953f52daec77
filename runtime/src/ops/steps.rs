//! The commands for steps that this version does not have any more.

use clap::ArgMatches;

use super::Failure;
use super::session::Session;
use super::words::counted;
use crate::service::Service;
use crate::store::Left;

pub(super) async fn adopt<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (old, new) = (step(matches, "old"), step(matches, "new"));
    if !is_step::<S>(new) {
        return Err(Failure::Refused(format!("this version has no step `{new}`; it has {}", steps::<S>())));
    }
    if is_step::<S>(old) {
        return Err(Failure::Refused(format!("nothing was done: this version still has the step `{old}`")));
    }
    let rows = left_by(session, old).await?;
    session.console.say(&format!("{rows} of the step `{old}` become rows of the step `{new}`."));
    session.console.confirm(matches.get_flag("yes"))?;
    let adopted = session.operator.adopt_step(old, new).await?;
    session.done(&format!("{} of `{old}` belong to `{new}` now", counted_rows(adopted)));
    Ok(())
}

pub(super) async fn give_up<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let old = step(matches, "old");
    let rows = left_by(session, old).await?;
    session.console.say(&format!(
        "{rows} of the step `{old}` are deleted. The instances that wait there never go on, and the step would run \
         again for those that have passed it, if their messages came again."
    ));
    session.console.confirm(matches.get_flag("yes"))?;
    let dropped = session.operator.drop_step(old).await?;
    session.done(&format!("{} of `{old}` are gone", counted_rows(dropped)));
    Ok(())
}

async fn left_by<S: Service>(session: &mut Session<'_, '_, S>, step: &str) -> Result<String, Failure> {
    let Left { waiting, ended } = session.operator.left_by(step).await?;
    Ok(format!("{waiting} waiting and {} ended", counted(ended, "row", "rows")))
}

fn step<'m>(matches: &'m ArgMatches, name: &str) -> &'m str {
    matches.get_one::<String>(name).map(String::as_str).unwrap_or_default()
}

fn is_step<S: Service>(name: &str) -> bool {
    S::STEPS.iter().any(|(step, _)| *step == name)
}

fn steps<S: Service>() -> String {
    S::STEPS.iter().map(|(step, _)| *step).collect::<Vec<_>>().join(", ")
}

fn counted_rows(rows: u64) -> String {
    counted(i64::try_from(rows).unwrap_or(i64::MAX), "row", "rows")
}
