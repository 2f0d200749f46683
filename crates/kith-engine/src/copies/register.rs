//! The register of copies: a line for each that was made, refreshed, checked or ended, in the order in which it happened.

use super::hold::Current;
use super::{Copies, now_ms};
use crate::disk::sync_folder;
use crate::error::{Error, Result};
use kith_core::config::Copy;
use serde::Serialize;
use std::io::Write;
use std::sync::{MutexGuard, PoisonError};

const FILE: &str = "register.jsonl";

/// What happened to a copy.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    Made,
    Refreshed,
    Checked,
    Ended,
    Refused,
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    what: Event,
    table: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    by: &'a str,
}

impl Copies {
    fn held(&self) -> MutexGuard<'_, ()> {
        self.0.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(
        &self,
        what: Event,
        table: &str,
        copy: Option<&Copy>,
        current: Option<&Current>,
        by: &str,
    ) -> Result<()> {
        let at = jiff::Timestamp::from_millisecond(now_ms()).map(|at| at.to_string()).unwrap_or_default();
        let line = Line {
            at,
            what,
            table,
            owner: copy.map(|copy| copy.owner.as_str()),
            purpose: copy.map(|copy| copy.purpose.as_str()),
            expires: copy.and_then(|copy| copy.expires.as_deref()),
            rows: current.map(|current| current.rows),
            bytes: current.map(|current| current.bytes),
            by,
        };
        let path = self.0.dir.join(FILE);
        let write = || -> std::io::Result<()> {
            let mut text = serde_json::to_vec(&line).map_err(std::io::Error::other)?;
            text.push(b'\n');
            std::fs::create_dir_all(&self.0.dir)?;
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
            file.write_all(&text)?;
            file.sync_all()?;
            sync_folder(&self.0.dir)
        };
        write().map_err(|e| {
            let message = format!("the register of copies, {}, can not be written: {e}", path.display());
            Error::data(
                "K-DATA-DISK",
                message,
                "Check rights and room on the disk. No copy is made that is not in the register.",
            )
        })
    }

    /// Refuses a copy too many, before anything is read for it.
    pub(super) fn may_be_made(&self, copy: &Copy, by: &str) -> Result<()> {
        let _held = self.held();
        let Some(max) = self.0.settings.max else { return Ok(()) };
        if self.current(&copy.name())?.is_some() {
            return Ok(());
        }
        let there = self.lying()?.len() as u64;
        if there < max {
            return Ok(());
        }
        self.line(Event::Refused, &copy.name(), Some(copy), None, by)?;
        let message = format!(
            "{} would be one copy too many: there are {there}, and [copies] max is {max}",
            copy.name()
        );
        let help = "`kith copy list` has them; take one out of kith.toml and run `kith copy expire`, or raise the limit.";
        Err(Error::Conflict { code: "K-COPY-LIMIT", message, help: help.into() })
    }

    /// Writes a copy into the register, then puts it in force. Counted again: two may have been made at the same time.
    pub(super) fn enter(&self, copy: &Copy, current: &Current, by: &str) -> Result<()> {
        let name = copy.name();
        let new = self.current(&name)?.is_none();
        if new {
            self.may_be_made(copy, by)?;
        }
        let _held = self.held();
        self.line(if new { Event::Made } else { Event::Refreshed }, &name, Some(copy), Some(current), by)?;
        self.put(&name, current)
    }

    /// Writes a check into the register, and with the copy.
    pub(super) fn checked(&self, copy: &Copy, current: &Current, differ: u64, by: &str) -> Result<()> {
        let _held = self.held();
        let name = copy.name();
        self.line(Event::Checked, &name, Some(copy), Some(current), by)?;
        // Another may have come into force meanwhile.
        match self.current(&name)? {
            Some(now) if now.file == current.file => {
                self.put(&name, &Current { checked: Some((now_ms(), differ)), ..now })
            }
            _ => Ok(()),
        }
    }

    /// Deletes a copy, and writes that down first.
    pub(super) fn end(&self, table: &str, copy: Option<&Copy>, current: &Current, by: &str) -> Result<()> {
        let _held = self.held();
        self.line(Event::Ended, table, copy, Some(current), by)?;
        self.remove(table)
    }
}
