//! What can be asked of a project in SQL, and by whom.

use super::Project;
use crate::audit::{Deed, Who};
use crate::error::{Error, Result};
use crate::exec::RunningQuery;
use crate::govern::Session;
use crate::remote::Connections;
use kith_core::govern::{Decide, Door, Permit, Subject};
use kith_govern::{Bad, Rules};
use std::sync::Arc;

impl Project {
    /// What one subject can ask in SQL, over sources and results: the only way from the text of a query to rows.
    ///
    /// Policies and labels are those of this moment. Where they can not be understood, only owners get a session.
    pub fn session(&self, subject: &Subject) -> Result<Session> {
        Ok(self.engine.session(subject, self.decider(subject)?))
    }

    /// True if the subject may use a part of the API; `change` = to change something by it.
    pub fn may_call(&self, subject: &Subject, route: &str, change: bool) -> Result<bool> {
        Ok(self.decider(subject)?.calls(subject, route, change))
    }

    /// The rules in force.
    pub fn rules(&self) -> Result<Arc<Rules>> {
        Ok(self.keeper.rules()?)
    }

    fn decider(&self, subject: &Subject) -> Result<Arc<dyn Decide>> {
        match self.keeper.rules() {
            Ok(rules) => Ok(rules),
            Err(bad) if subject.owns() => {
                tracing::warn!(%bad, "policies can not be understood: only owners see anything");
                Ok(Arc::new(Permit))
            }
            Err(bad) => {
                tracing::error!(%bad, "policies can not be understood: only owners see anything");
                let message = "the policies can not be understood, so nothing is shown".to_string();
                let help = "Whoever keeps them must mend them: `kith policy check` says where.".to_string();
                Err(Error::Denied { code: "K-POLICY-BAD", message, help })
            }
        }
    }

    /// Whoever sits at the machine that has the data.
    pub fn owner(&self) -> Subject {
        Subject::owner("owner", self.config().project.tenant.clone(), Door::Cli)
    }

    /// Writes down that profiles were shown to a subject by a part of the API.
    pub fn showed(&self, subject: &Subject, route: &str, profiles: Vec<String>) {
        let (who, route) = (Who::of(subject), route.to_string());
        self.engine.noted_later(Deed::Showed { who, route, profiles });
    }

    /// The queries that run, as far as this subject may know of them.
    pub fn running(&self, subject: &Subject) -> Vec<RunningQuery> {
        self.engine.running().list(subject)
    }

    /// Ends a query by its name.
    pub fn end_query(&self, subject: &Subject, id: &str) -> Result<()> {
        self.engine.running().end(subject, id)
    }

    /// The threads that queries run on.
    pub(crate) fn engine_runtime(&self) -> &tokio::runtime::Runtime {
        self.engine.runtime()
    }

    /// The databases that SQL reads where they are, for those who look after them.
    pub(crate) fn remote(&self) -> &Connections {
        self.engine.connections()
    }
}

impl From<Bad> for Error {
    fn from(bad: Bad) -> Error {
        Error::Config {
            code: bad.code,
            message: bad.message,
            help: bad.help,
            file: bad.file.display().to_string(),
            line: bad.line,
            column: None,
            span: None,
        }
    }
}
