//! Tables on the way out, by the Arrow C stream interface.

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::ArrowError;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// A table for whoever speaks Arrow: pyarrow, polars, pandas, duckdb.
#[pyclass(frozen, module = "kith._kith")]
pub struct ArrowTable {
    batch: RecordBatch,
}

impl ArrowTable {
    /// A table of named columns of one length.
    pub fn new(columns: Vec<(&str, ArrayRef)>) -> PyResult<ArrowTable> {
        Ok(ArrowTable { batch: RecordBatch::try_from_iter(columns).map_err(defect)? })
    }
}

#[pymethods]
impl ArrowTable {
    /// The Arrow C stream interface. `requested_schema` is a wish that need not be granted.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let reader = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }
}

/// What can only be our fault.
pub fn defect(error: ArrowError) -> PyErr {
    PyRuntimeError::new_err(format!("this is a defect of Kith, please report it: {error}"))
}
