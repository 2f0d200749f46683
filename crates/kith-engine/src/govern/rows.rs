//! A row filter of the policy as an expression over a table. It is typed here, once: on a row it can not fail.

use crate::error::Error;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, ident, lit, not};
use kith_core::govern::rows::{Comparison, Operand};
use kith_core::govern::{BadFilter, Kind, RowFilter};

/// What a column holds.
pub(super) fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Dictionary(_, values) => kind(values),
        DataType::Boolean => Kind::Truth,
        DataType::Date32 | DataType::Date64 => Kind::Day,
        DataType::Timestamp(..) => Kind::Moment,
        t if t.is_integer() => Kind::Whole,
        t if t.is_floating() || t.is_decimal() => Kind::Number,
        _ => Kind::Other,
    }
}

/// The expression of a filter whose attributes are bound.
pub(super) fn expression(filter: &RowFilter, schema: &Schema) -> Result<Expr, BadFilter> {
    let join = |parts: &[RowFilter], op: Operator, empty: bool| {
        let parts: Result<Vec<Expr>, BadFilter> = parts.iter().map(|p| expression(p, schema)).collect();
        let both = |a: Expr, b: Expr| Expr::BinaryExpr(BinaryExpr::new(Box::new(a), op, Box::new(b)));
        Ok(parts?.into_iter().reduce(both).unwrap_or_else(|| lit(empty)))
    };
    Ok(match filter {
        RowFilter::Nothing => lit(false),
        RowFilter::Compare(column, comparison, operand) => {
            let value = value(column, operand, schema)?;
            let op = operator(*comparison);
            Expr::BinaryExpr(BinaryExpr::new(Box::new(ident(column)), op, Box::new(value)))
        }
        RowFilter::In(column, operands) => {
            let values: Result<_, _> = operands.iter().map(|o| value(column, o, schema)).collect();
            ident(column).in_list(values?, false)
        }
        RowFilter::IsNull(column) => ident(column).is_null(),
        RowFilter::And(parts) => join(parts, Operator::And, true)?,
        RowFilter::Or(parts) => join(parts, Operator::Or, false)?,
        RowFilter::Not(part) => not(expression(part, schema)?),
    })
}

fn operator(comparison: Comparison) -> Operator {
    match comparison {
        Comparison::Equal => Operator::Eq,
        Comparison::Unequal => Operator::NotEq,
        Comparison::Less => Operator::Lt,
        Comparison::LessOrEqual => Operator::LtEq,
        Comparison::More => Operator::Gt,
        Comparison::MoreOrEqual => Operator::GtEq,
    }
}

/// The value in the column's own type, so that nothing is cast on a row.
fn value(column: &str, operand: &Operand, schema: &Schema) -> Result<Expr, BadFilter> {
    let wrong = |message: String| BadFilter { at: 0, message };
    let field = schema.field_with_name(column).map_err(|_| wrong(format!("there is no column {column}")))?;
    let target = match field.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let scalar = match operand {
        Operand::Text(text) => ScalarValue::Utf8(Some(text.clone())),
        Operand::Whole(whole) => ScalarValue::Int64(Some(*whole)),
        Operand::Number(number) => ScalarValue::Float64(Some(*number)),
        Operand::Truth(truth) => ScalarValue::Boolean(Some(*truth)),
        Operand::Attribute(name) => return Err(wrong(format!("user.{name} is not bound"))),
    };
    let cast = scalar.cast_to(target).ok().filter(|cast| !cast.is_null());
    cast.map(lit).ok_or_else(|| wrong(format!("{operand:?} is no value of {column}, which is {target}")))
}

/// A policy that can not be applied gives nothing, and says which table is meant.
pub(super) fn refused(table: &str, bad: &BadFilter) -> Error {
    Error::Sql {
        code: "K-POLICY-ROWS",
        message: format!("the policy of {table} can not be applied: {bad}"),
        help: "Whoever keeps the policies must mend it; until then nobody under it reads this table.".into(),
        line: None,
        column: None,
    }
}
