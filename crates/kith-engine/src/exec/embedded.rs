//! DataFusion in this process: what all sessions share. It runs no query itself; a [`Session`] does.

use super::catalog::{ItemSchema, LakeCatalog};
use super::memory::Share;
use super::running::{Running, Watch};
use crate::audit::{Audit, Deed};
use crate::error::{Error, Result};
use crate::fresh::Fresh;
use crate::govern::Session;
use crate::lake::Lake;
use crate::remote::Connections;
use crate::told::Told;
use crate::view::Views;
use datafusion::catalog::CatalogProvider;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use kith_core::config::Config;
use kith_core::govern::{Decide, Subject};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Memory that all running queries share. Sorts and aggregates spill to disk before it is full.
const MEMORY_MAX_BYTES: usize = 1 << 30;

/// The stack of everything that plans or runs a query: parsers, planners and expressions recurse.
pub(crate) const STACK_BYTES: usize = 64 << 20;

/// One memory pool, one spill directory, one runtime and one catalogue for all sessions.
pub struct Embedded {
    shared: Shared,
    dir: PathBuf,
    connections: Connections,
    fresh: Option<Fresh>,
}

/// What a session has of the engine.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) env: Arc<RuntimeEnv>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) running: Running,
    pub(crate) watch: Arc<Watch>,
    /// Where questions of people are written down; `None` = nowhere.
    pub(crate) audit: Option<Arc<Audit>>,
    /// Queries that are tables.
    pub(crate) views: Option<Views>,
    /// Ungoverned: only a session's own catalogue looks into it.
    pub(crate) tables: Arc<dyn CatalogProvider>,
}

impl Shared {
    /// An environment for one query, with its share of the memory.
    pub(crate) fn env_for_one(&self, memory_max_bytes: usize) -> Result<Arc<RuntimeEnv>> {
        let share = Share::new(self.env.memory_pool.clone(), memory_max_bytes);
        RuntimeEnvBuilder::from_runtime_env(&self.env)
            .with_memory_pool(Arc::new(share))
            .build_arc()
            .map_err(|e| Error::internal("a query's share can not be made", e))
    }
}

impl Embedded {
    /// An engine over a tenant's lake. Spilled rows go to the data directory, not to a shared `/tmp`. The runtime's threads must
    /// have stacks for deep queries.
    pub fn new(lake: &Lake, spill_dir: &Path, runtime: Arc<Runtime>) -> Result<Embedded> {
        let env = RuntimeEnvBuilder::new()
            .with_memory_limit(MEMORY_MAX_BYTES, 1.0)
            .with_temp_file_path(spill_dir)
            .build_arc()
            .map_err(|e| Error::internal("the query engine can not start", e))?;
        let tables = Arc::new(LakeCatalog {
            dir: lake.dir().to_path_buf(),
            items: None,
            fresh: None,
            told: None,
            connections: Connections::default(),
        });
        let shared = Shared {
            env,
            runtime,
            running: Running::default(),
            watch: Arc::new(Watch::start()?),
            audit: None,
            views: None,
            tables,
        };
        Ok(Embedded {
            shared,
            dir: lake.dir().to_path_buf(),
            connections: Connections::default(),
            fresh: None,
        })
    }

    /// The same over other tables.
    #[cfg(test)]
    pub(crate) fn with_tables(mut self, tables: Arc<dyn CatalogProvider>) -> Embedded {
        self.shared.tables = tables;
        self
    }

    /// With an audit log.
    pub(crate) fn with_audit(mut self, audit: Audit) -> Embedded {
        self.shared.audit = Some(Arc::new(audit));
        self
    }

    /// With what a project has besides lake tables: its catalogues, and the databases that it reads where they are.
    pub(crate) fn with_project(mut self, told: Told, base: &Path) -> Embedded {
        let Told { live, collector, config, .. } = &told;
        let names = config.catalogs.iter().map(|catalog| catalog.name().clone()).collect();
        let items = Some(Arc::new(ItemSchema { live: live.clone(), names }));
        self.connections = Connections::of(&config.connections, base).with_copies(told.copies.clone());
        let connections = self.connections.clone();
        let fresh = Fresh::new(live.clone(), collector.as_ref().map(|c| c.events().clone()), config.clone());
        self.fresh = Some(fresh.clone());
        let fresh = Some(fresh);
        self.shared.tables =
            Arc::new(LakeCatalog { dir: self.dir.clone(), items, fresh, told: Some(told), connections });
        self.shared.views = Some(Views::of(base));
        self
    }

    /// Goes on with another configuration.
    pub(crate) fn set_config(&self, config: &Arc<Config>) {
        if let Some(fresh) = &self.fresh {
            fresh.set_config(config.clone());
        }
    }

    /// The way to ask, for one subject under one policy.
    pub fn session(&self, subject: &Subject, decider: Arc<dyn Decide>) -> Session {
        Session::new(self.shared.clone(), subject.clone(), decider)
    }

    /// Writes a deed down; it is on the disk when this comes back. It blocks.
    pub(crate) fn noted(&self, deed: Deed) -> Result<()> {
        match &self.shared.audit {
            Some(audit) => self.shared.runtime.block_on(audit.note(deed)),
            None => Ok(()),
        }
    }

    /// Writes a deed down soon.
    pub(crate) fn noted_later(&self, deed: Deed) {
        if let Some(audit) = &self.shared.audit {
            audit.note_later(deed);
        }
    }

    /// The threads that queries run on, for what keeps the house.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.shared.runtime
    }

    /// The databases that are read where they are, for those who look after them: no query goes this way.
    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(crate) fn running(&self) -> &Running {
        &self.shared.running
    }
}
