//! Files of every kind and damage, as people send them.

use super::*;
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use std::io::Write;
use std::sync::Arc;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        if name.ends_with(".gz") {
            let file = std::fs::File::create(&path).unwrap();
            let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            gz.write_all(bytes).unwrap();
            gz.finish().unwrap();
        } else {
            std::fs::write(&path, bytes).unwrap();
        }
        path
    }

    fn read(&self, name: &str, bytes: &[u8]) -> Frame {
        read_columns(&[self.write(name, bytes)]).unwrap()
    }
}

fn texts<'a>(frame: &'a Frame, column: &str) -> Vec<Option<&'a str>> {
    let column = frame.column(column).unwrap();
    (0..frame.rows).map(|row| column.get(row)).collect()
}

#[test]
fn encodings_delimiters_and_compression_make_no_difference() {
    let folder = Folder::new();
    let text = "id;name;town\r\n1;Zoë \"Zo\";Köln\r\n2;\"A;B\";\r\n";
    let utf16 = |bom: &[u8], bytes: Vec<u8>| [bom, &bytes].concat();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let files = [
        ("utf8.csv", text.as_bytes().to_vec()),
        ("mark.csv", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("latin.csv", latin),
        ("le.csv", utf16(b"\xff\xfe", text.encode_utf16().flat_map(u16::to_le_bytes).collect())),
        ("be.csv", utf16(b"\xfe\xff", text.encode_utf16().flat_map(u16::to_be_bytes).collect())),
        ("none.csv", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("gz.csv.gz", text.as_bytes().to_vec()),
        (
            "tab.csv",
            text.replace("\"A;B\"", "A;B")
                .replace("A;B", "A_B")
                .replace(';', "\t")
                .replace("A_B", "A;B")
                .into_bytes(),
        ),
    ];
    for (name, bytes) in files {
        let frame = folder.read(name, &bytes);
        assert_eq!(frame.names, ["id", "name", "town"], "{name}");
        assert_eq!(texts(&frame, "name"), [Some("Zoë \"Zo\""), Some("A;B")], "{name}: {:?}", frame.notes);
        assert_eq!(texts(&frame, "town"), [Some("Köln"), None], "{name}");
        assert!(frame.rejects.is_empty(), "{name}");
    }
}

#[test]
fn bad_rows_are_refused_with_their_original_bytes() {
    let folder = Folder::new();
    let frame = folder.read("a.csv", "id,name\n1,Zoë\n2,Bob\n\n3,a,b,c\n4,".as_bytes());
    assert_eq!((frame.rows, frame.rejects.len()), (3, 1));
    let frame = folder.read("b.csv", b"id,name\n1,Zo\xc3\xab\n2,\xff\xfe\n\n3,a,b,c\n4\n5,e,,\n");
    let found: Vec<_> =
        frame.rejects.iter().map(|r| (r.place.as_str(), r.code, r.original.as_slice())).collect();
    assert_eq!(
        found,
        [
            ("line 3", "K-LAND-ENCODING", &b"2,\xff\xfe"[..]),
            ("line 5", "K-LAND-FIELDS", &b"3,a,b,c"[..]),
            ("line 6", "K-LAND-FIELDS", &b"4"[..]),
        ]
    );
    assert_eq!(texts(&frame, "name"), [Some("Zoë"), Some("e")]);
    let frame =
        folder.read("c.ndjson", b"{\"a\":{\"b\":1}}\n[1]\n{\"a\":\n\n{\"a\":\"\xff\"}\n{\"c\":[1,2]}");
    let found: Vec<_> = frame.rejects.iter().map(|r| (r.place.as_str(), r.code)).collect();
    assert_eq!(found, [("line 2", "K-LAND-JSON"), ("line 3", "K-LAND-JSON"), ("line 5", "K-LAND-ENCODING")]);
    assert_eq!(texts(&frame, "a.b"), [Some("1"), None]);
    assert_eq!(texts(&frame, "c"), [None, Some("[1,2]")]);
}

#[test]
fn a_cell_of_100_mb_is_refused_and_its_neighbours_are_read() {
    let folder = Folder::new();
    let huge = "x".repeat(100_000_000);
    for (name, text) in [
        ("big.csv", format!("id,note\n1,a\n2,\"{huge}\"\n3,c\n")),
        ("big.ndjson", format!("{{\"id\":1}}\n{{\"id\":2,\"note\":\"{huge}\"}}\n{{\"id\":3}}\n")),
        ("big.csv.gz", format!("id,note\n1,a\n2,{huge}\n3,c\n")),
    ] {
        let frame = folder.read(name, text.as_bytes());
        assert_eq!(texts(&frame, "id"), [Some("1"), Some("3")], "{name}");
        let reject = &frame.rejects[0];
        assert_eq!(reject.code, "K-LAND-TOO-LARGE");
        assert_eq!(reject.original.len(), ORIGINAL_BYTES_MAX);
        assert!(reject.original_bytes > 100_000_000 && reject.original_bytes < 100_000_030, "{reject:?}");
        assert!(reject.place == "line 3" || reject.place == "line 2", "{}", reject.place);
    }
}

#[test]
fn files_are_joined_by_column_name() {
    let folder = Folder::new();
    let a = folder.write("crm.csv", b"id,name\n1,Ada\n2,Bob\n");
    let b = folder.write("shop.ndjson", b"{\"name\":\"Ada\",\"mail\":\"a@b.c\"}\n");
    let c = folder.write("till.csv", b"mail,id\nx@y.z,9\n");
    let frame = read_columns(&[a, b, c]).unwrap();
    assert_eq!(frame.names, ["id", "name", "mail"]);
    assert_eq!(texts(&frame, "id"), [Some("1"), Some("2"), None, Some("9")]);
    assert_eq!(texts(&frame, "name"), [Some("Ada"), Some("Bob"), Some("Ada"), None]);
    assert_eq!(texts(&frame, "mail"), [None, None, Some("a@b.c"), Some("x@y.z")]);
    assert_eq!((frame.files.join(" "), frame.file_of), ("crm shop till".into(), vec![0, 0, 1, 2]));
}

fn sample_parquet(rows: usize) -> Vec<u8> {
    let names: Vec<Option<String>> =
        (0..rows).map(|i| (i % 7 != 0).then(|| format!("name {}", i % 1000))).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..rows as i64))),
        ("name", Arc::new(StringArray::from(names))),
        ("born", Arc::new(Date32Array::from(vec![Some(-1); rows]))),
        ("zip", Arc::new(Float64Array::from(vec![Some(2138.0); rows]))),
        ("spent", Arc::new(Decimal128Array::from(vec![1230; rows]).with_precision_and_scale(9, 2).unwrap())),
        (
            "seen",
            Arc::new(TimestampMicrosecondArray::from(vec![1_700_000_000_000_000; rows]).with_timezone("UTC")),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_types_get_one_text() {
    let folder = Folder::new();
    let frame = folder.read("t.parquet", &sample_parquet(20_000));
    assert_eq!(frame.rows, 20_000);
    for (column, text) in [
        ("born", "1969-12-31"),
        ("zip", "2138"),
        ("spent", "12.30"),
        ("seen", "2023-11-14T22:13:20Z"),
        ("id", "19999"),
    ] {
        assert_eq!(texts(&frame, column)[19_999], Some(text), "{column}");
    }
    let names = texts(&frame, "name");
    assert_eq!((names[0], names[1], names[19_998]), (None, Some("name 1"), Some("name 998")));
    let mut rows = ParquetRows::open(&folder.0.path().join("t.parquet"), Limits::default()).unwrap();
    let (_, row) = rows.next_row().unwrap().unwrap();
    let shown = serde_json::to_string(&row.unwrap()).unwrap();
    assert_eq!(
        shown,
        r#"{"id":0,"name":null,"born":"1969-12-31","zip":2138.0,"spent":"12.30","seen":"2023-11-14T22:13:20Z"}"#
    );
}

#[test]
fn damaged_files_are_errors_that_say_so() {
    let folder = Folder::new();
    let parquet = sample_parquet(5000);
    let mut flipped = parquet.clone();
    flipped[4..30].fill(0xff); // the first page's header
    let gz = std::fs::read(folder.write("x.csv.gz", "id,name\n1,Ada\n".repeat(9000).as_bytes())).unwrap();
    let cases = [
        ("cut.parquet", parquet[..parquet.len() / 2].to_vec(), "K-SOURCE-PARQUET"),
        ("flipped.parquet", flipped, "K-SOURCE-PARQUET"),
        ("text.parquet", b"id,name\n1,Ada\n".to_vec(), "K-SOURCE-PARQUET"),
        ("empty.parquet", Vec::new(), "K-SOURCE-PARQUET"),
        ("empty.csv", Vec::new(), "K-SOURCE-CSV"),
        ("binary.csv", parquet.clone(), "K-SOURCE-CSV"),
        ("array.ndjson", b"[{\"a\":1}]".to_vec(), "K-SOURCE-NDJSON"),
    ];
    for (name, bytes, code) in cases {
        let Err(error) = read_columns(&[folder.write(name, &bytes)]) else { panic!("{name} was read") };
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().contains(name) && !error.help().is_empty(), "{error}");
    }
    let cut = folder.0.path().join("cut.csv.gz");
    std::fs::write(&cut, &gz[..gz.len() / 2]).unwrap();
    let missing = folder.0.path().join("missing.csv");
    let codes = [cut, missing].map(|path| read_columns(&[path]).map(|f| f.rows).map_err(|e| e.code()));
    assert_eq!(codes, [Err("K-SOURCE-GZIP"), Err("K-SOURCE-MISSING")]);
}

#[test]
fn every_cut_of_a_parquet_file_is_an_error_and_not_a_panic() {
    let folder = Folder::new();
    let bytes = sample_parquet(300);
    for length in (0..bytes.len()).step_by(bytes.len() / 60) {
        assert!(read_columns(&[folder.write("cut.parquet", &bytes[..length])]).is_err(), "{length} bytes");
    }
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-zäß€, \"\r\n;0-9@]{1,300}", "[a-z]{1,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What another CSV writer wrote is read back, wherever the chunks' edges fall.
    #[test]
    fn csv_round_trips(rows in prop::collection::vec(prop::collection::vec(cell(), 3), 1..60)) {
        let mut writer = ::csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["first column", "second", "third"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let folder = Folder::new();
        let path = folder.write("x.csv", &bytes);
        let options = CsvOptions { delimiter: Some(b','), encoding: Some("utf-8".into()), ..CsvOptions::default() };
        let frame = read_columns_with(&[path], &options).unwrap();
        prop_assert_eq!(frame.rows, rows.len());
        for (index, name) in ["first column", "second", "third"].iter().enumerate() {
            let wanted: Vec<Option<&str>> =
                rows.iter().map(|r| Some(r[index].as_str()).filter(|t| !t.trim_ascii().is_empty())).collect();
            prop_assert_eq!(texts(&frame, name), wanted);
        }
    }

    /// No bytes make the readers panic, and every line that the file has is a row or a reject.
    #[test]
    fn any_bytes_are_read_or_refused(lines in prop::collection::vec("[^\r\n\"\u{0}]{1,40}", 1..50), junk in prop::collection::vec(any::<u8>(), 0..3000)) {
        let folder = Folder::new();
        let text = format!("id,name\n{}\n", lines.join("\n"));
        let frame = read_columns(&[folder.write("x.csv", text.as_bytes())]);
        if let Ok(frame) = frame {
            let header = usize::from(!frame.names[0].starts_with("column_"));
            prop_assert_eq!(frame.rows + frame.rejects.len(), lines.len() + 1 - header);
        }
        for name in ["j.csv", "j.ndjson", "j.parquet"] {
            let _ = read_columns(&[folder.write(name, &junk)]);
        }
    }
}
