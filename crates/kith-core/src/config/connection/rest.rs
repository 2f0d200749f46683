//! An application that answers with JSON over HTTP: which of its resources are tables, and what it may be asked.

use super::super::Secret;

mod read;
mod write;

pub(super) use read::{auth, rest, server};

/// Keys that nothing but an application has.
pub(super) const KEYS: &[&str] = &["bearer", "username", "header", "key", "resource"];

/// The keys of a `[[connection.resource]]`: name, type, default, meaning.
pub const RESOURCE_KEYS: &[(&str, &str, &str, &str)] = &[
    ("table", "text", "required", "Its name in SQL."),
    ("path", "text", "required", "Where it is, behind the `url`: `contacts`."),
    (
        "rows",
        "text",
        "the answer itself",
        "Where the list of rows is in an answer, a JSON pointer: `/data/items`.",
    ),
    (
        "columns",
        "table",
        "required",
        "What its columns hold: `{ id = \"whole\", name = \"text\" }`. `text`, `whole`, `number` or `truth`; objects and lists come as \
         `text`, the JSON that stands there. What is not there is NULL.",
    ),
    (
        "filters",
        "table",
        "none",
        "Conditions that it can be asked, and by which parameter: `{ id = \"id\", \"changed >=\" = \"since\" }`, with `=`, `>=` or `<=`. It \
         must then give every row for which the condition holds; those that it gives too many are left out here.",
    ),
    (
        "paging",
        "text",
        "`none`",
        "How the next rows are asked for: `none`, `page`, `offset`, `cursor` or `link`.",
    ),
    (
        "param",
        "text",
        "`page`, `offset`, `cursor`",
        "The parameter with the number of the page, the offset or the cursor.",
    ),
    ("first", "number", "`1`; of offsets `0`", "The number of the first page, or the first offset."),
    (
        "next",
        "text",
        "required for `cursor`",
        "Where the next cursor is in an answer, a JSON pointer: `/meta/next`.",
    ),
    ("size", "number", "none: not asked for", "How many rows of a page are asked for."),
    ("size_param", "text", "`limit`", "The parameter with that number."),
];

/// An application.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// What all addresses begin with, without a slash at its end.
    pub url: String,
    /// How it is told who asks.
    pub auth: RestAuth,
    /// Whether the address may be unencrypted.
    pub allow_http: bool,
    /// Its tables.
    pub resources: Vec<Resource>,
}

/// How an application is told who asks. All secrets are references.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RestAuth {
    /// It is not.
    #[default]
    Nobody,
    /// A token.
    Bearer(Secret),
    /// A user and the password.
    Basic(String, Secret),
    /// A header and what stands in it.
    Header(String, Secret),
}

/// A table of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name in SQL.
    pub table: String,
    /// Behind the address of the application, without a slash before it.
    pub path: String,
    /// Where its rows are in an answer, a JSON pointer.
    pub rows: String,
    /// What its columns hold.
    pub columns: Vec<(String, JsonKind)>,
    /// What it can be asked.
    pub filters: Vec<RestFilter>,
    /// How the next rows are asked for.
    pub paging: Paging,
    /// How many rows of a page are asked for, and by which parameter.
    pub size: Option<(String, u64)>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// Texts, and the JSON of all else.
    Text,
    /// Whole numbers of 64 bits.
    Whole,
    /// Numbers.
    Number,
    /// Truth values.
    Truth,
}

/// Its kinds by their words.
const KINDS: &[(&str, JsonKind)] = &[
    ("text", JsonKind::Text),
    ("whole", JsonKind::Whole),
    ("number", JsonKind::Number),
    ("truth", JsonKind::Truth),
];

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestSign {
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
}

/// A condition that an application can be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RestFilter {
    /// The column.
    pub column: String,
    /// How it is compared.
    pub sign: RestSign,
    /// The parameter with the value.
    pub param: String,
}

/// How the next rows are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Paging {
    /// There are no more.
    None,
    /// By the number of a page; the first one's number.
    Page(String, u64),
    /// By how many rows were before; where the first ones are.
    Offset(String, u64),
    /// By what the answer says at a JSON pointer.
    Cursor(String, String),
    /// By the address in its header `Link`.
    Link,
}
