//! One resolution, kept: to be cut at any confidence, measured and explained.

use crate::error::Fault;
use crate::explanation::{Why, shown};
use crate::export::{ArrowTable, defect};
use crate::ids;
use crate::ingest::{self, Frame, Read};
use crate::wishes::{Wishes, settings};
use arrow_array::ffi_stream::ArrowArrayStreamReader;
use arrow_array::{ArrayRef, BooleanArray, Float32Array, Float64Array, StringArray, UInt32Array};
use arrow_pyarrow::FromPyArrow;
use kith_core::field::Field;
use kith_dedupe::{Clusters, DictColumn, Evaluation, Ids, Meaning, Prepared, recognise, truth};
use kith_resolve::{Edge, Linker, Model, Resolution, explain};
use pyo3::prelude::*;
use std::sync::Arc;

/// The records of some frames, resolved.
#[pyclass(frozen, module = "kith._kith")]
pub struct Resolved {
    linker: Linker,
    model: Model,
    found: Resolution,
    ids: Ids,
    id_values: ArrayRef,
    meanings: Vec<Meaning>,
    sources: Vec<String>,
    source: Option<Vec<u16>>,
    truth: Option<DictColumn>,
    link_only: bool,
}

/// Resolves the records of frames, which speak the Arrow C stream interface; the GIL is free meanwhile.
#[pyfunction]
pub fn resolve(
    py: Python<'_>,
    frames: Vec<(String, Bound<'_, PyAny>)>,
    wishes: Wishes,
) -> PyResult<Resolved> {
    let mut readers = Vec::with_capacity(frames.len());
    for (name, frame) in frames {
        readers.push((name, ArrowArrayStreamReader::from_pyarrow_bound(&frame)?));
    }
    let work = || -> Result<Resolved, Fault> {
        let frames = readers.into_iter().map(|(name, reader)| Frame::read(name, reader));
        run(frames.collect::<Result<Vec<_>, _>>()?, &wishes)
    };
    py.detach(|| in_threads(wishes.threads, work)).map_err(|fault| fault.raise(py))
}

fn in_threads<T: Send>(
    threads: Option<usize>,
    work: impl FnOnce() -> Result<T, Fault> + Send,
) -> Result<T, Fault> {
    let Some(threads) = threads else { return work() };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| {
        Fault::new("K-INTERNAL-ENGINE", format!("threads can not be started: {e}"), "Ask for fewer threads.")
    })?;
    pool.install(work)
}

fn run(frames: Vec<Frame>, wishes: &Wishes) -> Result<Resolved, Fault> {
    let stored = wishes.model.as_deref().map(Model::from_toml).transpose().map_err(|e| {
        let help = "Give the text of another result's `model`, or the path of a file that holds it.";
        Fault::new("K-MODEL-FORM", format!("this is not a matching model: {e}"), help)
    })?;
    let Read { table, unread } = ingest::read(&frames)?;
    if table.rows < 2 {
        let message = format!("the frame has {} rows, and there is nothing to compare", table.rows);
        return Err(Fault::new(
            "K-DEDUPE-FRAME",
            message,
            "Look at where it comes from: a filter may have left too little.",
        ));
    }
    let mut settings = settings(wishes, unread.keys())?;
    let mut meanings = recognise(&table, &settings)?;
    let index = wishes.index.as_deref();
    if let Some(index) = index.filter(|_| !meanings.iter().any(|m| m.field.as_deref() == Some("record_key")))
    {
        settings.meanings.retain(|(name, _)| name != index);
        settings.id = Some(index.into());
        meanings = recognise(&table, &settings)?;
    }
    let records = table.rows;
    let truth = wishes.truth.as_deref().and_then(|name| table.column(name)).cloned();
    let mut prepared = Prepared::new(table, &meanings, &settings)?;
    if let Ids::RowNumber { first } = &mut prepared.ids {
        // Python counts from 0, so that an id is a position in the frame.
        *first = 0;
    }
    meanings.retain(|meaning| Some(meaning.column.as_str()) != index);
    for meaning in &mut meanings {
        meaning.reason = match unread.get(&meaning.column) {
            Some(kind) => format!("values of the type {kind} have no text to compare"),
            None if Some(&meaning.column) == wishes.truth.as_ref() => "it holds the truth".into(),
            None => meaning.reason.replace("--id", "id="),
        };
    }
    let id_values = ids::as_array(&frames, &prepared.ids, records);
    drop(frames);
    let options = settings.options();
    let source = prepared.source().map(<[u16]>::to_vec);
    let linker = prepared.linker(&options)?;
    let model = match stored {
        Some(model) => model,
        None => kith_resolve::train(&linker, &options)?,
    };
    let found = kith_resolve::resolve(&linker, &model, &options)?;
    let Prepared { ids, sources, .. } = prepared;
    let link_only = wishes.link_only;
    Ok(Resolved { linker, model, found, ids, id_values, meanings, sources, source, truth, link_only })
}

#[pymethods]
impl Resolved {
    /// How many records there are.
    fn __len__(&self) -> usize {
        self.linker.len()
    }

    /// Where the record ids come from.
    #[getter]
    fn ids(&self) -> String {
        self.ids.to_string()
    }

    /// The sources, if there are several.
    #[getter]
    fn sources(&self) -> Vec<String> {
        self.sources.clone()
    }

    /// The model as TOML.
    #[getter]
    fn model(&self) -> String {
        self.model.to_toml()
    }

    /// How many pairs were compared.
    #[getter]
    fn pairs_compared(&self) -> u64 {
        self.found.rules.iter().map(|rule| rule.pairs).sum()
    }

    /// Records, entities and confidence at a cut, and how many entities there are.
    fn clusters(&self, py: Python<'_>, confidence: f64) -> PyResult<(ArrowTable, usize)> {
        let cut = py.detach(|| Clusters::cut(&self.found.tree, confidence));
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("record_id", self.id_values.clone()),
            ("cluster_id", Arc::new(UInt32Array::from(cut.numbers))),
            ("confidence", Arc::new(Float32Array::from(cut.certainty))),
        ];
        if let Some(source) = &self.source {
            columns.push((
                "source",
                Arc::new(StringArray::from_iter(source.iter().map(|s| self.source_name(*s)))),
            ));
        }
        Ok((ArrowTable::new(columns)?, cut.count))
    }

    /// The pairs that may be one entity.
    fn pairs(&self, py: Python<'_>) -> PyResult<ArrowTable> {
        let edges = &self.found.edges;
        let ids = |pick: fn(&Edge) -> u32| ids::take(&self.id_values, edges.iter().map(pick));
        let (left, right) = py.detach(|| (ids(|e| e.a), ids(|e| e.b)));
        let number = |pick: fn(&Edge) -> f32| -> ArrayRef {
            Arc::new(Float32Array::from_iter_values(edges.iter().map(pick)))
        };
        ArrowTable::new(vec![
            ("id_l", left.map_err(defect)?),
            ("id_r", right.map_err(defect)?),
            ("match_weight", number(|e| e.weight)),
            ("match_probability", number(|e| e.probability() as f32)),
        ])
    }

    /// What each column was taken for.
    fn columns(&self) -> PyResult<ArrowTable> {
        let text = |pick: fn(&Meaning) -> Option<&str>| -> ArrayRef {
            Arc::new(StringArray::from_iter(self.meanings.iter().map(pick)))
        };
        ArrowTable::new(vec![
            ("column", text(|m| Some(&m.column))),
            ("field", text(|m| m.field.as_deref())),
            (
                "certainty",
                Arc::new(Float64Array::from_iter_values(self.meanings.iter().map(|m| m.certainty))),
            ),
            (
                "used",
                Arc::new(BooleanArray::from_iter(self.meanings.iter().map(|m| Some(m.field.is_some())))),
            ),
            ("reason", text(|m| Some(&m.reason))),
        ])
    }

    /// How right a cut is: pairwise and B-cubed (precision, recall, F1), true and claimed pairs, the largest cluster.
    /// `truth` is a frame with `record_id` and `entity_id`; without one, the column that was named as the truth counts.
    #[pyo3(signature = (confidence, truth = None))]
    fn evaluate(&self, py: Python<'_>, confidence: f64, truth: Option<Bound<'_, PyAny>>) -> PyResult<Scores> {
        let reader = truth.map(|frame| ArrowArrayStreamReader::from_pyarrow_bound(&frame)).transpose()?;
        py.detach(|| self.measure(confidence, reader)).map(scores).map_err(|fault| fault.raise(py))
    }

    /// The columns that are used, with their fields, and those that are not.
    #[getter]
    fn meanings(&self) -> (Vec<(String, String)>, Vec<String>) {
        let used = self.meanings.iter().filter_map(|m| Some((m.column.clone(), m.field.clone()?)));
        let unused = self.meanings.iter().filter(|m| m.field.is_none()).map(|m| m.column.clone());
        (used.collect(), unused.collect())
    }

    /// Why two records match: the fields as a table and in words, and prior, household, weight (bits) and probability.
    fn explain(&self, py: Python<'_>, left: &str, right: &str) -> PyResult<Why> {
        let found = py.detach(|| -> Result<_, Fault> {
            Ok(explain(&self.linker, &self.model, self.record(left)?, self.record(right)?)?)
        });
        shown(&found.map_err(|fault| fault.raise(py))?)
    }
}

/// Pairwise, B-cubed, true pairs, claimed pairs, largest cluster.
type Scores = ([f64; 3], [f64; 3], u64, u64, u64);

fn scores(found: Evaluation) -> Scores {
    let three = |s: kith_dedupe::Scores| [s.precision, s.recall, s.f1];
    let counts = (found.true_pairs, found.claimed_pairs, found.largest_cluster);
    (three(found.pairwise), three(found.bcubed), counts.0, counts.1, counts.2)
}

impl Resolved {
    fn source_name(&self, source: u16) -> Option<&str> {
        // A source column's codes count from 1, 0 being "missing"; frames count from 0.
        let at = usize::from(source);
        let at = if self.sources_from_column() { at.checked_sub(1)? } else { at };
        self.sources.get(at).map(String::as_str)
    }

    fn sources_from_column(&self) -> bool {
        self.meanings.iter().any(|m| m.field.as_deref() == Some(Field::Source.name()))
    }

    fn measure(&self, confidence: f64, truth: Option<ArrowArrayStreamReader>) -> Result<Evaluation, Fault> {
        let clusters = Clusters::cut(&self.found.tree, confidence).first;
        let source = self.source.as_deref().filter(|_| self.link_only);
        if let Some(reader) = truth {
            let frame = Frame::read("truth".into(), reader)?;
            let table = ingest::read(&[frame])?.table;
            return Ok(truth::measure(&table, "the truth", &self.ids, &clusters, source)?);
        }
        let Some(column) = &self.truth else {
            let help = "Give `truth=`: a frame with record_id and entity_id, or the name of a column.";
            return Err(Fault::new("K-DEDUPE-TRUTH", "there is no truth to measure against", help));
        };
        // A record without an answer is an entity of its own.
        let alone = column.dict.len() as u32 + 1;
        let known = (alone..).zip(&column.codes).map(|(alone, code)| if *code == 0 { alone } else { *code });
        Ok(kith_resolve::evaluate::evaluate(&clusters, &known.collect::<Vec<_>>(), source))
    }

    fn record(&self, id: &str) -> Result<u32, Fault> {
        let found = match &self.ids {
            Ids::Column { column, .. } => (0..self.linker.len()).find(|row| column.get(*row) == Some(id)),
            Ids::RowNumber { first } => id
                .parse::<usize>()
                .ok()
                .and_then(|n| n.checked_sub(*first))
                .filter(|row| *row < self.linker.len()),
        };
        found.map(|row| row as u32).ok_or_else(|| {
            let help = format!("Record ids are {}; see the column record_id of `clusters`.", self.ids);
            Fault::new("K-DEDUPE-ID", format!("there is no record {id:?}"), help)
        })
    }
}
