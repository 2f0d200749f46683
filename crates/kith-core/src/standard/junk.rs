//! Texts typed in place of a value, and values that many people share because somebody had to type something.

use crate::field::Field;

/// Typed in place of a value, lower case.
const MISSING: &[&str] = &[
    "n/a",
    "na",
    "n.a.",
    "n.a",
    "#n/a",
    "#na",
    "n\\a",
    "none",
    "null",
    "(null)",
    "<null>",
    "nil",
    "nan",
    "\\n",
    "unknown",
    "unk",
    "unkn",
    "undefined",
    "missing",
    "blank",
    "empty",
    "not available",
    "not provided",
    "not given",
    "not known",
    "not applicable",
    "not specified",
    "unspecified",
    "not supplied",
    "not stated",
    "not disclosed",
    "declined",
    "declined to answer",
    "declined to state",
    "refused",
    "prefer not to say",
    "prefer not to answer",
    "no answer",
    "no response",
    "no data",
    "no value",
    "none given",
    "tbd",
    "tba",
    "tbc",
    "<na>",
    "(none)",
    "(blank)",
    "(unknown)",
    "[none]",
    "no email",
    "no phone",
    "no name",
    "no address",
    "no fixed address",
    "nfa",
    "xx",
    "xxx",
    "xxxx",
    "keine",
    "keine angabe",
    "keine angaben",
    "k.a.",
    "k. a.",
    "unbekannt",
    "inconnu",
    "inconnue",
    "non renseigné",
    "desconocido",
    "desconocida",
    "sin datos",
    "sconosciuto",
    "anonymous",
    "anonymised",
    "redacted",
];

/// True where the text stands for "there is no value".
pub(super) fn missing(field: Field, text: &str) -> bool {
    // Nearly every value is longer than the longest entry or begins with something else: look no further.
    if text.len() > 20 {
        return false;
    }
    if !text.chars().any(char::is_alphanumeric) {
        return true;
    }
    let short = text.len() <= 4;
    match field {
        // Jennifer Null and Mr Na exist; a program writes NULL, null, NA. Namibia is NA.
        Field::GivenName | Field::FamilyName | Field::FormerName | Field::FullName
            if short && matches!(text, "Null" | "Na" | "Nan" | "Nil") =>
        {
            return false;
        }
        Field::Country if text == "NA" => return false,
        Field::RecordKey | Field::Source if short => {
            return matches!(text, "NULL" | "null" | "NaN" | "None");
        }
        _ => {}
    }
    if text.is_ascii() {
        MISSING.iter().any(|word| word.eq_ignore_ascii_case(text))
    } else {
        let text = text.to_lowercase();
        MISSING.contains(&text.as_str())
    }
}

/// True where the normal form is no more than a filler.
pub(super) fn junk(field: Field, value: &str) -> bool {
    match field {
        Field::Email => email(value),
        Field::Phone => phone(value),
        Field::BirthDate => BIRTH_DATES.contains(&value),
        Field::GivenName | Field::FamilyName | Field::FormerName => {
            NAMES.contains(&value) || one_letter_repeated(value)
        }
        Field::FullName => {
            FULL_NAMES.contains(&value) || NAMES.contains(&value) || one_letter_repeated(value)
        }
        Field::Postcode => matches!(value, "00000" | "99999" | "12345" | "11111" | "0000" | "9999"),
        Field::NationalId | Field::CustomerId => {
            value.len() >= 4 && (repeated(value) || sequential(value) || value == "078051120")
        }
        Field::Street | Field::FullAddress => {
            matches!(value, "test" | "same" | "same as above" | "general delivery")
        }
        _ => false,
    }
}

/// Defaults of forms, spreadsheets and databases: 1899-12-30 is day zero of Excel, 1753-01-01 of SQL Server.
const BIRTH_DATES: &[&str] = &[
    "1900-01-01",
    "1900-01-00",
    "1901-01-01",
    "1899-12-30",
    "1899-12-31",
    "1970-01-01",
    "1753-01-01",
    "1111-11-11",
    "0001-01-01",
    "1000-01-01",
    "9999-12-31",
    "9999-01-01",
    "2099-12-31",
    "1800-01-01",
];

const NAMES: &[&str] = &[
    "test",
    "testing",
    "asdf",
    "asd",
    "qwerty",
    "customer",
    "walkin",
    "walk in",
    "firstname",
    "lastname",
    "first name",
    "last name",
    "fname",
    "lname",
    "foobar",
    "dummy",
    "fake",
    "noname",
    "deceased",
    "valued customer",
    "cash customer",
    "unknown unknown",
    "tbd",
];

const FULL_NAMES: &[&str] = &[
    "test test",
    "test user",
    "test customer",
    "test account",
    "guest user",
    "guest",
    "guest customer",
    "john doe",
    "jane doe",
    "walk in customer",
    "walkin customer",
    "cash sale",
    "cash",
    "counter sale",
    "first last",
    "firstname lastname",
    "first name last name",
    "foo bar",
    "asdf asdf",
    "no name",
    "na na",
    "admin",
];

fn one_letter_repeated(value: &str) -> bool {
    value.len() >= 3 && repeated(value)
}

fn email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else { return false };
    let name = domain.split('.').next().unwrap_or_default();
    const LOCALS: &[&str] = &[
        "noemail",
        "no-email",
        "no_email",
        "no.email",
        "nomail",
        "donotemail",
        "noreply",
        "no-reply",
        "no_reply",
        "donotreply",
        "do-not-reply",
        "notprovided",
        "noaddress",
        "nobody",
        "test",
        "testing",
        "fake",
        "asdf",
        "unknown",
        "none",
        "null",
        "declined",
        "refused",
        "dummy",
        "notavailable",
    ];
    const DOMAINS: &[&str] =
        &["noemail", "nomail", "no-email", "none", "unknown", "fake", "asdf", "notprovided"];
    LOCALS.contains(&local)
        || DOMAINS.contains(&name)
        || (local == name && local.len() <= 4)
        || (matches!(name, "email" | "mail" | "test" | "domain")
            && matches!(local, "no" | "a" | "na" | "x" | "email" | "me"))
}

fn phone(value: &str) -> bool {
    let digits = value.strip_prefix("+1").filter(|d| d.len() == 10).unwrap_or(value.trim_start_matches('+'));
    let line = digits.get(digits.len().saturating_sub(7)..).unwrap_or_default();
    repeated(digits) || sequential(digits) || line == "5551212" || (digits.len() == 10 && repeated(line))
}

fn repeated(value: &str) -> bool {
    let mut chars = value.chars();
    chars.next().is_some_and(|first| chars.all(|c| c == first))
}

/// 1234567890, 0123456789, 9876543210.
fn sequential(value: &str) -> bool {
    let step = |up: u8| {
        value.bytes().all(|b| b.is_ascii_digit())
            && value.as_bytes().windows(2).all(|w| (w[0] - b'0' + up) % 10 == w[1] - b'0')
    };
    value.len() >= 6 && (step(1) || step(9))
}
