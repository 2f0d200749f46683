//! The demo's `kith.toml`, written as a person would write it, and the folder's README.

use super::postgres;

const HEAD: &str = r#"# Harbor & Pine, a small company that does not exist: invented people in seven sources.
# Change it and run `kith run` again. The truth lies in truth/; nothing here reads it.

[project]
name = "harbor-and-pine"
region = "US"        # phone numbers and addresses without a country are American
confidence = 0.95    # at which profile ids are issued

"#;

const CRM_CSV: &str = r#"# The customer relations system. American dates, some of them no days at all.
[[source]]
name = "crm"
kind = "csv"
path = "crm.csv"
encoding = "utf-8"   # a few lines were pasted from an older system and are not: they go to the rejects
"#;

const CRM_FIELDS: &str = r#"key = "customer_id"
updated_at = "modified"
rank = 1
[source.fields]
title = "name_title"
first_name = "given_name"
middle_name = "middle_name"
last_name = "family_name"
suffix = "name_suffix"
former_name = "former_name"
birth_date = "birth_date"
gender = "gender"
email = "email"
phone = "phone"
street = "street"
city = "city"
state = "region"
zip = "postcode"

"#;

const REST: &str = r#"# The loyalty programme. Its card number is also read by the tills.
[[source]]
name = "loyalty"
kind = "csv"
path = "loyalty.csv.gz"
key = "card_number"
updated_at = "updated"
rank = 2
[source.fields]
card_number = "customer_id"
member = "full_name"
birth_date = "birth_date"
email = "email"
phone = "phone"
postcode = "postcode"

# The web shop; customers type their own data.
[[source]]
name = "shop"
kind = "sqlite"
path = "shop.db"
table = "customers"
key = "id"
updated_at = "updated_at"
rank = 3
[source.fields]
email = "email"
name = "full_name"
phone = "phone"
street = "street"
city = "city"
postcode = "postcode"
created_at = "created_at"

# The stores' tills: one row a receipt, names in capitals.
[[source]]
name = "tills"
kind = "parquet"
path = "tills.parquet"
key = "receipt_id"
updated_at = "sold_at"
rank = 5
[source.fields]
loyalty_card = "customer_id"
customer_name = "full_name"
phone = "phone"
email = "email"
zip = "postcode"

# The help desk: nested JSON, reached by dotted paths.
[[source]]
name = "tickets"
kind = "ndjson"
path = "tickets.ndjson"
key = "id"
updated_at = "opened_at"
rank = 4
[source.fields]
"requester.name" = "full_name"
"requester.email" = "email"
"requester.phone" = "phone"
"requester.address.street" = "street"
"requester.address.city" = "city"
"requester.address.state" = "region"
"requester.address.postcode" = "postcode"

# The newsletter tool speaks German: semicolons, Latin-1, days before months.
[[source]]
name = "newsletter"
kind = "csv"
path = "newsletter.csv"
delimiter = ";"
encoding = "windows-1252"
key = "abo_nr"
updated_at = "angemeldet_am"
rank = 6
[source.fields]
email = "email"
anrede = "name_title"
vorname = "given_name"
nachname = "family_name"
plz = "postcode"
ort = "city"

# Bought data: known only by the SHA-256 of an e-mail address. Never trusted over what customers said themselves.
[[source]]
name = "demographics"
kind = "csv"
path = "demographics.csv"
key = "email_sha256"
rank = 9
third_party = { vendor = "Lantern Data (invented)", licence = "Demo only; may not be passed on", expires = "2035-12-31" }
[source.fields]
email_sha256 = "email_sha256"
occupation = "category"
"#;

const CRM_CSV_FLAWS: &str =
    "crm.csv | American dates, some impossible; ragged lines; lines in a wrong encoding; two keys used twice";

const README: &str = r#"# Harbor & Pine

A company that does not exist, made by `kith demo`: every person, street and shop is invented, every mail host ends in
`.example`, every telephone number has the exchange 555. The same seed makes the same files.

| source | file | what is hard about it |
|---|---|---|
| crm | {crm} |
| loyalty | loyalty.csv.gz | whole names in one cell; three rows imported twice |
| shop | shop.db | SQLite; nicknames, second accounts, no birth dates |
| tills | tills.parquet | names in capitals without accents, some `MILLER, JANE`; cards now and then |
| tickets | tickets.ndjson | nested; two lines cut off |
| newsletter | newsletter.csv | German, semicolons, Latin-1; addresses without names |
| demographics | demographics.csv | bought; only hashed e-mail addresses |

`kith.toml` says what each column means. `truth/truth.csv.gz` says whose record is whose; only the demo's report reads it.
"#;

/// What the folder holds, for whoever opens it.
pub fn readme(postgres: bool) -> String {
    let table = format!("table {} in PostgreSQL | American dates, some impossible", postgres::TABLE);
    README.replace("{crm}", if postgres { &table } else { CRM_CSV_FLAWS })
}

/// The configuration; with a PostgreSQL URL, the CRM is read from there. A URL with a password is not written down: it
/// is then taken from the environment, `PG_URL`. A password that came from the environment is referred to.
pub fn kith_toml(postgres_url: Option<&str>, password_in_environment: bool) -> String {
    let crm = postgres_url.map_or(CRM_CSV.to_string(), |url| crm_postgres(url, password_in_environment));
    [HEAD, &crm, CRM_FIELDS, REST].concat()
}

fn crm_postgres(url: &str, password_in_environment: bool) -> String {
    let safe = postgres::without_password(url);
    let password = match &safe {
        Some(_) if password_in_environment => format!("password = \"env:{}\"\n", postgres::PASSWORD_VARIABLE),
        _ => String::new(),
    };
    let url = serde_json::Value::String(safe.unwrap_or_else(|| "env:PG_URL".into()));
    format!(
        "# The customer relations system, in PostgreSQL. American dates, some of them no days at all.\n\
         [[source]]\nname = \"crm\"\nkind = \"postgres\"\nurl = {url}\n{password}table = \"{}\"\n",
        postgres::TABLE
    )
}
