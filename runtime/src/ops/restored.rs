//! The command for a database that was restored by hand.

use clap::ArgMatches;

use super::Failure;
use super::session::Session;
use super::words::counted;
use crate::service::Service;

pub(super) async fn restored<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (shards, allocators) = session.operator.extent().await?;
    session.console.say(&format!(
        "{} to begin a new incarnation: numbering restarts, so receivers do not mistake new messages for \
         duplicates; the keys of {} to jump by 2^20",
        counted(shards, "shard is", "shards are"),
        counted(allocators, "table are", "tables are")
    ));
    session.console.confirm(matches.get_flag("yes"))?;
    let changes = session.operator.restored().await?;
    for shard in &changes {
        session.console.say(&format!("{}: incarnation {} → {}", shard.name, shard.from, shard.to));
    }
    session.done(&format!("{} begun a new incarnation", counted(shards, "shard has", "shards have")));
    Ok(())
}
