//! Functions that clients of PostgreSQL call to find their way about.

use super::{DATABASE, by_name, by_oid, oid_of};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::Arc;

/// What a function gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Gives {
    /// Always the same text, or NULL.
    Text(Option<String>),
    /// Always the same number, or NULL.
    Int(Option<i64>),
    /// Always the same.
    Bool(bool),
    /// Always the same names.
    Names(Vec<String>),
    /// The name of a type, by its number.
    TypeName,
    /// The number of a table, by its name; names without a schema are of this one.
    Class(String),
    /// The number of a type, by its name.
    Type,
    /// The number of a schema, by its name.
    Namespace,
    /// An identifier, quoted where it must be.
    Quoted,
    /// A setting, by its name.
    Setting,
}

/// What a server of PostgreSQL says of itself; `pg_settings` has the same.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("default_table_access_method", "heap"),
    ("max_index_keys", "32"),
    ("server_encoding", "UTF8"),
    ("server_version", "15.0"),
    ("server_version_num", "150000"),
    ("standard_conforming_strings", "on"),
    ("TimeZone", "UTC"),
];

const NULL_TEXTS: &[&str] = &[
    "obj_description",
    "col_description",
    "shobj_description",
    "pg_get_expr",
    "pg_get_constraintdef",
    "pg_get_indexdef",
    "pg_get_viewdef",
    "pg_get_functiondef",
    "pg_get_function_result",
    "pg_get_function_arguments",
    "pg_get_function_identity_arguments",
    "pg_get_partkeydef",
    "pg_get_triggerdef",
    "pg_get_ruledef",
    "pg_get_statisticsobjdef_columns",
    "pg_size_pretty",
    "pg_get_serial_sequence",
    "pg_tablespace_location",
    "pg_get_partition_constraintdef",
    "inet_server_addr",
    "inet_client_addr",
];
const NULL_INTS: &[&str] = &[
    "pg_table_size",
    "pg_relation_size",
    "pg_total_relation_size",
    "pg_indexes_size",
    "pg_database_size",
    "inet_server_port",
];
const TRUE: &[&str] = &[
    "pg_table_is_visible",
    "pg_type_is_visible",
    "pg_function_is_visible",
    "pg_operator_is_visible",
    "pg_collation_is_visible",
    "pg_statistics_obj_is_visible",
    "pg_opclass_is_visible",
    "has_table_privilege",
    "has_schema_privilege",
    "has_database_privilege",
    "has_column_privilege",
    "has_any_column_privilege",
    "has_function_privilege",
    "has_type_privilege",
    "pg_has_role",
];
const FALSE: &[&str] =
    &["pg_relation_is_publishable", "pg_is_in_recovery", "row_security_active", "pg_is_other_temp_schema"];

/// All of them, for one user and the schema of names without one.
pub(crate) fn functions(user: &str, schema: &str) -> Vec<Arc<ScalarUDF>> {
    let text = |value: &str| Gives::Text(Some(value.to_string()));
    let version = format!("PostgreSQL 15.0 (Kith {})", env!("CARGO_PKG_VERSION"));
    let mut all: Vec<(&'static str, Gives)> = vec![
        ("version", text(&version)),
        ("current_database", text(DATABASE)),
        ("current_catalog", text(DATABASE)),
        ("current_schema", text(schema)),
        ("current_user", text(user)),
        ("session_user", text(user)),
        ("user", text(user)),
        ("pg_encoding_to_char", text("UTF8")),
        ("pg_get_userbyid", text(DATABASE)),
        ("current_schemas", Gives::Names(vec!["pg_catalog".into(), schema.into()])),
        ("pg_backend_pid", Gives::Int(Some(0))),
        ("pg_my_temp_schema", Gives::Int(Some(0))),
        ("format_type", Gives::TypeName),
        ("quote_ident", Gives::Quoted),
        ("current_setting", Gives::Setting),
        ("kith_regclass", Gives::Class(schema.into())),
        ("to_regclass", Gives::Class(schema.into())),
        ("kith_regtype", Gives::Type),
        ("to_regtype", Gives::Type),
        ("kith_regnamespace", Gives::Namespace),
        ("to_regnamespace", Gives::Namespace),
    ];
    all.extend(NULL_TEXTS.iter().map(|name| (*name, Gives::Text(None))));
    all.extend(NULL_INTS.iter().map(|name| (*name, Gives::Int(None))));
    all.extend(TRUE.iter().map(|name| (*name, Gives::Bool(true))));
    all.extend(FALSE.iter().map(|name| (*name, Gives::Bool(false))));
    // They say what is so for this session, now: nothing may keep their answers for another.
    let signature = || {
        Signature::one_of(
            vec![
                datafusion::logical_expr::TypeSignature::Nullary,
                datafusion::logical_expr::TypeSignature::VariadicAny,
            ],
            Volatility::Stable,
        )
    };
    let made = all.into_iter().map(|(name, gives)| Function { name, gives, signature: signature() });
    made.map(|function| Arc::new(ScalarUDF::from(function))).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    name: &'static str,
    gives: Gives,
    signature: Signature,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match &self.gives {
            Gives::Text(_) | Gives::TypeName | Gives::Quoted | Gives::Setting => DataType::Utf8,
            Gives::Int(_) | Gives::Class(_) | Gives::Type | Gives::Namespace => DataType::Int64,
            Gives::Bool(_) => DataType::Boolean,
            Gives::Names(_) => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let scalar = |value: ScalarValue| Ok(ColumnarValue::Scalar(value));
        let first = || match args.args.first() {
            Some(value) => value.to_array(args.number_rows),
            None => Ok(Arc::new(StringArray::new_null(args.number_rows)) as ArrayRef),
        };
        match &self.gives {
            Gives::Text(value) => scalar(ScalarValue::Utf8(value.clone())),
            Gives::Int(value) => scalar(ScalarValue::Int64(*value)),
            Gives::Bool(value) => scalar(ScalarValue::Boolean(Some(*value))),
            Gives::Names(names) => {
                let names: Vec<ScalarValue> =
                    names.iter().map(|n| ScalarValue::Utf8(Some(n.clone()))).collect();
                scalar(ScalarValue::List(ScalarValue::new_list(&names, &DataType::Utf8, true)))
            }
            Gives::TypeName => type_names(&first()?),
            Gives::Quoted => texts(&first()?, |name| Some(quoted(name))),
            Gives::Setting => texts(&first()?, setting),
            Gives::Class(schema) => numbers(&first()?, |name| Some(class(name, schema))),
            Gives::Type => numbers(&first()?, |name| by_name(name).map(|kind| kind.oid.into())),
            Gives::Namespace => numbers(&first()?, |name| Some(namespace(name.trim_matches('"')))),
        }
    }
}

fn setting(name: &str) -> Option<String> {
    let found = SETTINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_string())
}

fn type_names(oids: &ArrayRef) -> Result<ColumnarValue> {
    let oids = cast(oids, &DataType::Int64)?;
    let name = |oid: i64| match by_oid(oid) {
        Some(kind) => kind.sql_name.to_string(),
        None if oid == 0 => "-".into(),
        None => "???".into(),
    };
    let names: StringArray = oids.as_primitive::<Int64Type>().iter().map(|oid| oid.map(name)).collect();
    Ok(ColumnarValue::Array(Arc::new(names)))
}

fn texts(values: &ArrayRef, of: impl Fn(&str) -> Option<String>) -> Result<ColumnarValue> {
    let values = cast(values, &DataType::Utf8)?;
    let out: StringArray = values.as_string::<i32>().iter().map(|value| value.and_then(&of)).collect();
    Ok(ColumnarValue::Array(Arc::new(out)))
}

fn numbers(values: &ArrayRef, of: impl Fn(&str) -> Option<i64>) -> Result<ColumnarValue> {
    let values = cast(values, &DataType::Utf8)?;
    let out: Int64Array = values.as_string::<i32>().iter().map(|value| value.and_then(&of)).collect();
    debug_assert_eq!(out.len(), values.len());
    Ok(ColumnarValue::Array(Arc::new(out)))
}

/// The number that `pg_class` has for a table.
fn class(name: &str, schema: &str) -> i64 {
    let name = name.replace('"', "");
    let name = name.trim_start_matches("pg_catalog.");
    match name {
        "pg_class" => 1259,
        "pg_namespace" => 2615,
        "pg_proc" => 1255,
        "pg_type" => 1247,
        "pg_database" => 1262,
        name => name.parse().unwrap_or_else(|_| match name.contains('.') {
            true => oid_of(name),
            false => oid_of(&format!("{schema}.{name}")),
        }),
    }
}

fn namespace(name: &str) -> i64 {
    match name {
        "pg_catalog" => 11,
        "information_schema" => 13_000,
        name => oid_of(name),
    }
}

fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    match plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
        true => name.to_string(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}
