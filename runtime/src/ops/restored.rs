//! The command for a database that was put back by hand.

use clap::ArgMatches;

use super::Failure;
use super::desk::Desk;
use super::words::counted;
use crate::service::Service;

pub(super) async fn restored<S: Service>(
    desk: &mut Desk<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (shards, allocators) = desk.operator.extent().await?;
    desk.console.say(&format!(
        "{} to begin a new incarnation: messages are numbered anew, so that nobody takes them for repeats; \
         the keys of {} to jump by 2^20",
        counted(shards, "shard is", "shards are"),
        counted(allocators, "table are", "tables are")
    ));
    desk.console.confirm(matches.get_flag("yes"))?;
    let reborn = desk.operator.restored().await?;
    for shard in &reborn {
        desk.console.say(&format!("{}: incarnation {} → {}", shard.name, shard.from, shard.to));
    }
    desk.done(&format!("{} begun a new incarnation", counted(shards, "shard has", "shards have")));
    Ok(())
}
