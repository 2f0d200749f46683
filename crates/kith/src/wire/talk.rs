//! A conversation: messages of one client, answered one after the other.

use super::Wire;
use super::frame::{Ask, message};
use super::line::Line;
use super::portal::{Means, Portal, describe};
use super::prepared::Prepared;
use super::refusal::{Ended, Refusal};
use super::startup::Client;
use super::words::{self, Statement};
use crate::kept::KeptError;
use kith_core::govern::Door;
use kith_engine::postgres::TEXT;
use kith_engine::{Limits, Session};
use std::collections::HashMap;
use std::sync::Arc;

/// One client, signed in.
pub struct Talk {
    wire: Arc<Wire>,
    pub(super) client: Client,
    pub(super) statements: HashMap<String, Prepared>,
    pub(super) portals: HashMap<String, Portal>,
    /// `I` none, `T` in one, `E` in one that has failed: PostgreSQL's letters for transactions.
    pub(super) transaction: u8,
    /// After an error nothing counts until a Sync.
    skipping: bool,
}

impl Talk {
    /// With somebody who has just signed in.
    pub fn new(client: Client, wire: Arc<Wire>) -> Talk {
        let (statements, portals) = (HashMap::new(), HashMap::new());
        Talk { wire, client, statements, portals, transaction: b'I', skipping: false }
    }

    pub(super) fn line(&mut self) -> &mut Line {
        &mut self.client.line
    }

    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.client.line.out
    }

    /// Until one side has had enough.
    pub async fn run(mut self) {
        self.ready();
        while self.line().flush().await.is_ok() {
            let Ok((kind, body)) = self.line().message(None).await else {
                return;
            };
            let ask = match Ask::of(kind, &body) {
                Ok(Ask::Terminate) => return,
                Ok(ask) => ask,
                Err(malformed) => {
                    Refusal::new("08P01", malformed.to_string(), "").write(self.out(), true);
                    let _ = self.line().flush().await;
                    return;
                }
            };
            match self.answer(ask).await {
                Ok(()) => {}
                Err(Ended::Gone) => return,
                Err(Ended::Refused(refusal)) => {
                    self.refuse(&refusal);
                    self.skipping = true;
                }
            }
        }
    }

    fn refuse(&mut self, refusal: &Refusal) {
        refusal.write(self.out(), false);
        if self.transaction == b'T' {
            self.transaction = b'E';
        }
    }

    /// An end of what belongs together: without a transaction, portals end with it.
    fn ready(&mut self) {
        if self.transaction == b'I' {
            self.portals.clear();
        }
        let letter = self.transaction;
        message(self.out(), b'Z', |out| out.push(letter));
    }

    async fn answer(&mut self, ask: Ask) -> Result<(), Ended> {
        match ask {
            Ask::Sync => {
                self.skipping = false;
                self.ready();
            }
            Ask::Query(text) => {
                self.skipping = false;
                match self.simple(&text).await {
                    Err(Ended::Refused(refusal)) => self.refuse(&refusal),
                    other => other?,
                }
                self.portals.remove("");
                self.ready();
            }
            _ if self.skipping => {}
            Ask::Parse { name, sql, types } => self.parse(name, sql, types)?,
            Ask::Bind { portal, statement, formats, values, wanted } => {
                self.bind(portal, &statement, &formats, &values, wanted).await?;
            }
            Ask::Describe(b'S', name) => self.describe_statement(&name).await?,
            Ask::Describe(_, name) => self.describe_portal(&name).await?,
            Ask::Execute(name, most) => self.execute(&name, most).await?,
            Ask::Close(kind, name) => {
                match kind {
                    b'S' => drop(self.statements.remove(&name)),
                    _ => drop(self.portals.remove(&name)),
                }
                message(self.out(), b'3', |_| {});
            }
            Ask::Flush => self.line().flush().await?,
            Ask::Terminate => return Err(Ended::Gone),
            Ask::Other => {
                return Err(
                    Refusal::new("0A000", "COPY and function calls are not here", "Use SELECT.").into()
                );
            }
        }
        Ok(())
    }

    /// What the person may ask now: roles and policies are looked up for each query, so a change of them, and the end of a user,
    /// count for connections that are open, too.
    pub(super) fn session(&self) -> Result<Session, Refusal> {
        let project = self.wire.app.project();
        let user = self.wire.users.find(&self.client.user).map_err(|error| match error {
            KeptError::Unknown { .. } => Refusal::new(
                "28000",
                format!("there is no user {:?} any more", self.client.user),
                "Sign in again.",
            ),
            error => {
                tracing::error!(%error, "users can not be read, so nobody is answered");
                Refusal::new("28000", "Kith failed, and its log says how", "")
            }
        })?;
        let tenant = project.config().project.tenant.clone();
        let mut subject = user.standing.subject(&user.name, tenant, Door::Wire);
        subject.purpose = self.client.settings.purpose();
        let session = project.session(&subject).map_err(|error| Refusal::of(&error, "", 0))?;
        Ok(session.for_postgres(&self.client.settings.schema()))
    }

    pub(super) fn means(&mut self) -> Result<Means<'_>, Refusal> {
        let time_max = self.client.settings.time_max();
        let limits = Limits { rows_max: usize::MAX, time_max, ..Limits::default() };
        let session = self.session()?;
        Ok(Means { session, limits, line: &mut self.client.line, asked: &mut self.client.key.asked })
    }

    async fn simple(&mut self, text: &str) -> Result<(), Ended> {
        let all = words::split(text);
        if all.is_empty() {
            message(self.out(), b'I', |_| {});
        }
        for (at, sql) in all {
            let mut portal = Portal::new(words::statement(sql), sql.to_string(), Vec::new(), Vec::new());
            portal.before = text[..at].chars().count();
            self.may(&portal.statement)?;
            match portal.statement.clone() {
                Statement::Read => {
                    let mut means = self.means()?;
                    let columns = portal.begin(&mut means).await?;
                    describe(&mut means.line.out, &columns, &[]);
                    portal.fetch(0, &mut means).await?;
                }
                Statement::Show(name) => {
                    describe(self.out(), &[(name.clone(), TEXT)], &[]);
                    self.own(&Statement::Show(name))?;
                }
                statement => self.own(&statement)?,
            }
        }
        Ok(())
    }
}
