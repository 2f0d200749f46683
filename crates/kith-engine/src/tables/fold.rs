//! The fold of a sample: batch by batch, column by column. It sees what a query gave and nothing else.

use super::shape::{Bin, ColumnProfile, MaskView, TopValue};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef, TimeUnit};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Values of which it is counted how often they come: those that are seen first. One that comes often is among them.
const COUNTED_MAX: usize = 5_000;
/// Characters of a value that are kept.
const SHOWN_MAX: usize = 120;
const TOP: usize = 8;
const BINS: usize = 16;

/// What is known of a table so far.
pub(super) struct Fold {
    rows: u64,
    columns: Vec<Column>,
}

/// Numbers can be averaged and spread; times spread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    Number,
    Moment,
    None,
}

struct Column {
    name: String,
    kind: DataType,
    scale: Scale,
    missing: u64,
    blank: u64,
    /// Hashes: values may be long.
    distinct: HashSet<u64>,
    counted: HashMap<String, u64>,
    numbers: Vec<f64>,
    least: Option<(f64, String)>,
    greatest: Option<(f64, String)>,
}

impl Fold {
    pub fn new(schema: &SchemaRef) -> Fold {
        let column = |field: &datafusion::arrow::datatypes::FieldRef| Column {
            name: field.name().clone(),
            kind: field.data_type().clone(),
            scale: scale(field.data_type()),
            missing: 0,
            blank: 0,
            distinct: HashSet::new(),
            counted: HashMap::new(),
            numbers: Vec::new(),
            least: None,
            greatest: None,
        };
        Fold { rows: 0, columns: schema.fields().iter().map(column).collect() }
    }

    pub fn take(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        for (column, values) in self.columns.iter_mut().zip(batch.columns()) {
            column.take(values);
        }
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn columns(self, mask: &dyn Fn(&str) -> Option<MaskView>) -> Vec<ColumnProfile> {
        self.columns.into_iter().map(|column| column.told(mask)).collect()
    }
}

fn scale(kind: &DataType) -> Scale {
    match kind {
        kind if kind.is_numeric() => Scale::Number,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Scale::Moment,
        _ => Scale::None,
    }
}

/// The values as numbers, where they are such: times are milliseconds since 1970.
fn numbers(values: &ArrayRef, scale: Scale) -> Option<ArrayRef> {
    let moments = DataType::Timestamp(TimeUnit::Millisecond, None);
    match scale {
        Scale::Number => cast(values, &DataType::Float64).ok(),
        Scale::Moment => cast(values, &moments).and_then(|ms| cast(&ms, &DataType::Int64)).ok(),
        Scale::None => None,
    }
}

impl Column {
    fn take(&mut self, values: &ArrayRef) {
        let options = FormatOptions::default();
        let Ok(texts) = ArrayFormatter::try_new(values.as_ref(), &options) else { return };
        let numbers = numbers(values, self.scale);
        for row in 0..values.len() {
            if values.is_null(row) || *values.data_type() == DataType::Null {
                self.missing += 1;
                continue;
            }
            let text = texts.value(row).try_to_string().unwrap_or_default();
            if let Some(numbers) = &numbers
                && !numbers.is_null(row)
            {
                let number = match self.scale {
                    Scale::Moment => numbers.as_primitive::<Int64Type>().value(row) as f64,
                    _ => numbers.as_primitive::<Float64Type>().value(row),
                };
                self.number(number, &text);
            }
            self.text(&text);
        }
    }

    fn number(&mut self, number: f64, text: &str) {
        if !number.is_finite() {
            return;
        }
        self.numbers.push(number);
        if self.least.as_ref().is_none_or(|(least, _)| number < *least) {
            self.least = Some((number, text.to_string()));
        }
        if self.greatest.as_ref().is_none_or(|(greatest, _)| number > *greatest) {
            self.greatest = Some((number, text.to_string()));
        }
    }

    fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            self.blank += 1;
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.distinct.insert(hasher.finish());
        let shown = match text.char_indices().nth(SHOWN_MAX) {
            Some((end, _)) => format!("{} …", &text[..end]),
            None => text.to_string(),
        };
        if let Some(rows) = self.counted.get_mut(&shown) {
            *rows += 1;
        } else if self.counted.len() < COUNTED_MAX {
            self.counted.insert(shown, 1);
        }
    }

    fn told(self, mask: &dyn Fn(&str) -> Option<MaskView>) -> ColumnProfile {
        let mut top: Vec<TopValue> =
            self.counted.into_iter().map(|(value, rows)| TopValue { value, rows }).collect();
        top.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.value.cmp(&b.value)));
        // Where every value comes once, the first ones tell nothing but themselves.
        if top.first().is_some_and(|first| first.rows < 2) && top.len() > 1 {
            top.clear();
        }
        top.truncate(TOP);
        let average = self.numbers.iter().sum::<f64>() / self.numbers.len() as f64;
        let ends = self.least.as_ref().zip(self.greatest.as_ref()).map(|((a, _), (b, _))| (*a, *b));
        ColumnProfile {
            masked: mask(&self.name),
            name: self.name,
            kind: self.kind.to_string(),
            missing: self.missing,
            blank: self.blank,
            distinct: self.distinct.len() as u64,
            average: (self.scale == Scale::Number && average.is_finite()).then_some(average),
            top,
            histogram: ends.map(|(least, greatest)| bins(&self.numbers, least, greatest)).unwrap_or_default(),
            histogram_unit: match self.scale {
                Scale::Number => Some("number"),
                Scale::Moment => Some("ms"),
                Scale::None => None,
            },
            least: self.least.map(|(_, text)| text),
            greatest: self.greatest.map(|(_, text)| text),
        }
    }
}

/// Bins of one width between the ends; one bin where all values are the same, and one for each of a few whole numbers.
fn bins(numbers: &[f64], least: f64, greatest: f64) -> Vec<Bin> {
    if greatest - least < BINS as f64 && numbers.iter().all(|number| number.fract() == 0.0) {
        let count = (greatest - least) as usize + 1;
        let bin = |i: usize| Bin { from: least + i as f64, to: least + i as f64, rows: 0 };
        let mut bins: Vec<Bin> = (0..count).map(bin).collect();
        for number in numbers {
            if let Some(bin) = bins.get_mut((number - least) as usize) {
                bin.rows += 1;
            }
        }
        return bins;
    }
    let width = (greatest - least) / BINS as f64;
    if !(width > 0.0 && width.is_finite()) {
        return vec![Bin { from: least, to: greatest, rows: numbers.len() as u64 }];
    }
    let end = |i: usize| if i == BINS { greatest } else { least + width * i as f64 };
    let mut bins: Vec<Bin> = (0..BINS).map(|i| Bin { from: end(i), to: end(i + 1), rows: 0 }).collect();
    for number in numbers {
        // Beyond the last bin only by rounding.
        let place = ((number - least) / width) as usize;
        if let Some(bin) = bins.get_mut(place.min(BINS - 1)) {
            bin.rows += 1;
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Date32Array, Int64Array, StringArray};
    use std::sync::Arc;

    fn profiled() -> Vec<ColumnProfile> {
        let name: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), None, Some("Ada"), Some(" ")]));
        let size: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(2), Some(33)]));
        let born: ArrayRef = Arc::new(Date32Array::from(vec![Some(0), Some(10), None, None]));
        let key: ArrayRef = Arc::new(Int64Array::from(vec![4, 3, 2, 1]));
        let batch =
            RecordBatch::try_from_iter([("name", name), ("size", size), ("born", born), ("key", key)]);
        let batch = batch.expect("a batch");
        let mut fold = Fold::new(&batch.schema());
        fold.take(&batch.slice(0, 2));
        fold.take(&batch.slice(2, 2));
        assert_eq!(fold.rows(), 4);
        fold.columns(&|_| None)
    }

    #[test]
    fn values_are_counted_and_spread_over_batches() {
        let columns = profiled();
        let [name, size, born, key] = &columns[..] else { panic!("four columns") };
        assert_eq!((name.missing, name.blank, name.distinct), (1, 1, 2));
        assert_eq!(name.top[0], TopValue { value: "Ada".into(), rows: 2 });
        assert!(name.histogram.is_empty() && name.least.is_none() && name.histogram_unit.is_none());
        assert_eq!((size.least.as_deref(), size.greatest.as_deref()), (Some("1"), Some("33")));
        assert_eq!((size.average, size.histogram.len()), (Some(9.5), BINS));
        let spread: Vec<u64> = size.histogram.iter().map(|bin| bin.rows).collect();
        assert_eq!((spread[0], spread[BINS - 1], spread.iter().sum::<u64>()), (3, 1, 4));
        assert_eq!(
            (born.least.as_deref(), born.greatest.as_deref()),
            (Some("1970-01-01"), Some("1970-01-11"))
        );
        assert_eq!((born.average, born.histogram_unit), (None, Some("ms")));
        assert!(key.top.is_empty(), "no value comes twice");
    }

    #[test]
    fn one_value_is_one_bin_and_a_few_whole_numbers_are_one_each() {
        assert_eq!(bins(&[7.5, 7.5], 7.5, 7.5), [Bin { from: 7.5, to: 7.5, rows: 2 }]);
        let few: Vec<_> = bins(&[1.0, 3.0, 3.0], 1.0, 3.0).iter().map(|b| (b.from, b.to, b.rows)).collect();
        assert_eq!(few, [(1.0, 1.0, 1), (2.0, 2.0, 0), (3.0, 3.0, 2)]);
    }
}
