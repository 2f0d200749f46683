//! Files of a few rows: what is plain to a reader must come out.

use kith_resolve::{Column, Kind, Linker, Options, Records, resolve, train};

const KINDS: [Kind; 7] =
    [Kind::GivenName, Kind::FamilyName, Kind::NameSuffix, Kind::Date, Kind::Email, Kind::Phone, Kind::Street];

/// Clusters at .5 of rows whose values are parted by `|`.
fn clusters(rows: &[&str]) -> Vec<u32> {
    let value = |row: &&str, at: usize| {
        row.split('|').nth(at).map(str::trim).filter(|v| !v.is_empty()).map(str::to_string)
    };
    let columns = KINDS.iter().enumerate().map(|(at, kind)| {
        let values: Vec<Option<String>> = rows.iter().map(|row| value(row, at)).collect();
        Column::from_values(format!("{kind:?}"), *kind, values.iter().map(|v| v.as_deref()))
    });
    let records = Records { columns: columns.collect(), len: rows.len(), ..Records::default() };
    let options = Options::default();
    let linker = Linker::new(records, &options).expect("records are well formed");
    let model = train(&linker, &options).expect("there is something to compare");
    resolve(&linker, &model, &options).expect("the model fits").tree.clusters(0.5)
}

#[test]
fn one_row_is_one_cluster_and_so_are_rows_that_are_all_alike() {
    let row = "ada|lovelace||1815-12-10|ada@example.org||12 st james square";
    assert_eq!(clusters(&[row]), [0]);
    assert_eq!(clusters(&[row; 2]), [0, 0]);
    assert_eq!(clusters(&[row; 40]), [0; 40]);
}

#[test]
fn twins_and_father_and_son_stay_apart_and_plain_duplicates_do_not() {
    let rows = [
        "anna|berger||1984-03-12|anna.berger@example.org|4915112345|7 linden st",
        "anna|berger||1984-03-12|anna.berger@example.org|4915112345|7 linden st",
        "lena|berger||1984-03-12|lena.b@example.com|4915112345|7 linden st",
        "john|miller|jr|1988-05-01||2025550143|41 oak ave",
        "john|miller|sr|1955-11-23||2025550143|41 oak ave",
        "maria|rossi||1990-07-30|m.rossi@example.org|3906123456|3 via roma",
        "maria|rosi||1990-07-30|m.rossi@example.org||3 via roma",
        "peter|novak||1979-01-09|pnovak@example.net|4201234567|18 dlouha",
        "chen|wei||1992-10-14|wei.chen@example.org|8613812345|5 nanjing road",
        "fatima|haddad||1968-02-27|fatima@example.org|9613123456|22 hamra st",
        "olga|petrova||1981-12-03|olga.p@example.net|7495123456|9 arbat",
        "olga|petrova||1981-12-03||7495123456|9 arbat",
    ];
    let found = clusters(&rows);
    assert_eq!(found, [0, 0, 2, 3, 4, 5, 5, 7, 8, 9, 10, 10]);
}
