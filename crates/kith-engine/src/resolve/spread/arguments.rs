//! What the functions are given: lists of records, as `array_agg(named_struct(…))` makes them.

use super::kernel::Kernel;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, StringArray, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, UInt16Type, UInt32Type, UInt64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;
use kith_resolve::Shard;
use kith_resolve::shard::Tie;
use std::ops::Range;

/// Lists are worked on together up to so many records: their common values are examined once, and memory stays bounded
/// however large a batch is. A single list is never cut.
const RECORDS_MAX: usize = 64 << 10;

/// Before the values of a record stand its number, its mask and its source.
const VALUES_FROM: usize = 3;

/// The folder of the model, which is the same for all rows.
pub(super) fn folder(argument: Option<&ColumnarValue>) -> Result<String> {
    match argument {
        Some(ColumnarValue::Scalar(scalar)) => match scalar.try_as_str() {
            Some(Some(folder)) => Ok(folder.into()),
            _ => exec_err!("the folder of the model is not a text"),
        },
        Some(ColumnarValue::Array(array)) if !array.is_empty() => Ok(texts(array)?.value(0).into()),
        _ => exec_err!("the folder of the model is not a text"),
    }
}

/// A column of texts.
pub(super) fn texts(array: &ArrayRef) -> Result<StringArray> {
    match array.as_string_opt::<i32>() {
        Some(texts) => Ok(texts.clone()),
        None => Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
    }
}

/// A column of lists.
pub(super) fn list_of(array: &ArrayRef) -> Result<&ListArray> {
    array.as_list_opt::<i32>().ok_or_else(|| exec_datafusion_err!("{} is not a list", array.data_type()))
}

/// The records of some lists, each list ascending by record.
pub(super) struct Members {
    rows: StructArray,
    /// Where in `rows` each record stands.
    order: Vec<usize>,
    /// The number of each record.
    pub records: Vec<u32>,
    /// Each list with the places of its records.
    pub lists: Vec<(usize, Range<u32>)>,
}

impl Members {
    /// The lists, cut into runs that are worked on together.
    pub(super) fn chunks(lists: &ListArray) -> Result<Vec<Members>> {
        let Some(rows) = lists.values().as_struct_opt() else { return exec_err!("a record is not a struct") };
        let Some(numbers) = rows.columns().first().and_then(|c| c.as_primitive_opt::<UInt32Type>()) else {
            return exec_err!("a record does not begin with its number");
        };
        let empty =
            || Members { rows: rows.clone(), order: Vec::new(), records: Vec::new(), lists: Vec::new() };
        let (mut all, mut now) = (Vec::new(), empty());
        for (list, window) in lists.value_offsets().windows(2).enumerate() {
            if now.order.len() + (window[1] - window[0]) as usize > RECORDS_MAX && !now.lists.is_empty() {
                all.push(std::mem::replace(&mut now, empty()));
            }
            let first = now.order.len();
            now.order.extend(window[0] as usize..window[1] as usize);
            now.order[first..].sort_unstable_by_key(|row| numbers.value(*row));
            now.records.extend(now.order[first..].iter().map(|row| numbers.value(*row)));
            now.lists.push((list, first as u32..now.order.len() as u32));
        }
        all.push(now);
        Ok(all)
    }

    /// The records, encoded.
    pub(super) fn shard<'k>(&self, kernel: &'k Kernel) -> Result<Shard<'k>> {
        let columns = self.rows.columns().iter().skip(VALUES_FROM);
        let columns = columns.map(texts).collect::<Result<Vec<_>>>()?;
        let columns = columns.iter().map(|column| {
            let value = |row: &usize| column.is_valid(*row).then(|| column.value(*row));
            self.order.iter().map(value).collect()
        });
        let Some(sources) = self.rows.columns().get(2).and_then(|c| c.as_primitive_opt::<UInt16Type>())
        else {
            return exec_err!("a record's third part is not its source");
        };
        let sources = self.order.iter().map(|row| sources.value(*row)).collect();
        kernel.shard(columns, Some(sources), self.order.len()).map_err(super::functions::wrong)
    }

    /// The mask of each record.
    pub(super) fn masks(&self) -> Result<Vec<u64>> {
        let masks = self.rows.columns().get(1).and_then(|c| c.as_primitive_opt::<UInt64Type>());
        let Some(masks) = masks else { return exec_err!("a record's second part is not its mask") };
        Ok(self.order.iter().map(|row| masks.value(*row)).collect())
    }

    /// The place of a record among those of a list.
    pub(super) fn place(&self, places: Range<u32>, record: u32) -> Result<u32> {
        let of_list = &self.records[places.start as usize..places.end as usize];
        match of_list.binary_search(&record) {
            Ok(at) => Ok(places.start + at as u32),
            Err(_) => exec_err!("the record {record} is tied to a component that does not hold it"),
        }
    }
}

/// What ties the records of one component, from `(a, b, said, apart)`.
pub(super) fn ties(
    lists: &ListArray,
    list: usize,
    place: impl Fn(u32) -> Result<u32>,
) -> Result<Vec<(u32, u32, Tie)>> {
    let rows = lists.value(list);
    let parts = rows.as_struct_opt().map(StructArray::columns);
    let Some([a, b, said, apart]) = parts else { return exec_err!("a tie is not a struct of four") };
    let columns = (
        a.as_primitive_opt::<UInt32Type>(),
        b.as_primitive_opt::<UInt32Type>(),
        said.as_primitive_opt::<Float32Type>(),
        apart.as_boolean_opt(),
    );
    let (Some(a), Some(b), Some(said), Some(apart)) = columns else { return exec_err!("a tie is malformed") };
    let tie = |row: usize| {
        let (a, b) = (place(a.value(row))?, place(b.value(row))?);
        let tie = match (apart.value(row), said.is_valid(row)) {
            (true, _) => Tie::Apart,
            (false, true) => Tie::Joined(said.value(row)),
            (false, false) => Tie::Edge,
        };
        Ok((a.min(b), a.max(b), tie))
    };
    (0..rows.len()).map(tie).collect()
}
