//! The command for a topic whose number of partitions changed.

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
        return Err(Failure::Refused(format!("this service does not use a topic `{topic}`")));
    };
    let Some(has) = session.log().await?.partitions(topic)? else {
        return Err(Failure::Refused(format!("Kafka has no topic `{topic}`")));
    };
    if had == has {
        return Err(Failure::Refused(format!("nothing was done: {topic} still has {has} partitions")));
    }
    session.console.say(&format!(
        "{topic} had {had} partitions and now has {has}. Later messages of a key may go to a different partition \
         and overtake earlier ones that are still in flight."
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
    session.done(&format!(
        "{topic}: accepted {has} partitions instead of {had}; running instances continue within seconds"
    ));
    Ok(())
}

fn summary(undrained: Undrained) -> String {
    let Undrained { outbox, parked, held } = undrained;
    format!(
        "In flight under the old partition count: {outbox} messages not yet on Kafka, {parked} parked, {held} held."
    )
}

fn refused() -> Failure {
    Failure::Refused(
        "nothing was done: wait until nothing is in flight, or add --undrained. If the number changed while services \
         were running, waiting does not help: a topic that has changed is neither read nor written, so what is in \
         flight stays there, and --undrained is the way to go on"
            .to_owned(),
    )
}
