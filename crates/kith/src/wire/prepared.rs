//! Statements that are kept, and portals: the extended protocol.

use super::frame::message;
use super::parameters;
use super::portal::{Columned, Portal, columns, describe, is_binary};
use super::refusal::{Ended, Refusal};
use super::talk::Talk;
use super::words::{self, Statement};
use kith_engine::Described;
use kith_engine::arrow::datatypes::DataType;
use kith_engine::postgres::{TEXT, kind_of, type_of};

/// Each holds a text of 16 KiB at most.
const STATEMENTS_MAX: usize = 1_000;
/// Each may hold a query that runs.
const PORTALS_MAX: usize = 16;
const TEXT_MAX: usize = 16 << 10;

/// A statement that is kept.
pub struct Prepared {
    statement: Statement,
    sql: String,
    types: Vec<u32>,
    /// Found out when somebody asks, or binds.
    described: Option<Described>,
}

impl Talk {
    pub(super) fn parse(&mut self, name: String, sql: String, types: Vec<u32>) -> Result<(), Refusal> {
        if self.statements.len() >= STATEMENTS_MAX && !self.statements.contains_key(&name) {
            return Err(Refusal::new(
                "53400",
                format!("{STATEMENTS_MAX} statements are kept already"),
                "DEALLOCATE some.",
            ));
        }
        if sql.len() > TEXT_MAX {
            let message = format!("the query has {} bytes, and {TEXT_MAX} is the most", sql.len());
            return Err(Refusal::new("54000", message, "Join with a table instead of listing values."));
        }
        if !name.is_empty() && self.statements.contains_key(&name) {
            return Err(Refusal::new(
                "42P05",
                format!("there is a statement {name:?} already"),
                "DEALLOCATE it first.",
            ));
        }
        let all = words::split(&sql);
        let sql = match all.as_slice() {
            [] => String::new(),
            [(_, one)] => one.to_string(),
            _ => {
                let hint = "Send one at a time, or all as a simple query.";
                return Err(Refusal::new("42601", "a prepared statement is one statement", hint));
            }
        };
        let statement = words::statement(&sql);
        self.may(&statement)?;
        self.statements.insert(name, Prepared { statement, sql, types, described: None });
        message(self.out(), b'1', |_| {});
        Ok(())
    }

    /// What a kept statement takes and gives.
    async fn described(&mut self, name: &str) -> Result<Described, Ended> {
        let session = self.session()?;
        let prepared = self.statements.get_mut(name).ok_or_else(|| no_statement(name))?;
        if let Some(described) = &prepared.described {
            return Ok(described.clone());
        }
        let given = prepared.types.iter().map(|oid| kind_of(*oid).filter(|_| *oid != 705)).collect();
        let described = session.describe(&prepared.sql, given).await;
        let described = described.map_err(|e| Refusal::of(&e, &prepared.sql, 0))?;
        prepared.described = Some(described.clone());
        Ok(described)
    }

    pub(super) async fn describe_statement(&mut self, name: &str) -> Result<(), Ended> {
        let prepared = self.statements.get(name).ok_or_else(|| no_statement(name))?;
        let types = prepared.types.clone();
        let (parameters, shown): (Vec<DataType>, Vec<Columned>) = match prepared.statement.clone() {
            Statement::Read => {
                let described = self.described(name).await?;
                (described.parameters.clone(), columns(&described.schema))
            }
            Statement::Show(name) => (Vec::new(), vec![(name, TEXT)]),
            _ => (Vec::new(), Vec::new()),
        };
        let out = self.out();
        message(out, b't', |out| {
            out.extend(u16::try_from(parameters.len()).unwrap_or(u16::MAX).to_be_bytes());
            for (place, kind) in parameters.iter().enumerate() {
                let given = types.get(place).copied().filter(|oid| !matches!(oid, 0 | 705));
                out.extend(given.unwrap_or(type_of(kind).oid).to_be_bytes());
            }
        });
        tell(out, &shown, &[]);
        Ok(())
    }

    pub(super) async fn bind(
        &mut self,
        portal: String,
        name: &str,
        formats: &[i16],
        values: &[Option<Vec<u8>>],
        wanted: Vec<i16>,
    ) -> Result<(), Ended> {
        let prepared = self.statements.get(name).ok_or_else(|| no_statement(name))?;
        self.may(&prepared.statement)?;
        if self.portals.len() >= PORTALS_MAX && !self.portals.contains_key(&portal) {
            return Err(Refusal::new(
                "53400",
                format!("{PORTALS_MAX} portals are open already"),
                "Close some.",
            )
            .into());
        }
        let reads = prepared.statement == Statement::Read;
        let found = match reads && !values.is_empty() {
            true => self.described(name).await?.parameters,
            false => Vec::new(),
        };
        let prepared = self.statements.get(name).ok_or_else(|| no_statement(name))?;
        if reads && found.len() > values.len() {
            let message =
                format!("the query has {} parameters, and {} values came", found.len(), values.len());
            return Err(Refusal::new("08P01", message, "").into());
        }
        let mut arrays = Vec::with_capacity(values.len());
        for (place, value) in values.iter().enumerate() {
            let oid = prepared.types.get(place).copied().unwrap_or(0);
            let kind = found.get(place).unwrap_or(&DataType::Utf8);
            let array = parameters::value(oid, kind, is_binary(formats, place), value.as_deref());
            let array = array.map_err(|why| Refusal::new("22P02", format!("${}: {why}", place + 1), ""))?;
            arrays.push(array);
        }
        let (statement, sql) = (prepared.statement.clone(), prepared.sql.clone());
        self.portals.insert(portal, Portal::new(statement, sql, arrays, wanted));
        message(self.out(), b'2', |_| {});
        Ok(())
    }

    pub(super) async fn describe_portal(&mut self, name: &str) -> Result<(), Ended> {
        let mut portal = self.portals.remove(name).ok_or_else(|| no_portal(name))?;
        let mut means = self.means()?;
        let columns = portal.begin(&mut means).await?;
        tell(&mut means.line.out, &columns, &portal.formats);
        self.portals.insert(name.to_string(), portal);
        Ok(())
    }

    pub(super) async fn execute(&mut self, name: &str, most: i32) -> Result<(), Ended> {
        let mut portal = self.portals.remove(name).ok_or_else(|| no_portal(name))?;
        self.may(&portal.statement)?;
        if portal.statement != Statement::Read {
            return Ok(self.own(&portal.statement)?);
        }
        let mut means = self.means()?;
        if !portal.over {
            portal.begin(&mut means).await?;
        }
        portal.fetch(usize::try_from(most).unwrap_or(0), &mut means).await?;
        self.portals.insert(name.to_string(), portal);
        Ok(())
    }
}

/// Columns, or that there are none.
fn tell(out: &mut Vec<u8>, columns: &[Columned], formats: &[i16]) {
    match columns.is_empty() {
        true => message(out, b'n', |_| {}),
        false => describe(out, columns, formats),
    }
}

fn no_statement(name: &str) -> Refusal {
    Refusal::new("26000", format!("there is no statement {name:?}"), "Prepare it first.")
}

fn no_portal(name: &str) -> Refusal {
    Refusal::new(
        "34000",
        format!("there is no portal {name:?}"),
        "It ends with its transaction: bind it again.",
    )
}
