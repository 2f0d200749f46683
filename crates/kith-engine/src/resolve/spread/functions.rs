//! The kernel as SQL functions: what executors run. Their first argument is the folder of a model ([`super::model_at`]), so
//! that a plan stays small however many values the model has seen.
//!
//! | function | of | gives |
//! |---|---|---|
//! | `kith_keys(model, mask, values…)` | a record | its blocks: rule, the rule's bit, key |
//! | `kith_edges(model, rule, records)` | a block | how many pairs the rule was the first to make, and those worth keeping |
//! | `kith_merges(model, records, ties)` | a component | its merges, strongest first |

use super::arguments::{Members, folder, list_of, texts, ties};
use super::kernel;
use datafusion::arrow::array::{
    ArrayRef, AsArray, Float32Array, ListArray, StructArray, UInt8Array, UInt32Array, UInt64Array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Fields, UInt8Type, UInt64Type};
use datafusion::common::{Result, exec_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::Arc;

/// All of them.
pub(crate) fn all() -> Vec<ScalarUDF> {
    [What::Keys, What::Edges, What::Merges].map(|what| ScalarUDF::from(Function::new(what))).into()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Keys,
    Edges,
    Merges,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    what: What,
    signature: Signature,
}

impl Function {
    fn new(what: What) -> Function {
        Function { what, signature: Signature::variadic_any(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.what {
            What::Keys => "kith_keys",
            What::Edges => "kith_edges",
            What::Merges => "kith_merges",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.what {
            What::Keys => list_type(key_fields()),
            What::Edges => DataType::Struct(block_fields()),
            What::Merges => list_type(merge_fields()),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let folder = folder(args.args.first())?;
        let arrays = ColumnarValue::values_to_arrays(&args.args[1..])?;
        let rows = args.number_rows;
        let answer = match (self.what, arrays.as_slice()) {
            (What::Keys, [masks, values @ ..]) => keys(&folder, masks, values, rows),
            (What::Edges, [rules, records]) => edges(&folder, rules, records),
            (What::Merges, [records, ties]) => merges(&folder, records, ties),
            _ => exec_err!("{} was given {} arguments", self.name(), args.args.len()),
        };
        answer.map(ColumnarValue::Array)
    }
}

fn fields(all: &[(&str, DataType)]) -> Fields {
    all.iter().map(|(name, of)| Field::new(*name, of.clone(), false)).collect()
}

fn key_fields() -> Fields {
    fields(&[("rule", DataType::UInt8), ("bit", DataType::UInt64), ("key", DataType::UInt64)])
}

fn edge_fields() -> Fields {
    fields(&[("a", DataType::UInt32), ("b", DataType::UInt32), ("weight", DataType::Float32)])
}

fn block_fields() -> Fields {
    fields(&[("made", DataType::UInt64), ("kept", DataType::UInt64), ("found", list_type(edge_fields()))])
}

fn merge_fields() -> Fields {
    fields(&[("a", DataType::UInt32), ("b", DataType::UInt32), ("confidence", DataType::Float32)])
}

fn list_type(of: Fields) -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Struct(of), true)))
}

/// One list of structs per row.
fn lists(of: Fields, columns: Vec<ArrayRef>, lengths: impl Iterator<Item = usize>) -> Result<ListArray> {
    let items = StructArray::try_new(of.clone(), columns, None)?;
    let field = Arc::new(Field::new("item", DataType::Struct(of), true));
    Ok(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), Arc::new(items), None)?)
}

pub(super) fn wrong(cause: kith_resolve::Error) -> DataFusionError {
    DataFusionError::Execution(format!("the records and the model do not fit: {cause}"))
}

fn keys(folder: &str, masks: &ArrayRef, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
    let kernel = kernel::at(folder)?;
    let values = values.iter().map(texts).collect::<Result<Vec<_>>>()?;
    let masks = masks.as_primitive_opt::<UInt64Type>();
    let Some(masks) = masks else { return exec_err!("a mask is not a UInt64") };
    let columns = values.iter().map(|column| column.iter().collect());
    let shard = kernel.shard(columns, None, rows).map_err(wrong)?;
    let (mut rules, mut bits, mut found, mut lengths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (of_record, mask) in shard.keys().chunks(kernel.rules().max(1)).zip(masks.values()) {
        let before = found.len();
        for (rule, key) in of_record.iter().enumerate() {
            if *key != 0 && mask >> rule & 1 == 1 {
                rules.push(rule as u8);
                bits.push(1u64 << rule);
                found.push(*key);
            }
        }
        lengths.push(found.len() - before);
    }
    lengths.resize(rows, 0);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt8Array::from(rules)),
        Arc::new(UInt64Array::from(bits)),
        Arc::new(UInt64Array::from(found)),
    ];
    Ok(Arc::new(lists(key_fields(), columns, lengths.into_iter())?))
}

fn edges(folder: &str, rules: &ArrayRef, records: &ArrayRef) -> Result<ArrayRef> {
    let kernel = kernel::at(folder)?;
    let Some(rules) = rules.as_primitive_opt::<UInt8Type>() else {
        return exec_err!("a rule is not a UInt8");
    };
    let (mut made, mut kept) = (Vec::new(), Vec::new());
    let (mut a, mut b, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for members in Members::chunks(list_of(records)?)? {
        let shard = members.shard(&kernel)?;
        let rule_of = |list: usize| usize::from(rules.value(list));
        let blocks: Vec<(usize, Vec<u32>)> =
            members.lists.iter().map(|(list, places)| (rule_of(*list), places.clone().collect())).collect();
        for (of_rule, edges) in shard.edges(&members.masks()?, &blocks) {
            made.push(of_rule);
            kept.push(edges.len() as u64);
            for edge in edges {
                a.push(members.records[edge.a as usize]);
                b.push(members.records[edge.b as usize]);
                weights.push(edge.weight);
            }
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(a)),
        Arc::new(UInt32Array::from(b)),
        Arc::new(Float32Array::from(weights)),
    ];
    let found = lists(edge_fields(), columns, kept.iter().map(|kept| *kept as usize))?;
    let columns: Vec<ArrayRef> =
        vec![Arc::new(UInt64Array::from(made)), Arc::new(UInt64Array::from(kept)), Arc::new(found)];
    Ok(Arc::new(StructArray::try_new(block_fields(), columns, None)?))
}

fn merges(folder: &str, records: &ArrayRef, said: &ArrayRef) -> Result<ArrayRef> {
    let kernel = kernel::at(folder)?;
    let (records, said) = (list_of(records)?, list_of(said)?);
    let (mut a, mut b, mut confidence, mut lengths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for members in Members::chunks(records)? {
        let shard = members.shard(&kernel)?;
        let component = |(list, places): &(usize, std::ops::Range<u32>)| {
            let ties = ties(said, *list, |record| members.place(places.clone(), record))?;
            Ok((places.clone().collect(), ties))
        };
        let components = members.lists.iter().map(component).collect::<Result<Vec<_>>>()?;
        for merges in shard.merges(&components) {
            lengths.push(merges.len());
            for merge in merges {
                let (x, y) = (members.records[merge.a as usize], members.records[merge.b as usize]);
                a.push(x.min(y));
                b.push(x.max(y));
                confidence.push(merge.confidence);
            }
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(a)),
        Arc::new(UInt32Array::from(b)),
        Arc::new(Float32Array::from(confidence)),
    ];
    Ok(Arc::new(lists(merge_fields(), columns, lengths.into_iter())?))
}
