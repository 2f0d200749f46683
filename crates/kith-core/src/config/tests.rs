use super::*;
use crate::config::{ConfigError, Secret, SourceKind, Unmapped};
use crate::field::{Part, Target};

const GOOD: &str = r#"
[project]
name = "acme"
region = "us"
confidence = 0.9

[[source]]
name = "crm"
kind = "csv"
path = "crm.csv.gz"
delimiter = ";"
encoding = "windows-1252"
key = ["shop", "customer"]
updated_at = "modified"
[source.fields]
first_name = "given_name"
"requester.email" = "email"
by = "birth_date.year"

[[source]]
name = "bought"
kind = "postgres"
url = "postgres://reader@db.example/people"
password = "env:PG_PASSWORD"
table = "public.people"
key = "id"
third_party = { vendor = "Acme Data", licence = "internal use", expires = "2027-01-01" }

[survivorship]
email = ["recency", "rank"]
"#;

fn fault(text: &str) -> ConfigError {
    parse(text, "kith.toml").expect_err("should be refused")
}

/// A fault of one source, and the text it points at.
fn source_fault(lines: &str) -> (ConfigError, String) {
    let text = format!("[project]\nname = \"a\"\n[[source]]\nname = \"crm\"\n{lines}\n");
    let fault = fault(&text);
    let pointed = text[fault.span.clone()].to_string();
    (fault, pointed)
}

#[test]
fn a_whole_file_is_read() {
    let config = parse(GOOD, "kith.toml").unwrap();
    assert_eq!(config.project.region.as_deref(), Some("US"));
    assert_eq!(config.project.tenant.as_str(), "default");
    let [crm, bought] = config.sources.as_slice() else { panic!("two sources") };
    assert_eq!((crm.kind, crm.delimiter, crm.rank), (SourceKind::Csv, Some(';'), 1));
    assert_eq!(crm.key, ["shop", "customer"]);
    let columns: Vec<_> = crm.fields.iter().map(|m| m.column.as_str()).collect();
    assert_eq!(columns, ["first_name", "requester.email", "by"], "in the order of the file");
    assert_eq!(crm.fields[2].target, Target { field: Field::BirthDate, part: Some(Part::Year) });
    assert_eq!(bought.password, Some(Secret::Env("PG_PASSWORD".into())));
    assert_eq!(bought.rank, 1002, "third parties rank behind");
    assert_eq!(config.policy().rules(Field::Email), [Rule::Recency, Rule::Rank]);
}

#[test]
fn what_is_written_reads_the_same() {
    let mut config = parse(GOOD, "kith.toml").unwrap();
    config.sources[0].fields[0].column = "a \"b\"\n=ü]".into();
    config.project.name = "it's \\ acme\u{7f}".into();
    let again = parse(&config.to_toml(), "again").unwrap_or_else(|e| panic!("{e}\n{}", config.to_toml()));
    assert_eq!(again, config);
    config.sources[0].unmapped.push(Unmapped { column: "x\ny = 1".into(), note: "free\ntext".into() });
    config.sources[0].fields[0].note = "why\nnot = 1".into();
    assert!(
        parse(&config.to_toml(), "again").is_ok(),
        "comments can not be escaped from:\n{}",
        config.to_toml()
    );
}

#[test]
fn an_unknown_key_is_pointed_at_with_the_likely_word() {
    let (fault, pointed) = source_fault("kind = \"csv\"\npaht = \"crm.csv\"");
    assert_eq!((fault.code, pointed.as_str()), ("K-CONFIG-KEY", "paht"));
    assert_eq!((fault.line, fault.column), (6, 1));
    assert_eq!(fault.help, "did you mean \"path\"?");
}

#[test]
fn a_key_that_the_kind_would_ignore_is_refused() {
    let (fault, pointed) = source_fault("kind = \"parquet\"\npath = \"a\"\ndelimiter = \";\"");
    assert_eq!((fault.code, pointed.as_str()), ("K-CONFIG-KEY", "delimiter"));
}

#[test]
fn an_unknown_field_is_pointed_at() {
    let (fault, pointed) = source_fault("kind = \"csv\"\npath = \"a\"\n[source.fields]\nfn = \"givenname\"");
    assert_eq!((fault.code, pointed.as_str()), ("K-CONFIG-FIELD", "\"givenname\""));
    assert_eq!((fault.line, fault.column), (8, 6));
    assert!(fault.help.contains("given_name"), "{}", fault.help);
    let (fault, _) = source_fault("kind = \"csv\"\npath = \"a\"\n[source.fields]\na = \"email.year\"");
    assert_eq!(fault.code, "K-CONFIG-FIELD", "an e-mail has no year");
}

#[test]
fn columns_count_characters_not_bytes() {
    let (fault, pointed) =
        source_fault("kind = \"csv\"\npath = \"a\"\n[source.fields]\n\"straße\" = \"stret\"");
    assert_eq!((fault.column, pointed.as_str()), (12, "\"stret\""));
}

#[test]
fn passwords_in_the_file_are_refused() {
    for line in [
        "url = \"postgres://me:hunter2@host/db\"",
        "url = \"postgres://me@host/db?password=hunter2\"",
        "url = \"postgres://me:a/b@host/db\"",
        "url = \"postgres://me@host/db\"\npassword = \"hunter2\"",
    ] {
        let (fault, pointed) = source_fault(&format!("kind = \"postgres\"\ntable = \"t\"\n{line}"));
        assert_eq!(fault.code, "K-CONFIG-SECRET", "{line}");
        assert!(fault.help.contains("env:") && fault.help.contains("file:"), "{}", fault.help);
        assert!(!fault.to_string().contains("hunter2"), "the fault does not repeat the password");
        assert!(pointed.starts_with('"'), "{pointed}");
    }
}

#[test]
fn two_sources_of_one_name_are_refused_at_the_second() {
    let one = "[[source]]\nname = \"crm\"\nkind = \"csv\"\npath = \"a.csv\"\n";
    let fault = fault(&format!("[project]\nname = \"a\"\n{one}{one}"));
    assert_eq!((fault.code, fault.line), ("K-CONFIG-DUPLICATE", 8));
}

#[test]
fn out_of_range_values_are_refused() {
    for (line, code) in [
        ("confidence = 95", "K-CONFIG-VALUE"),
        ("confidence = 1.0", "K-CONFIG-VALUE"),
        ("confidence = nan", "K-CONFIG-VALUE"),
        ("confidence = \"0.9\"", "K-CONFIG-TYPE"),
        ("region = \"Atlantis\"", "K-CONFIG-VALUE"),
        ("tenant = \"../x\"", "K-CONFIG-NAME"),
        ("name = \"b\"", "K-CONFIG-SYNTAX"),
    ] {
        assert_eq!(fault(&format!("[project]\nname = \"a\"\n{line}\n")).code, code, "{line}");
    }
    assert!(fault("[project]\nname = \"a\"\nconfidence = 95\n").help.contains("0.95"));
    assert_eq!(fault("").code, "K-CONFIG-MISSING");
    assert_eq!(fault("[project\n").code, "K-CONFIG-SYNTAX");
    assert_eq!(source_fault("kind = \"csv\"").0.code, "K-CONFIG-MISSING");
    assert_eq!(source_fault("kind = \"cvs\"").0.help, "did you mean \"csv\"?");
    assert_eq!(source_fault("kind = \"csv\"\npath = \"a\"\nrank = 0").0.code, "K-CONFIG-VALUE");
}
