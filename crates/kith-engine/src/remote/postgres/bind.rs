//! Values beside a question, in the server's binary form.

use crate::remote::ask::Value;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// From 1970 to 2000, where the server's time begins.
pub(super) const DAYS: i32 = 10_957;
pub(super) const MICROS: i64 = 946_684_800_000_000;

/// A value and the type that it is sent as.
#[derive(Debug)]
pub(super) struct Bind(Value);

pub(super) fn bind(value: Value) -> (Bind, Type) {
    let of = match value {
        Value::Truth(_) => Type::BOOL,
        Value::Whole(_) => Type::INT8,
        Value::Text(_) | Value::Decimal(..) | Value::Null => Type::TEXT,
        Value::Day(_) => Type::DATE,
        Value::Moment(_, true) => Type::TIMESTAMPTZ,
        Value::Moment(_, false) => Type::TIMESTAMP,
    };
    (Bind(value), of)
}

impl ToSql for Bind {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, crate::Cause> {
        match &self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Truth(truth) => out.extend_from_slice(&[u8::from(*truth)]),
            Value::Whole(whole) => out.extend_from_slice(&whole.to_be_bytes()),
            Value::Text(text) => out.extend_from_slice(text.as_bytes()),
            Value::Decimal(digits, scale) => {
                out.extend_from_slice(format!("{digits}e-{scale}").as_bytes());
            }
            Value::Day(day) => out.extend_from_slice(&day.saturating_sub(DAYS).to_be_bytes()),
            Value::Moment(micros, _) => {
                out.extend_from_slice(&micros.saturating_sub(MICROS).to_be_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
