//! The record ids as they came: an integer stays an integer, so that the answer can be joined to the frame.

use crate::ingest::Frame;
use arrow_array::{ArrayRef, Int64Array, LargeStringArray, make_array};
use arrow_data::transform::MutableArrayData;
use arrow_schema::ArrowError;
use kith_dedupe::Ids;
use std::sync::Arc;

/// The ids of all records: the column's own values where all frames hold it with one type, else texts; the number of
/// the row where no column names a record.
pub fn as_array(frames: &[Frame], ids: &Ids, records: usize) -> ArrayRef {
    let Ids::Column { name, .. } = ids else {
        return Arc::new(Int64Array::from_iter_values(0..records as i64));
    };
    let texts =
        || -> ArrayRef { Arc::new(LargeStringArray::from_iter((0..records).map(|r| Some(ids.get(r))))) };
    let arrays: Option<Vec<Vec<ArrayRef>>> = frames.iter().map(|frame| frame.arrays(name)).collect();
    let arrays: Vec<ArrayRef> = arrays.unwrap_or_default().into_iter().flatten().collect();
    let Some(first) = arrays.first() else { return texts() };
    let same = arrays.iter().all(|array| array.data_type() == first.data_type());
    if !same || arrays.iter().map(|array| array.len()).sum::<usize>() != records {
        return texts();
    }
    if let [only] = arrays.as_slice() {
        return only.clone();
    }
    let data: Vec<_> = arrays.iter().map(|array| array.to_data()).collect();
    let mut all = MutableArrayData::new(data.iter().collect(), false, records);
    let put_together =
        arrays.iter().enumerate().try_for_each(|(at, array)| all.try_extend(at, 0, array.len()));
    if put_together.is_err() {
        return texts();
    }
    make_array(all.freeze())
}

/// The ids of some records, in their order. Fails if their texts are more than the type can hold (2 GiB).
pub fn take(ids: &ArrayRef, records: impl ExactSizeIterator<Item = u32>) -> Result<ArrayRef, ArrowError> {
    let data = ids.to_data();
    let mut taken = MutableArrayData::new(vec![&data], false, records.len());
    for record in records {
        taken.try_extend(0, record as usize, record as usize + 1)?;
    }
    Ok(make_array(taken.freeze()))
}
