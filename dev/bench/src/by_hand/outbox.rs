//! What was stored is sent, and deleted once it was acknowledged.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::sync::mpsc;

use super::kafka::{Outgoing, Sender};
use super::{Result, Settings};

/// How often acknowledged messages are deleted.
const OFTEN: Duration = Duration::from_millis(100);

/// Deletes up to `$1`, if the lane is still ours.
const DELETE: &str = "
WITH moved AS (UPDATE lane SET cursor = $1 WHERE owner = $2 RETURNING cursor)
DELETE FROM outbox WHERE seq <= (SELECT cursor FROM moved)";

/// The messages of a service on their way.
pub(crate) struct Outbox {
    sender: Sender,
}

impl Outbox {
    /// Sends what is still there, and goes on from it.
    pub(crate) async fn resume(
        settings: &Settings,
        owner: &str,
        cursor: i64,
        topics: &[&'static str],
    ) -> Result<Self> {
        let mut connection = PgConnection::connect(&settings.database).await?;
        let (sender, acknowledged) = Sender::new(settings, settings.style.is_safe())?;
        let outbox = Self { sender };
        if settings.style.is_safe() {
            let rows =
                sqlx::query("SELECT seq, topic, partition, number, key, value FROM outbox ORDER BY seq");
            for row in rows.fetch_all(&mut connection).await? {
                let name: String = row.get(1);
                let topic =
                    topics.iter().find(|topic| **topic == name).copied().ok_or("a topic of another")?;
                let key: String = row.get(4);
                let message = Outgoing {
                    seq: row.get(0),
                    topic,
                    partition: row.get(2),
                    number: row.get(3),
                    key: key.parse()?,
                    value: row.get(5),
                };
                outbox.sender.send(&message).await?;
            }
            tokio::spawn(forget(connection, owner.to_owned(), cursor, acknowledged));
        }
        Ok(outbox)
    }

    /// Sends messages that are committed.
    pub(crate) async fn send(&self, messages: &[Outgoing]) -> Result<()> {
        for message in messages {
            self.sender.send(message).await?;
        }
        Ok(())
    }
}

/// Moves the cursor over what was acknowledged without a gap.
async fn forget(
    mut connection: PgConnection,
    owner: String,
    mut cursor: i64,
    mut acknowledged: mpsc::UnboundedReceiver<i64>,
) {
    let mut ahead = BTreeSet::new();
    let mut moved = cursor;
    let mut reports = Vec::new();
    loop {
        tokio::time::sleep(OFTEN).await;
        while let Ok(seq) = acknowledged.try_recv() {
            reports.push(seq);
        }
        for seq in reports.drain(..) {
            if seq == cursor + 1 {
                cursor = seq;
                while ahead.remove(&(cursor + 1)) {
                    cursor += 1;
                }
            } else if seq > cursor {
                ahead.insert(seq);
            }
        }
        if cursor > moved {
            if let Err(error) = sqlx::query(DELETE).bind(cursor).bind(&owner).execute(&mut connection).await {
                eprintln!("the outbox cannot be emptied: {error}");
                std::process::exit(1);
            }
            moved = cursor;
        }
    }
}
