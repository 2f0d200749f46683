//! What can be asked of a project in SQL, and by whom.

use super::Project;
use crate::error::Result;
use crate::exec::RunningQuery;
use crate::govern::Session;
use crate::remote::Connections;
use kith_core::govern::{Door, Permit, Subject};
use std::sync::Arc;

impl Project {
    /// What one subject can ask in SQL, over sources and results: the only way from the text of a query to rows.
    pub fn session(&self, subject: &Subject) -> Session {
        self.engine.session(subject, Arc::new(Permit))
    }

    /// Whoever sits at the machine that has the data.
    pub fn owner(&self) -> Subject {
        Subject::owner("owner", self.config().project.tenant.clone(), Door::Cli)
    }

    /// The queries that run, as far as this subject may know of them.
    pub fn running(&self, subject: &Subject) -> Vec<RunningQuery> {
        self.engine.running().list(subject)
    }

    /// Ends a query by its name.
    pub fn end_query(&self, subject: &Subject, id: &str) -> Result<()> {
        self.engine.running().end(subject, id)
    }

    /// The databases that SQL reads where they are, for those who look after them.
    pub(crate) fn remote(&self) -> &Connections {
        self.engine.connections()
    }
}
