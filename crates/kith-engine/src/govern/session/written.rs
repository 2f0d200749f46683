//! What a session asks stands in the audit log before its first row leaves.

use super::{Session, tables_of};
use crate::audit::{Audit, Deed, TableRead, Who};
use crate::error::Result;
use crate::exec::running::Place;
use datafusion::prelude::DataFrame;
use kith_core::govern::Door;
use kith_core::hex;
use sha2::{Digest, Sha256};
use std::sync::Arc;

impl Session {
    /// That a query has come to its end is written down as well.
    pub(super) fn end_written_down(&self, place: &mut Place) {
        if let Some(audit) = self.audit() {
            place.at_the_end(move |query, rows| {
                audit.note_later(Deed::Ended { query: query.into(), rows });
            });
        }
    }

    /// Where this subject's questions are written down. Kith's own are not.
    fn audit(&self) -> Option<Arc<Audit>> {
        self.shared.audit.clone().filter(|_| self.ruling.subject.door != Door::Inside)
    }

    /// Comes back when a question is on the disk.
    pub(super) async fn written_down(
        &self,
        query: String,
        sql: &str,
        frame: &Result<DataFrame>,
    ) -> Result<()> {
        let Some(audit) = self.audit() else { return Ok(()) };
        let (who, text_sha256) = (Who::of(&self.ruling.subject), hex(Sha256::digest(sql)));
        let deed = match frame {
            Ok(frame) => {
                let tables = tables_of(frame.logical_plan())?.into_iter().map(|used| TableRead {
                    table: used.table,
                    filtered: used.rows_filtered,
                    masked: used.masked.into_iter().map(|(column, ..)| column).collect(),
                });
                Deed::Asked { who, query, text_sha256, tables: tables.collect() }
            }
            Err(refused) => Deed::Refused { who, query, text_sha256, code: refused.code().into() },
        };
        audit.note(deed).await
    }
}
