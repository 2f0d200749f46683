//! The engine's tests, one binary: what links DataFusion is 100 MB, so there is one of it.

mod audit;
mod catalogs;
mod company;
mod connections;
mod copies;
mod dedupe;
mod events;
mod exec;
mod few;
mod fresh;
mod governed;
mod household;
mod lake;
mod learn;
mod look;
mod preview;
mod rules;
mod settings;
mod steward;
mod story;
mod stream;
mod tables;
