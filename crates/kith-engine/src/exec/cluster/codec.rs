//! How our operator travels: its folder behind a mark; everything else as Ballista sends it.

use crate::exec::leave::{Leave, LeaveExec};
use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use std::sync::Arc;

/// What our operator begins with. Ballista's messages begin with a protobuf tag, never with these bytes.
const MARK: &[u8] = b"kith:leave:1:";

fn folder(message: &[u8]) -> Option<Result<String>> {
    let folder = message.strip_prefix(MARK)?;
    let text = String::from_utf8(folder.to_vec());
    Some(text.map_err(|_| DataFusionError::Plan("the name of a folder is not UTF-8".into())))
}

fn write(folder: &str, into: &mut Vec<u8>) {
    into.extend(MARK);
    into.extend(folder.as_bytes());
}

fn first<T: Clone>(inputs: &[T]) -> Result<T> {
    inputs.first().cloned().ok_or_else(|| DataFusionError::Plan("an operator came without its input".into()))
}

/// Logical plans, from client to scheduler.
#[derive(Debug, Default)]
pub(super) struct LogicalCodec(BallistaLogicalExtensionCodec);

impl LogicalExtensionCodec for LogicalCodec {
    fn try_decode(&self, message: &[u8], inputs: &[LogicalPlan], context: &TaskContext) -> Result<Extension> {
        match folder(message) {
            None => self.0.try_decode(message, inputs, context),
            Some(folder) => Ok(Extension { node: Arc::new(Leave::new(first(inputs)?, folder?)?) }),
        }
    }

    fn try_encode(&self, node: &Extension, into: &mut Vec<u8>) -> Result<()> {
        match node.node.as_any().downcast_ref::<Leave>() {
            None => self.0.try_encode(node, into),
            Some(leave) => {
                write(&leave.folder, into);
                Ok(())
            }
        }
    }

    fn try_decode_table_provider(
        &self,
        message: &[u8],
        table: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        self.0.try_decode_table_provider(message, table, schema, context)
    }

    fn try_encode_table_provider(
        &self,
        table: &TableReference,
        node: Arc<dyn TableProvider>,
        into: &mut Vec<u8>,
    ) -> Result<()> {
        self.0.try_encode_table_provider(table, node, into)
    }

    fn try_decode_file_format(
        &self,
        message: &[u8],
        context: &TaskContext,
    ) -> Result<Arc<dyn FileFormatFactory>> {
        self.0.try_decode_file_format(message, context)
    }

    fn try_encode_file_format(&self, into: &mut Vec<u8>, node: Arc<dyn FileFormatFactory>) -> Result<()> {
        self.0.try_encode_file_format(into, node)
    }
}

/// Physical plans, from scheduler to executors.
#[derive(Debug, Default)]
pub(super) struct PhysicalCodec(BallistaPhysicalExtensionCodec);

impl PhysicalExtensionCodec for PhysicalCodec {
    fn try_decode(
        &self,
        message: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match folder(message) {
            None => self.0.try_decode(message, inputs, context, converter),
            Some(folder) => Ok(LeaveExec::plan(first(inputs)?, folder?)),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        into: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let leave: Option<&LeaveExec> = (node.as_ref() as &dyn std::any::Any).downcast_ref();
        match leave {
            None => self.0.try_encode(node, into, converter),
            Some(leave) => {
                write(&leave.folder, into);
                Ok(())
            }
        }
    }
}
