//! Statements that belong to the connection: transactions, settings, what is kept.

use super::frame::{message, put_text};
use super::portal::{complete, text_row};
use super::refusal::Refusal;
use super::settings::Settings;
use super::talk::Talk;
use super::words::Statement;

impl Talk {
    /// In a transaction that has failed only its end is taken.
    pub(super) fn may(&self, statement: &Statement) -> Result<(), Refusal> {
        match (self.transaction, statement) {
            (b'E', Statement::End(_)) => Ok(()),
            (b'E', _) => Err(Refusal::new(
                "25P02",
                "the transaction has failed, and nothing in it counts any more",
                "ROLLBACK ends it.",
            )),
            _ => Ok(()),
        }
    }

    /// What belongs to the connection.
    pub(super) fn own(&mut self, statement: &Statement) -> Result<(), Refusal> {
        let tag = match statement {
            Statement::Empty => {
                message(self.out(), b'I', |_| {});
                return Ok(());
            }
            Statement::Begin => {
                self.transaction = b'T';
                "BEGIN"
            }
            Statement::End(tag) => {
                let failed = self.transaction == b'E';
                self.transaction = b'I';
                self.portals.clear();
                if failed { "ROLLBACK" } else { tag }
            }
            Statement::Set(name, value) => {
                self.client.settings.set(name, value.as_deref())?;
                if let Some((name, value)) = self
                    .client
                    .settings
                    .reported()
                    .into_iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                {
                    message(self.out(), b'S', |out| {
                        put_text(out, name);
                        put_text(out, &value);
                    });
                }
                if value.is_none() { "RESET" } else { "SET" }
            }
            Statement::Show(name) => {
                let value = self.client.settings.get(name)?;
                text_row(self.out(), &value);
                "SHOW"
            }
            Statement::Deallocate(name) => {
                match name {
                    Some(name) => drop(self.statements.remove(name)),
                    None => self.statements.clear(),
                }
                if name.is_some() { "DEALLOCATE" } else { "DEALLOCATE ALL" }
            }
            Statement::Nothing(tag) => {
                if *tag == "DISCARD ALL" {
                    self.statements.clear();
                    self.client.settings = Settings::default();
                }
                tag
            }
            Statement::Missing(message, hint) => return Err(Refusal::new("0A000", *message, *hint)),
            Statement::Read => return Err(Refusal::new("XX000", "a query is not answered here", "")),
        };
        complete(self.out(), tag);
        Ok(())
    }
}
