//! Which rows: a small language for policies, `region = user.region and not status in ('lost', 'closed')`.
//!
//! It is not SQL, and no part of it can fail on a row: comparisons of a column with a value, `in`, `is null`, `and`, `or`,
//! `not`. So it can not be made to tell a hidden row by an error. As in SQL, what is compared with NULL is neither true nor
//! false, and a row is shown only where the filter is true.
//!
//! 1. [`RowFilter::parse`] reads the text. 2. [`RowFilter::check`] holds it against a table. 3. [`RowFilter::bind`] puts the
//!    subject's attributes in; one that the subject does not have leaves no row, also under `not`.

mod parse;
mod write;
#[cfg(test)]
mod tests;

use super::{Kind, Subject, TableFacts};

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// `'north'`; days and moments are written so too.
    Text(String),
    /// `17`
    Whole(i64),
    /// `1.5`
    Number(f64),
    /// `true`
    Truth(bool),
    /// `user.region`
    Attribute(String),
}

/// Which rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum RowFilter {
    /// No row.
    Nothing,
    /// `column op value`
    Compare(String, Comparison, Operand),
    /// `column in (…)`
    In(String, Vec<Operand>),
    /// `column is null`
    IsNull(String),
    /// All of them.
    And(Vec<RowFilter>),
    /// At least one of them.
    Or(Vec<RowFilter>),
    /// Not this.
    Not(Box<RowFilter>),
}

/// A row filter that can not be read, or does not fit its table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row filter is wrong at character {at}: {message}")]
pub struct BadFilter {
    /// The character, from 1; 0 = the filter as a whole.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

impl RowFilter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<RowFilter, BadFilter> {
        parse::filter(text)
    }

    /// Says no if a column is not there, or is compared with what it can not hold.
    pub fn check(&self, facts: &TableFacts) -> Result<(), BadFilter> {
        let wrong = |message: String| Err(BadFilter { at: 0, message });
        let kind = |name: &str| match facts.columns.iter().find(|(column, _)| column == name) {
            Some((_, kind)) => Ok(*kind),
            None => wrong(format!("{}.{} has no column {name}", facts.name.schema, facts.name.table)),
        };
        match self {
            RowFilter::Nothing => Ok(()),
            RowFilter::IsNull(column) => kind(column).map(drop),
            RowFilter::Compare(column, _, operand) => fits(column, kind(column)?, operand),
            RowFilter::In(column, operands) => {
                let kind = kind(column)?;
                operands.iter().try_for_each(|operand| fits(column, kind, operand))
            }
            RowFilter::And(parts) | RowFilter::Or(parts) => parts.iter().try_for_each(|p| p.check(facts)),
            RowFilter::Not(part) => part.check(facts),
        }
    }

    /// With the subject's attributes in place of their names.
    pub fn bind(&self, subject: &Subject) -> RowFilter {
        self.bound(subject).unwrap_or(RowFilter::Nothing)
    }

    fn bound(&self, subject: &Subject) -> Option<RowFilter> {
        let all = |parts: &[RowFilter]| parts.iter().map(|p| p.bound(subject)).collect::<Option<Vec<_>>>();
        Some(match self {
            RowFilter::Nothing | RowFilter::IsNull(_) => self.clone(),
            RowFilter::Compare(column, op, operand) => {
                RowFilter::Compare(column.clone(), *op, operand.bound(subject)?)
            }
            RowFilter::In(column, operands) => {
                let operands: Option<_> = operands.iter().map(|o| o.bound(subject)).collect();
                RowFilter::In(column.clone(), operands?)
            }
            RowFilter::And(parts) => RowFilter::And(all(parts)?),
            RowFilter::Or(parts) => RowFilter::Or(all(parts)?),
            RowFilter::Not(part) => RowFilter::Not(Box::new(part.bound(subject)?)),
        })
    }

    /// The columns that it reads; one that is named twice comes twice.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            RowFilter::Nothing => Vec::new(),
            RowFilter::Compare(column, ..) | RowFilter::In(column, _) | RowFilter::IsNull(column) => {
                vec![column]
            }
            RowFilter::And(parts) | RowFilter::Or(parts) => {
                parts.iter().flat_map(RowFilter::columns).collect()
            }
            RowFilter::Not(part) => part.columns(),
        }
    }

    /// Both: what two rules leave.
    pub fn and(self, other: RowFilter) -> RowFilter {
        RowFilter::And(vec![self, other])
    }
}

impl Operand {
    fn bound(&self, subject: &Subject) -> Option<Operand> {
        match self {
            Operand::Attribute(name) => subject.attribute(name).map(|v| Operand::Text(v.to_string())),
            other => Some(other.clone()),
        }
    }
}

fn fits(column: &str, kind: Kind, operand: &Operand) -> Result<(), BadFilter> {
    let fits = match operand {
        Operand::Text(_) => matches!(kind, Kind::Text | Kind::Day | Kind::Moment),
        Operand::Attribute(_) => kind == Kind::Text,
        Operand::Whole(_) => matches!(kind, Kind::Whole | Kind::Number),
        Operand::Number(_) => kind == Kind::Number,
        Operand::Truth(_) => kind == Kind::Truth,
    };
    if fits {
        return Ok(());
    }
    let message = format!("{column} holds {kind:?}, which can not be compared with {operand:?}");
    Err(BadFilter { at: 0, message })
}
