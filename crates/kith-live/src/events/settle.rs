//! Settling refused events: what is sent again in here after a fix, and what is given up.
//!
//! 1. Only an event that waits is settled, so whatever is asked twice, or asked again after a crash, happens once.
//! 2. One that is accepted goes into the log right before the word that its refusal is settled, in one append: both are there
//!    after a crash, or neither.
//! 3. Message ids count as for any event: one that its client has sent again meanwhile is a duplicate.

use super::commit::{Batch, Committer};
use super::keys;
use crate::error::Result;
use kith_core::entry::{Entry, SettledEntry, Settlement};
use kith_core::event::Event;
use kith_core::id::{Position, SourceName};

/// What is to become of a refused event.
#[derive(Clone, Debug, PartialEq)]
pub struct Settle {
    /// Its position.
    pub refused: Position,
    /// Who had sent it.
    pub source: SourceName,
    /// The event that it is now; `None` = it is given up.
    pub event: Option<Event>,
    /// Why it is given up.
    pub reason: String,
    /// Who wants it.
    pub author: String,
}

/// How many refused events became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Accepted after all.
    pub accepted: u64,
    /// Had been accepted before.
    pub duplicate: u64,
    /// Given up.
    pub discarded: u64,
    /// Did not wait any more: somebody else was first.
    pub gone: u64,
}

impl Settled {
    /// Adds.
    pub fn add(&mut self, more: Settled) {
        self.accepted += more.accepted;
        self.duplicate += more.duplicate;
        self.discarded += more.discarded;
        self.gone += more.gone;
    }
}

impl Committer {
    /// Makes entries of what is to be settled.
    pub(super) fn settle(&mut self, all: Vec<Settle>, batch: &mut Batch) -> Result<Settled> {
        let mut settled = Settled::default();
        for Settle { refused, source, event, reason, author } in all {
            let waits = {
                let fold = self.shared.fold();
                fold.refused.waits(self.shared.kv.as_ref(), refused)?.is_some()
            };
            if !waits || !self.settling.insert(refused) {
                settled.gone += 1;
                continue;
            }
            batch.settling.push(refused);
            let outcome = match event {
                None => Settlement::Discarded,
                Some(event) => {
                    let key = keys::seen(&event.source, &event.message_id);
                    if self.known.contains(&key) || self.seen(&key, event.received_at_ms)? {
                        Settlement::Duplicate
                    } else {
                        self.known.insert(key.clone());
                        batch.keys.push((batch.entries.len(), key));
                        batch.entries.push(Entry::Event(event));
                        Settlement::Accepted
                    }
                }
            };
            match outcome {
                Settlement::Accepted => settled.accepted += 1,
                Settlement::Duplicate => settled.duplicate += 1,
                Settlement::Discarded => settled.discarded += 1,
            }
            let settled_at_ms = self.shared.seams.clock.now_ms();
            let entry = SettledEntry { source, refused, outcome, reason, author, settled_at_ms };
            batch.entries.push(Entry::Settled(entry));
        }
        Ok(settled)
    }
}
