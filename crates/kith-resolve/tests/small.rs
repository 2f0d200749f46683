//! Files of a few rows: what is plain to a reader must come out.

use kith_resolve::{Column, Kind, Linker, Model, Options, Records, explain, resolve, train};

const KINDS: [Kind; 8] = [
    Kind::GivenName,
    Kind::FamilyName,
    Kind::NameSuffix,
    Kind::Date,
    Kind::Email,
    Kind::Phone,
    Kind::Street,
    Kind::FormerName,
];

/// Rows whose values are parted by `|`, and a model that is trained on them.
fn trained(rows: &[&str]) -> (Linker, Model) {
    let value = |row: &&str, at: usize| {
        row.split('|').nth(at).map(str::trim).filter(|v| !v.is_empty()).map(str::to_string)
    };
    let columns = KINDS.iter().enumerate().map(|(at, kind)| {
        let values: Vec<Option<String>> = rows.iter().map(|row| value(row, at)).collect();
        Column::from_values(format!("{kind:?}"), *kind, values.iter().map(|v| v.as_deref()))
    });
    let records = Records { columns: columns.collect(), len: rows.len(), ..Records::default() };
    let linker = Linker::new(records, &Options::default()).expect("records are well formed");
    let model = train(&linker, &Options::default()).expect("there is something to compare");
    (linker, model)
}

/// Their clusters at .5.
fn clusters(rows: &[&str]) -> Vec<u32> {
    let (linker, model) = trained(rows);
    resolve(&linker, &model, &Options::default()).expect("the model fits").tree.clusters(0.5)
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

#[test]
fn a_maiden_name_in_one_source_speaks_for_the_married_name_in_another() {
    let family_name = |former: &str| {
        let married = format!("grace|hopper||1906-12-09|grace@example.org|||{former}");
        let rows = [
            "grace|murray||1906-12-09|grace@example.org||",
            &married,
            "grace|hall||1951-03-22||13125550150|",
            "ada|lovelace||1815-12-10||442075550111|",
            "ada|lovelace||1815-12-10|||",
            "alan|turing||1912-06-23||441615550112|",
            "alan|turing||1912-06-23||441615550112|",
            "edsger|dijkstra||1930-05-11||31205550113|",
        ];
        let (linker, model) = trained(&rows);
        let explained = explain(&linker, &model, 0, 1).expect("both are there");
        explained.fields.into_iter().find(|field| field.columns[0] == "FamilyName").expect("it is compared")
    };
    let (known, unknown) = (family_name("murray"), family_name("king"));
    assert_eq!((known.level.as_str(), unknown.level.as_str()), ("shared token", "different"));
    assert_eq!((known.columns[1].as_str(), known.right[1].as_deref()), ("FormerName", Some("murray")));
    assert!(known.weight_bits > unknown.weight_bits + 3.0, "{known:?} {unknown:?}");
}
