//! The command for a topic with another number of partitions.

use clap::ArgMatches;

use super::Failure;
use super::session::Session;
use crate::service::Service;
use crate::store::{PinnedTopic, Undrained};

pub(super) async fn repartition<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let topic = matches.get_one::<String>("topic").map(String::as_str).unwrap_or_default();
    let pinned = session.operator.pinned().await?;
    let Some(had) = pinned.iter().find(|known| known.topic == topic).map(|known| known.partitions) else {
        return Err(Failure::Refused(format!("this service knows no topic `{topic}`")));
    };
    let Some(has) = session.log()?.partitions(topic)? else {
        return Err(Failure::Refused(format!("Kafka has no topic `{topic}`")));
    };
    if had == has {
        return Err(Failure::Refused(format!("{topic} has {has} partitions, as this service knows")));
    }
    session.console.say(&format!(
        "{topic} had {had} partitions, and has {has}. Later messages of a key may go to another partition than \
         its earlier ones, and overtake those that are still under way."
    ));
    let anyway = matches.get_flag("undrained");
    let undrained = session.operator.undrained(topic).await?;
    if !undrained.is_empty() {
        session.console.say(&summary(undrained));
        if !anyway {
            return Err(refused());
        }
    }
    session.console.confirm(matches.get_flag("yes"))?;
    let pinned = PinnedTopic { topic: topic.to_owned(), partitions: has, id: None };
    let undrained = session.operator.repartition(&pinned, anyway).await?;
    if !undrained.is_empty() && !anyway {
        session.console.say(&summary(undrained));
        return Err(refused());
    }
    session.done(&format!("{topic} is known with {has} partitions, not {had}; start every instance again"));
    Ok(())
}

fn summary(undrained: Undrained) -> String {
    let Undrained { outbox, parked, held } = undrained;
    format!("Under way by the old number: {outbox} messages not yet on Kafka, {parked} parked, {held} held.")
}

fn refused() -> Failure {
    Failure::Refused("nothing was done: wait until none is under way, or add --undrained".to_owned())
}
