//! `column NOT IN (…)` for very many keys, which are shared and not copied.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, Schema};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use rustc_hash::FxHashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Keys of rows.
#[derive(Debug)]
pub(super) enum Keys {
    Numbers(FxHashSet<i64>),
    Texts(FxHashSet<String>),
}

impl Keys {
    pub fn len(&self) -> usize {
        match self {
            Keys::Numbers(keys) => keys.len(),
            Keys::Texts(keys) => keys.len(),
        }
    }
}

/// True where a column holds none of the keys.
#[derive(Clone, Debug)]
pub(super) struct Absent {
    pub column: Arc<dyn PhysicalExpr>,
    pub keys: Arc<Keys>,
}

impl PartialEq for Absent {
    fn eq(&self, other: &Absent) -> bool {
        self.column.eq(&other.column) && Arc::ptr_eq(&self.keys, &other.keys)
    }
}

impl Eq for Absent {}

impl Hash for Absent {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.column.hash(state);
        Arc::as_ptr(&self.keys).hash(state);
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has not changed ({} keys)", self.column, self.keys.len())
    }
}

impl PhysicalExpr for Absent {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(false)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let column = self.column.evaluate(batch)?.into_array(batch.num_rows())?;
        let absent: BooleanArray = match self.keys.as_ref() {
            Keys::Numbers(keys) => {
                let numbers = cast(&column, &DataType::Int64)?;
                let numbers = numbers.as_primitive::<Int64Type>();
                numbers.iter().map(|n| Some(n.is_none_or(|n| !keys.contains(&n)))).collect()
            }
            Keys::Texts(keys) => match column.data_type() {
                DataType::Utf8View => among(column.as_string_view().iter(), keys),
                DataType::Utf8 => among(column.as_string::<i32>().iter(), keys),
                _ => among(cast(&column, &DataType::Utf8)?.as_string::<i32>().iter(), keys),
            },
        };
        Ok(ColumnarValue::Array(Arc::new(absent) as ArrayRef))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.column]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let none = || DataFusionError::Internal("Absent has one child".into());
        let column = children.pop().ok_or_else(none)?;
        Ok(Arc::new(Absent { column, keys: self.keys.clone() }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn among<'a>(texts: impl Iterator<Item = Option<&'a str>>, keys: &FxHashSet<String>) -> BooleanArray {
    texts.map(|text| Some(text.is_none_or(|text| !keys.contains(text)))).collect()
}
