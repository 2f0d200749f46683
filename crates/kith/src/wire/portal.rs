//! A query with its values, and how far its rows were fetched.

use super::encode::Columns;
use super::frame::{message, put_text};
use super::line::{Line, SEND_FROM};
use super::refusal::{Ended, Refusal};
use super::words::Statement;
use kith_engine::arrow::array::ArrayRef;
use kith_engine::arrow::datatypes::Schema;
use kith_engine::exec::Rows;
use kith_engine::postgres::{PgType, TEXT, shown, type_of};
use kith_engine::{Error, Limits, Session};
use tokio::sync::watch;

/// What is asked, and with what.
pub struct Portal {
    pub(super) statement: Statement,
    pub(super) sql: String,
    pub(super) values: Vec<ArrayRef>,
    /// 1 = binary: none = all text, one = for all.
    pub(super) formats: Vec<i16>,
    /// Characters of the text before this statement.
    pub(super) before: usize,
    fetching: Option<Fetching>,
    /// True once its end was told.
    pub(super) over: bool,
}

struct Fetching {
    rows: Rows,
    /// Columns, the next row, and how many there are.
    batch: Option<(Columns, usize, usize)>,
    sent: u64,
}

/// What a query is run with.
pub struct Means<'a> {
    pub(super) session: Session,
    pub(super) limits: Limits,
    pub(super) line: &'a mut Line,
    pub(super) asked: &'a mut watch::Receiver<u64>,
}

/// Waits for something, unless the client hangs up or asks for the end.
async fn unless_ended<T>(
    work: impl Future<Output = T>,
    line: &mut Line,
    asked: &mut watch::Receiver<u64>,
) -> Result<T, Ended> {
    tokio::select! {
        done = work => Ok(done),
        Ok(()) = asked.changed() => Err(Refusal::cancelled().into()),
        () = line.left() => Err(Ended::Gone),
    }
}

/// A column's name and type.
pub type Columned = (String, PgType);

/// The columns of an answer, as clients know them.
pub fn columns(schema: &Schema) -> Vec<Columned> {
    schema
        .fields()
        .iter()
        .map(|field| (shown(field.name()).to_string(), type_of(field.data_type())))
        .collect()
}

/// Tells of columns, or that there are none.
pub fn describe(out: &mut Vec<u8>, columns: &[Columned], formats: &[i16]) {
    message(out, b'T', |out| {
        out.extend(u16::try_from(columns.len()).unwrap_or(u16::MAX).to_be_bytes());
        for (place, (name, kind)) in columns.iter().enumerate() {
            put_text(out, name);
            // No table, no place in one.
            out.extend([0; 6]);
            out.extend(kind.oid.to_be_bytes());
            out.extend(kind.size.to_be_bytes());
            out.extend((-1i32).to_be_bytes());
            out.extend(i16::from(is_binary(formats, place)).to_be_bytes());
        }
    });
}

/// How the client wants a column.
pub fn is_binary(formats: &[i16], place: usize) -> bool {
    match formats {
        [] => false,
        [one] => *one == 1,
        many => many.get(place) == Some(&1),
    }
}

/// A text row, for what is answered without the engine.
pub fn text_row(out: &mut Vec<u8>, value: &str) {
    message(out, b'D', |out| {
        out.extend(1u16.to_be_bytes());
        out.extend(u32::try_from(value.len()).unwrap_or(0).to_be_bytes());
        out.extend(value.bytes());
    });
}

/// `SELECT 5`, `BEGIN` …
pub fn complete(out: &mut Vec<u8>, tag: &str) {
    message(out, b'C', |out| put_text(out, tag));
}

impl Portal {
    /// Not begun yet.
    pub fn new(statement: Statement, sql: String, values: Vec<ArrayRef>, formats: Vec<i16>) -> Portal {
        Portal { statement, sql, values, formats, before: 0, fetching: None, over: false }
    }

    fn refused(&self, error: &Error) -> Ended {
        Refusal::of(error, &self.sql, self.before).into()
    }

    /// Begins the query if it has not begun; gives its columns.
    pub async fn begin(&mut self, means: &mut Means<'_>) -> Result<Vec<Columned>, Ended> {
        if let Statement::Show(name) = &self.statement {
            return Ok(vec![(name.clone(), TEXT)]);
        }
        if self.statement != Statement::Read {
            return Ok(Vec::new());
        }
        if self.fetching.is_none() {
            // What was asked for before this began is over.
            means.asked.mark_unchanged();
            let (session, sql, values, limits) =
                (&means.session, &self.sql, self.values.clone(), &means.limits);
            let begun = session.stream_with(sql, values, limits);
            let rows = unless_ended(begun, means.line, means.asked).await?.map_err(|e| self.refused(&e))?;
            self.fetching = Some(Fetching { rows, batch: None, sent: 0 });
        }
        Ok(self.fetching.as_ref().map(|fetching| columns(fetching.rows.schema())).unwrap_or_default())
    }

    /// Sends as many rows, 0 = all, and says whether that is the end.
    pub async fn fetch(&mut self, most: usize, means: &mut Means<'_>) -> Result<(), Ended> {
        let mut fetching = match self.fetching.take() {
            Some(fetching) => fetching,
            None if self.over => {
                complete(&mut means.line.out, "SELECT 0");
                return Ok(());
            }
            None => return Err(Refusal::new("XX000", "a query was fetched before it began", "").into()),
        };
        // Whatever happens on the way, the query ends with it: `fetching` is only put back where more is to come.
        let mut room = if most == 0 { usize::MAX } else { most };
        loop {
            if fetching.batch.is_none() {
                let next = unless_ended(fetching.rows.next(), means.line, means.asked).await?;
                let Some(batch) = next else {
                    self.over = true;
                    complete(&mut means.line.out, &format!("SELECT {}", fetching.sent));
                    return Ok(());
                };
                let batch = batch.map_err(|e| self.refused(&e))?;
                let formats = &self.formats;
                let columns = Columns::of(&batch, |place| is_binary(formats, place)).map_err(unwritable)?;
                fetching.batch = Some((columns, 0, batch.num_rows()));
            }
            let Some((columns, next, count)) = &mut fetching.batch else { continue };
            while *next < *count && room > 0 && means.line.out.len() < SEND_FROM {
                columns.row(&mut means.line.out, *next).map_err(unwritable)?;
                (*next, room, fetching.sent) = (*next + 1, room - 1, fetching.sent + 1);
            }
            if *next == *count {
                fetching.batch = None;
            }
            if room == 0 {
                self.fetching = Some(fetching);
                message(&mut means.line.out, b's', |_| {});
                return Ok(());
            }
            if means.line.out.len() >= SEND_FROM {
                send(means).await?;
            }
        }
    }
}

/// Sends what waits; a client that does not fetch can still end its query.
async fn send(means: &mut Means<'_>) -> Result<(), Ended> {
    tokio::select! {
        sent = means.line.flush() => Ok(sent?),
        Ok(()) = means.asked.changed() => Err(Refusal::cancelled().into()),
    }
}

fn unwritable(error: kith_engine::arrow::error::ArrowError) -> Ended {
    tracing::error!(%error, "an answer can not be written for the wire");
    Refusal::new("XX000", "a value of the answer can not be written", "Cast the column to text.").into()
}
