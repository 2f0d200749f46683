//! PostgreSQL's types, and which of Arrow's is which.

use datafusion::arrow::datatypes::{DataType, TimeUnit};

/// A type as `pg_type` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PgType {
    /// Its number.
    pub oid: u32,
    /// Its short name.
    pub name: &'static str,
    /// Its name in SQL.
    pub sql_name: &'static str,
    /// Bytes of a value; -1 = it varies.
    pub size: i16,
    /// The letter of its category.
    pub category: &'static str,
    /// The type of arrays of it.
    pub array: u32,
}

macro_rules! types {
    ($($constant:ident $oid:literal $name:literal $sql:literal $size:literal $category:literal $array:literal;)*) => {
        $(#[doc = concat!("`", $sql, "`")] pub const $constant: PgType = PgType { oid: $oid, name: $name, sql_name: $sql, size: $size, category: $category, array: $array };)*
        /// All that a client can meet here.
        pub const ALL: &[PgType] = &[$($constant),*];
    };
}

types! {
    BOOL 16 "bool" "boolean" 1 "B" 1000;
    BYTEA 17 "bytea" "bytea" -1 "U" 1001;
    CHAR 18 "char" "\"char\"" 1 "Z" 1002;
    NAME 19 "name" "name" 64 "S" 1003;
    INT8 20 "int8" "bigint" 8 "N" 1016;
    INT2 21 "int2" "smallint" 2 "N" 1005;
    INT4 23 "int4" "integer" 4 "N" 1007;
    TEXT 25 "text" "text" -1 "S" 1009;
    OID 26 "oid" "oid" 4 "N" 1028;
    JSON 114 "json" "json" -1 "U" 199;
    FLOAT4 700 "float4" "real" 4 "N" 1021;
    FLOAT8 701 "float8" "double precision" 8 "N" 1022;
    UNKNOWN 705 "unknown" "unknown" -2 "X" 0;
    BPCHAR 1042 "bpchar" "character" -1 "S" 1014;
    VARCHAR 1043 "varchar" "character varying" -1 "S" 1015;
    DATE 1082 "date" "date" 4 "D" 1182;
    TIME 1083 "time" "time without time zone" 8 "D" 1183;
    TIMESTAMP 1114 "timestamp" "timestamp without time zone" 8 "D" 1115;
    TIMESTAMPTZ 1184 "timestamptz" "timestamp with time zone" 8 "D" 1185;
    INTERVAL 1186 "interval" "interval" 16 "T" 1187;
    NUMERIC 1700 "numeric" "numeric" -1 "N" 1231;
    REGCLASS 2205 "regclass" "regclass" 4 "N" 2210;
    UUID 2950 "uuid" "uuid" 16 "U" 2951;
    JSONB 3802 "jsonb" "jsonb" -1 "U" 3807;
}

/// The type that a column of such values has for a client of PostgreSQL.
pub fn type_of(kind: &DataType) -> PgType {
    match kind {
        DataType::Boolean => BOOL,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => INT2,
        DataType::Int32 | DataType::UInt16 => INT4,
        DataType::Int64 | DataType::UInt32 => INT8,
        DataType::Float16 | DataType::Float32 => FLOAT4,
        DataType::Float64 => FLOAT8,
        DataType::UInt64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => NUMERIC,
        DataType::Date32 | DataType::Date64 => DATE,
        DataType::Time32(_) | DataType::Time64(_) => TIME,
        DataType::Timestamp(_, None) => TIMESTAMP,
        DataType::Timestamp(_, Some(_)) => TIMESTAMPTZ,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            BYTEA
        }
        DataType::Dictionary(_, value) => type_of(value),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Struct(_)
        | DataType::Map(..) => JSON,
        _ => TEXT,
    }
}

/// What a parameter of a type of PostgreSQL is here; `None` for types that can not be had.
pub fn kind_of(oid: u32) -> Option<DataType> {
    let micros = TimeUnit::Microsecond;
    Some(match oid {
        16 => DataType::Boolean,
        17 => DataType::Binary,
        20 | 26 | 2205 => DataType::Int64,
        21 => DataType::Int16,
        23 => DataType::Int32,
        18 | 19 | 25 | 114 | 705 | 1042 | 1043 | 2950 | 3802 => DataType::Utf8,
        700 => DataType::Float32,
        701 => DataType::Float64,
        1082 => DataType::Date32,
        1083 => DataType::Time64(micros),
        1114 => DataType::Timestamp(micros, None),
        1184 => DataType::Timestamp(micros, Some("UTC".into())),
        1700 => DataType::Decimal128(38, 10),
        _ => return None,
    })
}

/// The type of a number.
pub fn by_oid(oid: i64) -> Option<PgType> {
    ALL.iter().find(|known| i64::from(known.oid) == oid).copied()
}

/// The type of a name, either of the two.
pub fn by_name(name: &str) -> Option<PgType> {
    let name = name.trim().trim_start_matches("pg_catalog.").to_ascii_lowercase();
    ALL.iter().find(|known| known.name == name || known.sql_name == name).copied()
}
