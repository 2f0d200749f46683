//! Rows with everything that databases see differently.

use super::mariadb::MariaDb;
use crate::connect::TestServer;
use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use std::path::Path;

pub const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "A",
    "a ",
    "a  ",
    "ab",
    "Ab",
    "aB",
    "b",
    "B",
    "z",
    "Z",
    "é",
    "e\u{301}",
    "É",
    "ä",
    "ß",
    "ss",
    "ı",
    "I",
    "İ",
    "i",
    "😀",
    "👩\u{200d}👧",
    "o'hara",
    "\"quoted\"",
    "100%",
    "a_b",
    "axb",
    "back\\slash",
    "\u{feff}bom",
    "line\nbreak",
    "Zoë",
    "zoe",
    "10",
    "9",
    "NULL",
    "日本",
    "\u{ffff}",
    "\u{10ffff}",
    "--",
    "; DROP TABLE t",
];

/// Numbers from a seed, the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Once in so many times.
    pub fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A row; of a column that a database does not have nothing is taken.
#[derive(Clone)]
pub struct Row {
    pub id: i64,
    pub n: Option<i64>,
    pub w: Option<i64>,
    pub f: Option<f64>,
    pub s: Option<String>,
    pub k: Option<String>,
    pub u: Option<String>,
    pub b: Option<bool>,
    pub d: Option<i32>,
    pub x: Option<i64>,
}

pub fn rows(dice: &mut Dice, count: usize, zero_has_a_sign: bool) -> Vec<Row> {
    let floats: &[f64] = &[0.0, -0.0, 1.0, 1.5, -1.5, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 0.1, 1e-300];
    let wide: &[i64] = &[0, 1, -1, i64::MAX, i64::MIN, 9_007_199_254_740_993, 7, 7, 8];
    let mut row = |id: i64| {
        let text = |dice: &mut Dice| (!dice.rarely(7)).then(|| TEXTS[dice.below(TEXTS.len())].to_string());
        let (s, k, u) = (text(dice), text(dice), text(dice));
        let f = floats[dice.below(floats.len())];
        Row {
            id,
            n: (!dice.rarely(6)).then(|| match dice.below(12) {
                0 => i64::from(i32::MAX),
                1 => i64::from(i32::MIN),
                n => n as i64 - 6,
            }),
            w: (!dice.rarely(6)).then(|| wide[dice.below(wide.len())]),
            f: (!dice.rarely(6)).then_some(if zero_has_a_sign || f != 0.0 { f } else { 0.0 }),
            s,
            k,
            u,
            b: (!dice.rarely(4)).then(|| dice.rarely(2)),
            d: (!dice.rarely(6)).then(|| [-719_162, -1, 0, 1, 11_016, 20_000, 2_932_896][dice.below(7)]),
            x: (!dice.rarely(6))
                .then(|| [0, 1, -1, 1_050, 1_050, 999_999_999_999, -999_999_999_999][dice.below(7)]),
        }
    };
    (0..count as i64).map(&mut row).collect()
}

/// The same rows with the types that the database has shown.
pub fn batch(rows: &[Row], schema: &SchemaRef) -> RecordBatch {
    let column = |name: &str| -> ArrayRef {
        let cell = |row: &Row| match name {
            "id" => ScalarValue::Int64(Some(row.id)),
            "n" => ScalarValue::Int64(row.n),
            "w" => ScalarValue::Int64(row.w),
            "f" => ScalarValue::Float64(row.f),
            "s" => ScalarValue::Utf8(row.s.clone()),
            "k" => ScalarValue::Utf8(row.k.clone()),
            "u" => ScalarValue::Utf8(row.u.clone()),
            "b" => ScalarValue::Boolean(row.b),
            "d" => ScalarValue::Date32(row.d),
            "x" => ScalarValue::Decimal128(row.x.map(i128::from), 12, 2),
            other => panic!("no column {other}"),
        };
        ScalarValue::iter_to_array(rows.iter().map(cell)).expect("an array")
    };
    let columns = schema.fields().iter().map(|field| {
        let (plain, nulls) = (column(field.name()), column(field.name()).null_count());
        let cast = cast(&plain, field.data_type()).expect("a cast");
        assert_eq!(cast.null_count(), nulls, "{field}");
        cast
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).expect("a batch")
}

fn day(days: i32) -> String {
    let day = jiff::civil::date(1970, 1, 1);
    day.checked_add(jiff::Span::new().days(days)).expect("a day").to_string()
}

pub fn into_postgres(server: &TestServer, rows: &[Row]) {
    let text =
        |t: &Option<String>| t.as_ref().map_or("NULL".into(), |t| format!("'{}'", t.replace('\'', "''")));
    let number = |n: Option<i64>| n.map_or("NULL".into(), |n| format!("'{n}'"));
    let mut sql = String::from(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE t (id int8 PRIMARY KEY, n int4, w int8, f float8, s text, k varchar(40) COLLATE \"en-x-icu\", u text COLLATE ci,
           b bool, d date, x numeric(12, 2));
         SET standard_conforming_strings = on;",
    );
    for row in rows {
        sql.push_str(&format!(
            "INSERT INTO t VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {});\n",
            row.id,
            number(row.n),
            number(row.w),
            row.f.map_or("NULL".into(), |f| format!("'{f:e}'")),
            text(&row.s),
            text(&row.k),
            text(&row.u),
            row.b.map_or("NULL".into(), |b| b.to_string()),
            row.d.map_or("NULL".into(), |d| format!("'{}'", day(d))),
            row.x.map_or("NULL".into(), |x| format!("{x}::numeric / 100")),
        ));
    }
    server.sql(&sql);
    server.sql("ANALYZE t");
}

/// `s` of the server's usual collation, `k` of one that knows cases and pads, `u` of one that compares bytes.
pub fn into_mariadb(server: &MariaDb, rows: &[Row]) {
    let text =
        |t: &Option<String>| t.as_ref().map_or("NULL".into(), |t| format!("'{}'", t.replace('\'', "''")));
    let number = |n: Option<i64>| n.map_or("NULL".into(), |n| format!("{n}"));
    let mut sql = String::from(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, n INT, w BIGINT, f DOUBLE, s VARCHAR(60) COLLATE utf8mb4_general_ci,
           k VARCHAR(40) COLLATE utf8mb4_bin, u VARCHAR(200) COLLATE utf8mb4_nopad_bin, b BIT(1), d DATE, x DECIMAL(12, 2),
           KEY by_s (s), KEY by_k (k));\n",
    );
    let values = rows.iter().map(|row| {
        format!(
            "({}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            row.id,
            number(row.n),
            number(row.w),
            row.f.map_or("NULL".into(), |f| format!("{f:e}")),
            text(&row.s),
            text(&row.k),
            text(&row.u),
            row.b.map_or("NULL".into(), |b| format!("b'{}'", u8::from(b))),
            row.d.map_or("NULL".into(), |d| format!("'{}'", day(d))),
            row.x.map_or("NULL".into(), |x| format!("{x} / 100")),
        )
    });
    sql.push_str(&format!("INSERT INTO t VALUES {}", values.collect::<Vec<_>>().join(",\n")));
    server.sql(&sql);
    server.sql("ANALYZE TABLE t");
}

pub fn into_sqlite(path: &Path, rows: &[Row]) {
    let db = rusqlite::Connection::open(path).expect("opened");
    db.execute_batch(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, w BIGINT, f REAL, s TEXT, k TEXT COLLATE NOCASE, u TEXT COLLATE RTRIM,
           b BOOLEAN, d DATE)",
    )
    .expect("made");
    for row in rows {
        db.execute(
            "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            rusqlite::params![row.id, row.n, row.w, row.f, row.s, row.k, row.u, row.b, row.d.map(day)],
        )
        .expect("inserted");
    }
}
