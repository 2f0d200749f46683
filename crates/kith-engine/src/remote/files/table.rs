//! A table made of files, for the catalogue. It stands there under the session's policy, as every other.

use super::facts::Facts;
use super::fault;
use super::found::{Format, Parts};
use super::metered::Metered;
use super::ndjson::Holds;
use super::place::Place;
use super::scan::FileScan;
use super::text::{TextSource, Written};
use crate::error::Result;
use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ColumnStatistics, DFSchema, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as Planned;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;
use std::sync::Arc;

/// Files that are looked at at the same time.
const AT_ONCE: usize = 16;

/// The address under which a scan finds its files; nothing else has one.
pub(super) const ADDRESS: &str = "memory:///";

#[derive(Debug)]
struct Part {
    file: ObjectMeta,
    values: Vec<Option<String>>,
    facts: Arc<Facts>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct FilesTable {
    place: Arc<Place>,
    name: String,
    format: Format,
    parts: Vec<Part>,
    schema: TableSchema,
    store: Arc<Metered>,
}

impl FilesTable {
    /// Looks at each of its files.
    pub async fn open(place: Arc<Place>, name: &str, parts: Parts) -> Result<FilesTable> {
        let tags =
            parts.files.iter().filter_map(|(file, _)| Some((file.location.clone(), file.e_tag.clone()?)));
        let store = place.metered(tags.collect())?;
        let Parts { format, files, keys } = parts;
        let looked = stream::iter(files).map(|(file, values)| {
            let (place, store) = (place.clone(), store.clone());
            async move {
                let facts =
                    place.known().of(place.name(), store.as_ref(), &file, format, place.limits()).await?;
                Ok::<_, crate::error::Error>(Part { file, values, facts })
            }
        });
        let parts: Vec<Part> = looked.buffered(AT_ONCE).try_collect().await?;
        let schema = schema_of(place.name(), &parts, &keys)?;
        let most = place.limits().columns;
        if schema.table_schema().fields().len() as u64 > most {
            return Err(fault::limit(place.name(), "columns", most, "found too many columns"));
        }
        Ok(FilesTable { place, name: name.to_string(), format, parts, schema, store })
    }

    fn keys(&self) -> &Fields {
        self.schema.table_partition_cols()
    }

    fn source(&self, state: &dyn Session, filters: &[Expr]) -> Planned<Arc<dyn FileSource>> {
        let first = self.parts.first().map(|part| part.facts.as_ref());
        let written = match (self.format, first) {
            (Format::Csv, Some(Facts::Csv { dialect, .. })) => Written::Csv(*dialect),
            (Format::Json, _) => Written::Json(Arc::new(self.holds())),
            _ => {
                let source = ParquetSource::new(self.schema.clone());
                let predicate = filters.iter().cloned().reduce(Expr::and);
                let Some(predicate) = predicate else { return Ok(Arc::new(source)) };
                let schema = DFSchema::try_from(self.schema.table_schema().clone())?;
                let predicate = state.create_physical_expr(predicate, &schema)?;
                return Ok(Arc::new(source.with_predicate(predicate)));
            }
        };
        let line_max = usize::try_from(self.place.limits().cell_bytes).unwrap_or(usize::MAX);
        Ok(Arc::new(TextSource::new(self.place.name(), written, line_max, self.schema.clone())))
    }

    /// What the columns of JSON hold, by their types.
    fn holds(&self) -> Vec<Holds> {
        let of = |field: &Arc<Field>| match field.data_type() {
            DataType::Boolean => Holds::Truth,
            DataType::Int64 => Holds::Whole,
            DataType::Float64 => Holds::Number,
            _ => Holds::Text,
        };
        self.schema.file_schema().fields().iter().map(of).collect()
    }

    /// The files that can have a row for these filters, by what their folders say.
    fn counting(&self, state: &dyn Session, filters: &[Expr]) -> Planned<Vec<&Part>> {
        let of_keys = |filter: &&Expr| {
            let columns = filter.column_refs();
            !columns.is_empty() && columns.iter().all(|c| self.keys().iter().any(|key| *key.name() == c.name))
        };
        let filter = filters.iter().filter(of_keys).cloned().reduce(Expr::and);
        let Some(filter) = filter else { return Ok(self.parts.iter().collect()) };
        let keys = Arc::new(Schema::new(self.keys().clone()));
        let columns = (0..keys.fields().len()).map(|place| {
            let values = self.parts.iter().map(|part| part.values.get(place).cloned().flatten());
            Arc::new(StringArray::from_iter(values)) as ArrayRef
        });
        let batch = RecordBatch::try_new(keys.clone(), columns.collect())?;
        let filter = state.create_physical_expr(filter, &DFSchema::try_from(keys)?)?;
        let truth = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
        let Some(truth) = truth.as_boolean_opt() else { return Ok(self.parts.iter().collect()) };
        let kept = |(place, part)| (truth.is_valid(place) && truth.value(place)).then_some(part);
        Ok(self.parts.iter().enumerate().filter_map(kept).collect())
    }

    fn partitioned(&self, part: &Part) -> PartitionedFile {
        let mut about = part.facts.statistics(self.schema.file_schema());
        for value in &part.values {
            let scalar = ScalarValue::Utf8(value.clone());
            let nulls = if value.is_none() { about.num_rows } else { Precision::Exact(0) };
            about.column_statistics.push(ColumnStatistics {
                null_count: nulls,
                max_value: Precision::Exact(scalar.clone()),
                min_value: Precision::Exact(scalar),
                ..ColumnStatistics::new_unknown()
            });
        }
        let mut file = PartitionedFile::new_from_meta(part.file.clone());
        file.partition_values = part.values.iter().cloned().map(ScalarValue::Utf8).collect();
        file.statistics = Some(Arc::new(about));
        file
    }

    fn about(&self, parts: &[&Part]) -> Planned<Statistics> {
        let all: Vec<Arc<Statistics>> =
            parts.iter().filter_map(|part| self.partitioned(part).statistics).collect();
        Statistics::try_merge_iter(all.iter().map(Arc::as_ref), self.schema.table_schema())
    }
}

/// The columns of all files by name, then those of the folders.
fn schema_of(connection: &str, parts: &[Part], keys: &[String]) -> Result<TableSchema> {
    let mut merged: Vec<(String, Field)> = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let path = part.file.location.as_ref();
        let schema = part.facts.schema();
        if let (Facts::Csv { dialect, names }, Some(Facts::Csv { dialect: first, names: those })) =
            (part.facts.as_ref(), parts.first().map(|part| part.facts.as_ref()))
            && (names != those || dialect != first)
        {
            return Err(fault::unlike(
                connection,
                path,
                "it has another header, or is delimited in another way",
            ));
        }
        for field in schema.fields() {
            match merged.iter_mut().find(|(name, _)| name == field.name()) {
                None => merged.push((
                    field.name().clone(),
                    field.as_ref().clone().with_nullable(field.is_nullable() || place > 0),
                )),
                Some((_, known)) => {
                    let nullable = known.is_nullable() || field.is_nullable();
                    let kind =
                        both(known.data_type(), field.data_type(), matches!(*part.facts, Facts::Json { .. }));
                    let why = || {
                        format!(
                            "its column {:?} is {}, and theirs is {}",
                            field.name(),
                            field.data_type(),
                            known.data_type()
                        )
                    };
                    let kind = kind.ok_or_else(|| fault::unlike(connection, path, &why()))?;
                    *known = Field::new(known.name(), kind, nullable);
                }
            }
        }
        // A column that is not in this file is NULL there.
        for (name, field) in &mut merged {
            if schema.field_with_name(name).is_err() {
                *field = field.clone().with_nullable(true);
            }
        }
    }
    let fields: Vec<Field> =
        merged.into_iter().map(|(_, field)| field).filter(|f| !keys.contains(f.name())).collect();
    let keys: Fields = keys.iter().map(|key| Arc::new(Field::new(key, DataType::Utf8, true))).collect();
    let fields = Arc::new(Schema::new(fields));
    Ok(TableSchema::builder(fields).with_table_partition_cols(keys).build())
}

/// The type that holds the values of both. Of Parquet there is none but the same: what a file says is what counts.
fn both(one: &DataType, two: &DataType, json: bool) -> Option<DataType> {
    match (one, two) {
        _ if one == two => Some(one.clone()),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) if json => {
            Some(DataType::Float64)
        }
        _ => json.then_some(DataType::Utf8),
    }
}

/// True for what a scan can not do: questions within questions, and what changes from row to row.
fn foreign(filter: &Expr) -> bool {
    let mut found = filter.is_volatile();
    let visited = filter.apply(|part| {
        found |= matches!(
            part,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::OuterReferenceColumn(..)
        );
        Ok(TreeNodeRecursion::Continue)
    });
    found || visited.is_err()
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        self.schema.table_schema().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Never exactly: files and row groups are left out by them, and who asks goes on to apply them.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Planned<Vec<TableProviderFilterPushDown>> {
        let takes = |filter: &&Expr| match foreign(filter) {
            true => TableProviderFilterPushDown::Unsupported,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(takes).collect())
    }

    fn statistics(&self) -> Option<Statistics> {
        self.about(&self.parts.iter().collect::<Vec<_>>()).ok()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Planned<Arc<dyn ExecutionPlan>> {
        let counting = self.counting(state, filters)?;
        if counting.is_empty() {
            let schema = self.schema();
            let schema =
                projection.map_or(Ok(schema.clone()), |places| schema.project(places).map(Arc::new))?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let about = self.about(&counting)?;
        let group = FileGroup::new(counting.iter().map(|part| self.partitioned(part)).collect());
        let groups = group.split_files(state.config().target_partitions().max(1));
        let url = ObjectStoreUrl::parse(ADDRESS)?;
        let config = FileScanConfigBuilder::new(url.clone(), self.source(state, filters)?)
            .with_file_groups(groups)
            .with_statistics(about)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit.filter(|_| filters.is_empty()))
            .build();
        let said = format!(
            "{}.{}, format={}, files={} of {}",
            self.place.name(),
            self.name,
            self.format.name(),
            counting.len(),
            self.parts.len()
        );
        let scan = DataSourceExec::from_data_source(config);
        Ok(Arc::new(FileScan::new(said, self.place.clone(), self.store.clone(), url, scan)))
    }
}
