//! The engine: it moves data from the sources to one profile per customer. Modules stand in travelling order; each
//! sentence is true after its stage has run.

pub mod connect;
pub mod tabular;
pub mod land;
pub mod collect;
pub mod catalog;
pub mod resolve;
pub mod unify;
pub mod profile;
pub mod steward;
pub mod look;
pub mod dedupe;
pub mod lake;
mod fresh;
mod told;
pub mod exec;
mod remote;
pub mod copies;
pub mod govern;
pub mod postgres;
pub mod tables;
pub mod observe;
pub mod backup;
pub mod audit;
pub mod policy;
pub mod view;
mod init;
mod story;
mod project;
mod facts;
mod report;
mod error;
mod disk;

pub use catalog::shape as catalogs;
pub use collect::{Collector, events};
/// The engine's Arrow and Parquet, so that nobody names another version of them.
pub use datafusion::{arrow, parquet};
pub use error::{Cause, Error, Result};
pub use exec::{EngineChoice, Limits};
pub use govern::{Described, Session};
pub use init::{InitColumn, InitOptions, InitReport, InitSource, LeftOut, init};
pub use observe::doctor;
pub use profile::{Lookup, shape};
pub use project::{Project, labels, read_config, views};
pub use report::{
    InvalidColumn, Progress, Quiet, ResolutionReport, RunOptions, RunReport, SourceFailure, SourceReport,
    Stage,
};
pub use story::stream::{Placed, Received, Refused, Sending};
