//! A filter as text, as [`RowFilter::parse`](super::RowFilter::parse) reads it.

use super::{Comparison, Operand, RowFilter};
use std::fmt::{Display, Formatter, Result};

impl Display for RowFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let list = |f: &mut Formatter<'_>, parts: &[RowFilter], word: &str| {
            for (at, part) in parts.iter().enumerate() {
                let before = if at == 0 { "" } else { word };
                write!(f, "{before}({part})")?;
            }
            Ok(())
        };
        match self {
            RowFilter::Nothing => f.write_str("no row"),
            RowFilter::Compare(column, op, operand) => write!(f, "{} {} {operand}", Name(column), op.sign()),
            RowFilter::In(column, operands) => {
                let operands: Vec<String> = operands.iter().map(Operand::to_string).collect();
                write!(f, "{} in ({})", Name(column), operands.join(", "))
            }
            RowFilter::IsNull(column) => write!(f, "{} is null", Name(column)),
            RowFilter::And(parts) => list(f, parts, " and "),
            RowFilter::Or(parts) => list(f, parts, " or "),
            RowFilter::Not(part) => write!(f, "not ({part})"),
        }
    }
}

impl Comparison {
    fn sign(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::Unequal => "<>",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::More => ">",
            Comparison::MoreOrEqual => ">=",
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Operand::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Operand::Whole(number) => write!(f, "{number}"),
            Operand::Number(number) => write!(f, "{number:?}"),
            Operand::Truth(truth) => write!(f, "{truth}"),
            Operand::Attribute(name) => write!(f, "user.{name}"),
        }
    }
}

/// A column, in quotes where it could be taken for something else.
struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let bare = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let word = self.0.chars().all(bare) && self.0.starts_with(|c: char| c.is_ascii_lowercase());
        match word
            && !matches!(self.0, "and" | "or" | "not" | "in" | "is" | "null" | "true" | "false" | "user")
        {
            true => f.write_str(self.0),
            false => write!(f, "\"{}\"", self.0.replace('"', "\"\"")),
        }
    }
}
