use super::*;
use crate::field::{FieldValue, Part};

fn in_region(region: &str) -> Context {
    Context { region: Some(region.into()), day_first: None }
}

#[track_caller]
fn same(field: Field, ctx: &Context, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(normalise(field, text, ctx), Outcome::Value((*expected).into()), "{field:?} {text:?}");
    }
}

fn outcomes(field: Field, ctx: &Context, texts: &[&str]) -> Vec<&'static str> {
    let word = |outcome| match outcome {
        Outcome::Value(_) => "value",
        Outcome::Missing => "missing",
        Outcome::Junk(_) => "junk",
        Outcome::Invalid { .. } => "invalid",
    };
    texts.iter().map(|t| word(normalise(field, t, ctx))).collect()
}

#[track_caller]
fn all(expected: &str, field: Field, ctx: &Context, texts: &[&str]) {
    for (text, outcome) in texts.iter().zip(outcomes(field, ctx, texts)) {
        assert_eq!(outcome, expected, "{field:?} {text:?}");
    }
}

#[test]
fn names_fold_case_accents_and_punctuation() {
    let ctx = Context::default();
    same(
        Field::GivenName,
        &ctx,
        &[
            ("  ADA ", "ada"),
            ("Dr. Jürgen", "jurgen"),
            ("Mary-Jane", "mary jane"),
            ("Søren", "soren"),
            ("Łukasz", "lukasz"),
            ("İbrahim", "ibrahim"),
            ("Владимир", "владимир"),
            ("가나", "가나"),
            ("Dr", "dr"),
        ],
    );
    same(
        Field::FamilyName,
        &ctx,
        &[
            ("O'Brien", "obrien"),
            ("O’Brien", "obrien"),
            ("Groß", "gross"),
            ("Smith Jr.", "smith"),
            ("Null", "null"),
            ("Na", "na"),
            ("St. John", "st john"),
            ("test-bauer", "test bauer"),
        ],
    );
    same(
        Field::FullName,
        &ctx,
        &[
            ("Lovelace, Ada King", "ada king lovelace"),
            ("Mr. John Smith, Jr.", "john smith jr"),
            ("Smith, Jr., John", "john smith jr"),
            ("henry thomas dawson", "henry thomas dawson"),
        ],
    );
    all("missing", Field::FamilyName, &ctx, &["", " - ", "NULL", "null", "N/A", "unknown", "None", "?"]);
    all("junk", Field::GivenName, &ctx, &["Test", "xxxxx", "asdf"]);
    all("invalid", Field::GivenName, &ctx, &["12345"]);
}

#[test]
fn whole_names_split() {
    let split = |text: &str| {
        let p = split_full_name(text);
        [p.title, p.given, p.middle, p.family, p.suffix].map(Option::unwrap_or_default).join("|")
    };
    assert_eq!(split("Dr. Ada King Lovelace"), "dr|ada|king|lovelace|");
    assert_eq!(split("Lovelace, Ada"), "|ada||lovelace|");
    assert_eq!(split("van der Berg, Jan P."), "|jan|p|van der berg|");
    assert_eq!(split("Jan van der Berg"), "|jan||van der berg|");
    assert_eq!(split("John Q. Public III"), "|john|q|public|iii");
    assert_eq!(split("Smith Jr., John"), "|john||smith|jr");
    assert_eq!(split("John Smith, MD"), "|john||smith|");
    assert_eq!(split("Madonna"), "|madonna|||");
    assert_eq!(split(""), "||||");
    assert_eq!(split("Jr."), "|jr|||");
}

#[test]
fn dates_in_many_spellings_are_one_day() {
    let ctx = Context::default();
    for text in [
        "1975-09-13",
        "1975-9-13",
        "13/09/1975",
        "9/13/75",
        "19750913",
        "13091975",
        "09131975",
        "13-Sep-1975",
        "13.9.1975",
        "Sept 13, 1975",
        "13. September 1975",
        "13 de septiembre de 1975",
        "13 septembre 1975",
        "1975-09-13T00:00:00Z",
        "1975-09-13 23:59:59+02:00",
        "1975/09/13",
        "Saturday, 13 September 1975",
        "13th Sep 75",
        "179798400000.0",
        "179798400000",
        "179798400",
    ] {
        assert_eq!(normalise(Field::BirthDate, text, &ctx), Outcome::Value("1975-09-13".into()), "{text}");
    }
    same(
        Field::BirthDate,
        &ctx,
        &[
            ("03/04/1975", "1975-03-04"),
            ("03.04.1975", "1975-04-03"),
            ("3 Mai 2001", "2001-05-03"),
            ("1. März 99", "1999-03-01"),
            ("1975", "1975"),
            ("1975-09", "1975-09"),
            ("1842-01-01", "1842-01-01"),
            ("2000-02-29", "2000-02-29"),
        ],
    );
    same(Field::BirthDate, &in_region("GB"), &[("03/04/1975", "1975-04-03")]);
    let day_first = Context { region: Some("US".into()), day_first: Some(true) };
    same(Field::BirthDate, &day_first, &[("03/04/1975", "1975-04-03"), ("03041975", "1975-04-03")]);
    all(
        "invalid",
        Field::BirthDate,
        &ctx,
        &[
            "2026-02-30",
            "1975-13-01",
            "30/02/1975",
            "soon",
            "1900-02-29",
            "99999999",
            "12",
            "1/2/3/4x",
            "0000-00-00",
        ],
    );
    all("junk", Field::BirthDate, &ctx, &["1900-01-01", "01/01/1900", "9999-12-31"]);
}

#[test]
fn what_can_not_be_true_can_still_be_compared() {
    let ctx = Context::default();
    let compared = |field, text| comparable(field, text, &ctx);
    assert_eq!(compared(Field::BirthDate, "18620455").as_deref(), Some("1862-04-55"));
    assert_eq!(compared(Field::BirthDate, "1862-04-05").as_deref(), Some("1862-04-05"));
    assert_eq!(compared(Field::BirthDate, "1900-01-01"), None);
    assert_eq!(compared(Field::BirthDate, "soon"), None);
    assert_eq!(compared(Field::Email, "Ada@X").as_deref(), Some("ada@x"));
}

#[test]
fn the_order_of_day_and_month_is_decided_by_column() {
    let order = |texts: &[&str]| day_first(texts.iter().copied());
    assert_eq!(order(&["03/04/1975", "13/04/1975"]), Some(true));
    assert_eq!(order(&["03/04/1975", "04/13/1975"]), Some(false));
    assert_eq!(order(&["03/04/1975", "1975-04-13"]), None);
    assert_eq!(order(&["13/04/1975", "04/13/1975"]), None);
}

#[test]
fn instants_keep_their_offset() {
    let ctx = Context::default();
    same(
        Field::UpdatedAt,
        &ctx,
        &[
            ("2024-05-06T07:08:09", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09.250+02:00", "2024-05-06T05:08:09.25Z"),
            ("2024-05-06 07:08:09 -0500", "2024-05-06T12:08:09Z"),
            ("05/06/2024 7:08 PM", "2024-05-06T19:08:00Z"),
            ("2024-05-06", "2024-05-06T00:00:00Z"),
            ("1714979289", "2024-05-06T07:08:09Z"),
        ],
    );
    assert_eq!(timestamp_ms("1970-01-01T00:00:01Z", &ctx), Some(1000));
    assert_eq!(timestamp_ms("never", &ctx), None);
}

#[test]
fn emails() {
    let ctx = Context::default();
    same(
        Field::Email,
        &ctx,
        &[
            (" Ada@Example.ORG ", "ada@example.org"),
            ("ada+shop@googlemail.com", "ada+shop@gmail.com"),
            ("Ada L <ada@x.org>", "ada@x.org"),
            ("mailto:ada@x.org", "ada@x.org"),
            ("ada@x.org; ada@y.org", "ada@x.org"),
            ("o'neil@x.co.uk", "o'neil@x.co.uk"),
            ("gabriel.t54@nichols.info", "gabriel.t54@nichols.info"),
        ],
    );
    all("invalid", Field::Email, &ctx, &["ada", "ada@", "@x.org", "a b@c", "a@b", "a..b@c.org", "a@@b.org"]);
    all(
        "junk",
        Field::Email,
        &ctx,
        &["noemail@noemail.com", "TEST@test.com", "none@none.com", "no@email.com"],
    );
    let hash = email_sha256(" Ada@x.org");
    assert_eq!(hash, email_sha256("ada@X.ORG"));
    same(Field::EmailSha256, &ctx, &[(&hash.to_uppercase(), &hash)]);
    all("invalid", Field::EmailSha256, &ctx, &["abc"]);
    all("junk", Field::EmailSha256, &ctx, &[&email_sha256("")]);
}

#[test]
fn phones() {
    same(
        Field::Phone,
        &in_region("US"),
        &[
            ("(334) 255-9831", "+13342559831"),
            ("1-334-255-9831", "+13342559831"),
            ("+1 334 255 9831", "+13342559831"),
            ("3342559831.0", "+13342559831"),
            ("334.255.9831 ext. 12", "+13342559831"),
            ("415/776-5577", "+14157765577"),
            ("334-255-9831 / 334-255-9832", "+13342559831"),
            ("555-010-0199", "+15550100199"),
            ("+44 20 7946 0018", "+442079460018"),
            ("011 44 20 7946 0018", "+442079460018"),
            ("2559831", "2559831"),
            ("0342559831", "0342559831"),
            ("1-800-FLOWERS", "+18003569377"),
        ],
    );
    same(
        Field::Phone,
        &in_region("GB"),
        &[("020 7946 0018", "+442079460018"), ("+44 (0)20 7946 0018", "+442079460018")],
    );
    same(
        Field::Phone,
        &in_region("DE"),
        &[
            ("0049 30 901820", "+4930901820"),
            ("０３０ ９０１８２０", "+4930901820"),
            ("2010!000", "+492010000"),
        ],
    );
    same(
        Field::Phone,
        &Context::default(),
        &[("334-255-9831", "3342559831"), ("+49 30 901820", "+4930901820")],
    );
    all(
        "junk",
        Field::Phone,
        &in_region("US"),
        &[
            "0000000000",
            "1234567890",
            "555-5555",
            "999 999 9999",
            "(800) 555-1212",
            "2345678901",
            "+1 (555) 555-5555",
        ],
    );
    all(
        "invalid",
        Field::Phone,
        &in_region("US"),
        &["123", "call me", "3.34256E+09", "12345678901234567890"],
    );
    all("missing", Field::Phone, &in_region("US"), &["n/a", "---"]);
}

#[test]
fn addresses() {
    let ctx = Context::default();
    same(
        Field::Street,
        &ctx,
        &[
            ("158 Walnut Lane", "158 walnut ln"),
            ("5541 Summit St. Unit 106", "5541 summit st unit 106"),
            ("5541 Summit Street, Apt #106", "5541 summit st unit 106"),
            ("#106, 5541 Summit Street", "5541 summit st unit 106"),
            ("4/12 Main Street", "12 main st unit 4"),
            ("12 1/2 Main Street", "12 1 2 main st"),
            ("Hauptstraße 5a", "hauptstr 5a"),
            ("Hauptstr. 5a", "hauptstr 5a"),
            ("P.O. Box 12", "po box 12"),
            ("No. 5 The Avenue", "5 the ave"),
            ("82 e. 3rd st.", "82 e 3rd st"),
            ("82 East Third Street", "82 e 3rd st"),
        ],
    );
    same(Field::Region, &in_region("US"), &[("california", "CA"), ("ca", "CA"), ("Calif", "calif")]);
    same(Field::Region, &in_region("AU"), &[("New South Wales", "NSW"), ("nsw", "NSW")]);
    same(
        Field::Country,
        &ctx,
        &[
            ("usa", "US"),
            ("Deutschland", "DE"),
            ("UK", "GB"),
            ("NA", "NA"),
            ("Côte d'Ivoire", "cote divoire"),
        ],
    );
    same(
        Field::Postcode,
        &in_region("US"),
        &[("2138", "02138"), ("02138-1234", "02138"), ("021381234", "02138")],
    );
    same(Field::Postcode, &in_region("GB"), &[("ox163jj", "OX16 3JJ"), ("k1a 0b1", "K1A 0B1")]);
    same(Field::Postcode, &in_region("AU"), &[("3204", "3204")]);
    same(Field::City, &ctx, &[("Saint Paul", "st paul"), ("São Paulo", "sao paulo"), ("München", "munchen")]);
    same(
        Field::Company,
        &ctx,
        &[
            ("The Acme Co., Ltd.", "acme"),
            ("Müller & Söhne GmbH", "muller and sohne"),
            ("Company", "company"),
        ],
    );
}

#[test]
fn whole_addresses_split() {
    let split = |text: &str| {
        let p = split_full_address(text, Some("US"));
        [p.street, p.city, p.region, p.postcode, p.country].map(Option::unwrap_or_default).join("|")
    };
    assert_eq!(split("158 Walnut Ln, Clayton, MN 68679"), "158 Walnut Ln|Clayton|MN|68679|");
    assert_eq!(
        split("158 Walnut Ln\nApt 4\nClayton MN 68679-1234\nUSA"),
        "158 Walnut Ln, Apt 4|Clayton|MN|68679-1234|USA"
    );
    assert_eq!(split("158 Walnut Ln Clayton MN 68679"), "158 Walnut Ln|Clayton|MN|68679|");
    assert_eq!(split("158 Walnut Ln Apt 4 Clayton"), "158 Walnut Ln Apt 4|Clayton|||");
    assert_eq!(split("Hauptstr. 5, 10115 Berlin, Germany"), "Hauptstr. 5|Berlin||10115|Germany");
    assert_eq!(split("10 High Street, Banbury, OX16 3JJ, UK"), "10 High Street|Banbury||OX16 3JJ|UK");
    assert_eq!(split("somewhere"), "somewhere||||");
}

#[test]
fn short_values() {
    let ctx = Context::default();
    same(
        Field::Gender,
        &ctx,
        &[("Female", "f"), ("M", "m"), ("weiblich", "f"), ("non-binary", "x"), ("2", "f")],
    );
    all("missing", Field::Gender, &ctx, &["U", "unknown", "prefer not to say", "0"]);
    all("invalid", Field::Gender, &ctx, &["cat"]);
    same(
        Field::Number,
        &ctx,
        &[
            ("1,234.50", "1234.5"),
            ("1.234,50", "1234.5"),
            ("12,5", "12.5"),
            ("1,234", "1234"),
            ("$ -5", "-5"),
            ("-0.0", "0"),
            ("325.84", "325.84"),
            ("1e3", "1000"),
            ("007", "7"),
        ],
    );
    all("invalid", Field::Number, &ctx, &["abc", "a1b2c3d4"]);
    same(Field::NationalId, &ctx, &[("078-05-1121", "078051121"), ("8389865", "8389865")]);
    all("junk", Field::NationalId, &ctx, &["123-45-6789", "000-00-0000"]);
    same(Field::CustomerId, &ctx, &[("ab-12 34", "AB1234"), ("1234.0", "1234")]);
    same(Field::RecordKey, &ctx, &[(" aB-1 ", "aB-1")]);
    same(Field::NameSuffix, &ctx, &[("Jr.", "jr"), ("3rd", "iii")]);
}

#[test]
fn pieces_are_joined() {
    let date = |y, m, d| join(&[(Part::Day, d), (Part::Month, m), (Part::Year, y)]);
    assert_eq!(date("1972", "6", "5").as_deref(), Some("1972-06-05"));
    assert_eq!(date("72", "Juni", "5").as_deref(), Some("1972-06-05"));
    assert_eq!(date("1972", "", "5").as_deref(), Some("1972"));
    assert_eq!(date("", "6", "5"), None);
    assert_eq!(date("1972", "2", "30").as_deref(), Some("1972-2-30"), "left to normalise to refuse");
    let street = [(Part::First, "Main St"), (Part::HouseNumber, "12"), (Part::Second, "n/a")];
    assert_eq!(join(&street).as_deref(), Some("12 Main St"));
}

#[test]
fn what_follows_from_a_value_is_added_once() {
    let value = |field, normal: &str, original: &str| FieldValue {
        field,
        normal: normal.into(),
        original: original.into(),
        column: "c".into(),
    };
    let given = value(Field::GivenName, "ada", "Ada");
    let full = value(Field::FullName, "ada king lovelace sr", "Lovelace, Ada King, Sr");
    let all = expand(&[given.clone(), full], &Context::default());
    let found: Vec<_> = all.iter().map(|v| (v.field, v.normal.as_str())).collect();
    assert_eq!(
        &found[2..],
        [(Field::MiddleName, "king"), (Field::FamilyName, "lovelace"), (Field::NameSuffix, "sr")]
    );
    assert_eq!(all[0], given);
    let address = value(Field::FullAddress, "", "158 Walnut Lane, Clayton, Minnesota 68679");
    let all = expand(&[address], &in_region("US"));
    let found: Vec<_> = all.iter().skip(1).map(|v| v.normal.as_str()).collect();
    assert_eq!(found, ["158 walnut ln", "clayton", "MN", "68679"]);
}
