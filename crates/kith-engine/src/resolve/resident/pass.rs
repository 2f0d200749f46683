//! What others have written since, and whether the resolver need mind it.

use super::Resolver;
use kith_core::entry::Entry;
use kith_core::id::Position;
use kith_live::Live;

impl Resolver {
    /// Goes on behind entries that say nothing of a record: those of catalogues.
    pub(crate) fn pass(&mut self, live: &Live) {
        for item in live.log_from(Position(self.position.0 + 1)) {
            match item {
                Ok((position, Entry::Items(_) | Entry::Rejected(_) | Entry::Pulled(_))) => {
                    self.position = position;
                }
                _ => return,
            }
        }
    }

    /// True if nothing but decisions has been written since.
    pub(crate) fn may_follow(&self, live: &Live) -> bool {
        let since = live.log_from(Position(self.position.0 + 1));
        since.into_iter().all(|entry| matches!(entry, Ok((_, Entry::Decision(_) | Entry::Withdrawn(_)))))
    }
}
