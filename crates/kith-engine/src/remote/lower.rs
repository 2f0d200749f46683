//! From a condition of a query to one that a database answers as we would: an allow list. What is not named here is done here.

use super::ask::{Class, Comparison, Dialect, Family, Fault, RemoteColumn, RemoteExpr, Value};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Like, Operator};

/// Parts of one condition; databases recurse over them.
const PARTS_MAX: usize = 400;
/// Values of one list.
const LIST_MAX: usize = 1_000;
/// A longer text is compared here.
const TEXT_MAX_BYTES: usize = 64 << 10;
/// The first day of the year 1 and the last of 9999, since 1970: every database knows these.
const DAYS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// Lowers conditions over the columns of one table.
pub(super) struct Lower<'a> {
    pub columns: &'a [RemoteColumn],
    pub dialect: Dialect,
}

/// A condition, and what its value is.
pub(super) type Typed = (RemoteExpr, Option<Class>);

impl Lower<'_> {
    /// The condition; `None` = it is done here.
    pub fn condition(&self, filter: &Expr) -> Option<RemoteExpr> {
        if self.dialect.has(Fault::PushNothing) {
            return None;
        }
        let mut parts = PARTS_MAX;
        self.truth(filter, &mut parts)
    }

    fn truth(&self, filter: &Expr, parts: &mut usize) -> Option<RemoteExpr> {
        *parts = parts.checked_sub(1)?;
        let boxed = |expr: &Expr, parts: &mut usize| self.truth(expr, parts).map(Box::new);
        Some(match filter {
            Expr::Column(_) | Expr::Literal(..) => match self.operand(filter)? {
                (expr, Some(Class::Truth) | None) => expr,
                _ => return None,
            },
            Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
                let (left, right) = (self.truth(left, parts)?, self.truth(right, parts)?);
                joined(*op, left, right)
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                self.compare(self.operand(left)?, comparison(*op)?, self.operand(right)?)?
            }
            Expr::Not(inner) => RemoteExpr::Not(boxed(inner, parts)?),
            Expr::IsNull(inner) => RemoteExpr::IsNull(Box::new(self.nullable(inner, parts)?)),
            Expr::IsNotNull(inner) => not(RemoteExpr::IsNull(Box::new(self.nullable(inner, parts)?))),
            Expr::IsUnknown(inner) => RemoteExpr::IsNull(boxed(inner, parts)?),
            Expr::IsNotUnknown(inner) => not(RemoteExpr::IsNull(boxed(inner, parts)?)),
            Expr::IsTrue(inner) => RemoteExpr::Is(boxed(inner, parts)?, true),
            Expr::IsFalse(inner) => RemoteExpr::Is(boxed(inner, parts)?, false),
            Expr::IsNotTrue(inner) => not(RemoteExpr::Is(boxed(inner, parts)?, true)),
            Expr::IsNotFalse(inner) => not(RemoteExpr::Is(boxed(inner, parts)?, false)),
            Expr::Between(between) => {
                let value = self.operand(&between.expr)?;
                let low =
                    self.compare(value.clone(), Comparison::MoreOrEqual, self.operand(&between.low)?)?;
                let high = self.compare(value, Comparison::LessOrEqual, self.operand(&between.high)?)?;
                let both = RemoteExpr::And(vec![low, high]);
                if between.negated { not(both) } else { both }
            }
            Expr::InList(list) => self.list(list)?,
            Expr::Like(like) => self.like(like)?,
            _ => return None,
        })
    }

    /// A column of any kind can be asked for NULL.
    fn nullable(&self, inner: &Expr, parts: &mut usize) -> Option<RemoteExpr> {
        match inner {
            Expr::Column(column) => Some(RemoteExpr::Column(self.place(column.name())?)),
            other => self.truth(other, parts),
        }
    }

    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    pub fn operand(&self, expr: &Expr) -> Option<Typed> {
        match expr {
            Expr::Column(column) => self.column(self.place(column.name())?),
            Expr::Literal(scalar, _) => self.value(scalar),
            // Whole numbers made wider are the same numbers; databases compare them whatever their width is.
            Expr::Cast(cast) if *cast.field.data_type() == DataType::Int64 => {
                let Expr::Column(column) = cast.expr.as_ref() else { return None };
                self.column(self.place(column.name())?).filter(|(_, class)| *class == Some(Class::Whole))
            }
            _ => None,
        }
    }

    pub fn column(&self, place: usize) -> Option<Typed> {
        let class = self.columns.get(place)?.class?;
        Some((RemoteExpr::Column(place), Some(class)))
    }

    /// A value; NULL is of every class.
    pub fn value(&self, scalar: &ScalarValue) -> Option<Typed> {
        if scalar.is_null() {
            return Some((RemoteExpr::Value(Value::Null), None));
        }
        let (value, class) = value(scalar)?;
        // PostgreSQL has no U+0000 in texts and refuses a question with one.
        let sayable = match &value {
            Value::Text(text) => {
                text.len() <= TEXT_MAX_BYTES
                    && !(self.dialect.family == Family::Postgres && text.contains('\0'))
            }
            // MySQL has 30 digits behind the point at most.
            Value::Decimal(_, scale) => self.dialect.family != Family::Mysql || *scale <= 30,
            Value::Day(day) => DAYS.contains(&i64::from(*day)),
            Value::Moment(micros, _) => DAYS.contains(&micros.div_euclid(86_400_000_000)),
            _ => true,
        };
        sayable.then_some((RemoteExpr::Value(value), Some(class)))
    }

    /// Two of one class; one of them at least is a column.
    pub fn compare(&self, left: Typed, comparison: Comparison, right: Typed) -> Option<RemoteExpr> {
        let class = match (left.1, right.1) {
            (Some(left), Some(right)) if left == right => left,
            (Some(one), None) | (None, Some(one)) => one,
            _ => return None,
        };
        let (left, comparison, right) = match (&left.0, &right.0) {
            (RemoteExpr::Column(_), _) => (left.0, comparison, right.0),
            (_, RemoteExpr::Column(_)) => (right.0, comparison.turned(), left.0),
            _ => return None,
        };
        if comparison.orders() && class == Class::Text && !(self.ordered(&left) && self.ordered(&right)) {
            return None;
        }
        Some(RemoteExpr::Compare(Box::new(left), comparison, Box::new(right)))
    }

    fn ordered(&self, expr: &RemoteExpr) -> bool {
        match expr {
            RemoteExpr::Column(place) => self.columns.get(*place).is_some_and(|column| column.ordered),
            _ => true,
        }
    }

    fn list(&self, list: &InList) -> Option<RemoteExpr> {
        if list.list.len() > LIST_MAX {
            return None;
        }
        let scalars = list.list.iter().map(|item| match item {
            Expr::Literal(scalar, _) => Some(scalar),
            _ => None,
        });
        let scalars: Option<Vec<&ScalarValue>> = scalars.collect();
        let within = self.within(self.operand(&list.expr)?, scalars?.into_iter())?;
        Some(if list.negated { not(within) } else { within })
    }

    pub fn within<'s>(
        &self,
        column: Typed,
        scalars: impl Iterator<Item = &'s ScalarValue>,
    ) -> Option<RemoteExpr> {
        let (column, class) = column;
        let RemoteExpr::Column(_) = column else { return None };
        let mut values = Vec::new();
        for scalar in scalars {
            match self.value(scalar)? {
                (RemoteExpr::Value(value), own) if own.is_none() || own == class => values.push(value),
                _ => return None,
            }
        }
        // An empty list is true of nothing, and not every database can be asked that.
        (!values.is_empty()).then(|| RemoteExpr::In(Box::new(column), values))
    }

    fn like(&self, like: &Like) -> Option<RemoteExpr> {
        let Expr::Literal(ScalarValue::Utf8(Some(pattern)) | ScalarValue::Utf8View(Some(pattern)), _) =
            like.pattern.as_ref()
        else {
            return None;
        };
        let plain = like.escape_char.is_none() && !like.case_insensitive && !pattern.contains(['\\', '\0']);
        let (column, class) = self.operand(&like.expr)?;
        if !plain || !self.dialect.likes(pattern) || class != Some(Class::Text) || !self.ordered(&column) {
            return None;
        }
        let RemoteExpr::Column(_) = column else { return None };
        let like_expr = RemoteExpr::Like(Box::new(column), pattern.clone());
        Some(if like.negated { not(like_expr) } else { like_expr })
    }
}

pub(super) fn not(expr: RemoteExpr) -> RemoteExpr {
    RemoteExpr::Not(Box::new(expr))
}

fn joined(op: Operator, left: RemoteExpr, right: RemoteExpr) -> RemoteExpr {
    match op {
        Operator::And => RemoteExpr::And(vec![left, right]),
        _ => RemoteExpr::Or(vec![left, right]),
    }
}

pub(super) fn comparison(op: Operator) -> Option<Comparison> {
    Some(match op {
        Operator::Eq => Comparison::Equal,
        Operator::NotEq => Comparison::Unequal,
        Operator::Lt => Comparison::Less,
        Operator::LtEq => Comparison::LessOrEqual,
        Operator::Gt => Comparison::More,
        Operator::GtEq => Comparison::MoreOrEqual,
        Operator::IsDistinctFrom => Comparison::Distinct,
        Operator::IsNotDistinctFrom => Comparison::NotDistinct,
        _ => return None,
    })
}

/// Floating numbers are not on the list: NaN, -0.0 and rounding differ from database to database.
fn value(scalar: &ScalarValue) -> Option<(Value, Class)> {
    use ScalarValue::*;
    let whole = |n: i64| (Value::Whole(n), Class::Whole);
    let moment = |micros: i64, zone: &Option<std::sync::Arc<str>>| {
        (Value::Moment(micros, zone.is_some()), Class::Moment { utc: zone.is_some() })
    };
    Some(match scalar {
        Boolean(Some(truth)) => (Value::Truth(*truth), Class::Truth),
        Int8(Some(n)) => whole(i64::from(*n)),
        Int16(Some(n)) => whole(i64::from(*n)),
        Int32(Some(n)) => whole(i64::from(*n)),
        Int64(Some(n)) => whole(*n),
        Utf8(Some(text)) | LargeUtf8(Some(text)) | Utf8View(Some(text)) => {
            (Value::Text(text.clone()), Class::Text)
        }
        Decimal128(Some(digits), _, scale) if *scale >= 0 => {
            (Value::Decimal(*digits, *scale), Class::Decimal)
        }
        Date32(Some(day)) => (Value::Day(*day), Class::Day),
        TimestampMicrosecond(Some(micros), zone) => moment(*micros, zone),
        _ => return None,
    })
}
