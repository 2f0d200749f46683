//! What a database can be asked: a fixed form, with no text of a user in it. What it can not say is not asked.

use super::cells::Kind;

/// A value beside the text of a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Truth(bool),
    Whole(i64),
    Text(String),
    /// Digits, and how many of them stand behind the point.
    Decimal(i128, i8),
    /// Days since 1970.
    Day(i32),
    /// Microseconds since 1970, and whether they are of UTC.
    Moment(i64, bool),
}

/// Values that can be compared with each other, by every database as by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Truth,
    Whole,
    Text,
    Decimal,
    Day,
    Moment { utc: bool },
}

/// A column of a table of a database.
#[derive(Clone, Debug)]
pub(crate) struct RemoteColumn {
    /// Which table of a question has it; of a table that is alone the first.
    pub of: usize,
    pub name: String,
    pub kind: Kind,
    /// What it may be compared with there; `None` = it is only read.
    pub class: Option<Class>,
    /// True where the database is to give the text of the value, and the text is what is compared.
    pub as_text: bool,
    /// True where `=` of the database compares the bytes of texts.
    pub exact: bool,
    /// True where `=` of the database, with an index of it, finds all that we take for equal, and maybe more.
    pub near: bool,
    /// True where the database can be made to compare texts by the order of their bytes.
    pub ordered: bool,
    /// True where it can group and sort by them so, too.
    pub sorted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Distinct,
    NotDistinct,
}

impl Comparison {
    /// True for those that ask for an order.
    pub fn orders(self) -> bool {
        use Comparison::*;
        matches!(self, Less | LessOrEqual | More | MoreOrEqual)
    }

    /// The same with the sides exchanged.
    pub fn turned(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::More,
            Comparison::LessOrEqual => Comparison::MoreOrEqual,
            Comparison::More => Comparison::Less,
            Comparison::MoreOrEqual => Comparison::LessOrEqual,
            same => same,
        }
    }
}

/// A condition. None of these can fail on a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RemoteExpr {
    /// By its place in the table.
    Column(usize),
    Value(Value),
    Compare(Box<RemoteExpr>, Comparison, Box<RemoteExpr>),
    And(Vec<RemoteExpr>),
    Or(Vec<RemoteExpr>),
    Not(Box<RemoteExpr>),
    IsNull(Box<RemoteExpr>),
    Is(Box<RemoteExpr>, bool),
    In(Box<RemoteExpr>, Vec<Value>),
    /// A pattern without backslashes.
    Like(Box<RemoteExpr>, String),
}

impl RemoteExpr {
    /// The same over columns that stand so many places later.
    pub fn moved(self, by: usize) -> RemoteExpr {
        use RemoteExpr::*;
        let moved = |expr: Box<RemoteExpr>| Box::new(expr.moved(by));
        let all = |parts: Vec<RemoteExpr>| parts.into_iter().map(|part| part.moved(by)).collect();
        match self {
            Column(place) => Column(place + by),
            Value(value) => Value(value),
            Compare(left, sign, right) => Compare(moved(left), sign, moved(right)),
            And(parts) => And(all(parts)),
            Or(parts) => Or(all(parts)),
            Not(inner) => Not(moved(inner)),
            IsNull(inner) => IsNull(moved(inner)),
            Is(inner, truth) => Is(moved(inner), truth),
            In(inner, values) => In(moved(inner), values),
            Like(inner, pattern) => Like(moved(inner), pattern),
        }
    }
}

/// A column by which rows are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub column: usize,
    pub descending: bool,
    pub nulls_first: bool,
}

/// A question about a table, or about tables of which `filter` says how they are joined.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The schema and the name of each there.
    pub places: Vec<(String, String)>,
    /// Of all tables.
    pub columns: std::sync::Arc<Vec<RemoteColumn>>,
    /// None = only how many rows there are.
    pub select: Vec<Output>,
    /// All of them must hold.
    pub filter: Vec<RemoteExpr>,
    /// One row for each group of rows that have these columns in common; of all rows together, if there are none.
    pub group: Option<Vec<usize>>,
    /// Which rows are the first; only said with a limit.
    pub order: Vec<Order>,
    pub limit: Option<u64>,
}

impl Ask {
    /// What comes back: of which column, and what it holds.
    pub fn kinds(&self) -> Vec<(String, Kind)> {
        let of = |place: usize| self.columns.get(place).map(|column| (column.name.clone(), column.kind));
        let kind = |output: &Output| match output {
            Output::Column(place) | Output::Min(place) | Output::Max(place) => of(*place),
            Output::Count(_) => Some(("count".into(), Kind::Int64)),
            Output::Sum(place) => of(*place).map(|(name, _)| (name, Kind::Int64)),
        };
        self.select.iter().filter_map(kind).collect()
    }
}

/// What is to come back; columns by their place in the table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Output {
    Column(usize),
    /// Of values, or of rows.
    Count(Option<usize>),
    Min(usize),
    Max(usize),
    /// Of numbers so small that the sum fits.
    Sum(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Postgres,
    Sqlite,
    Mysql,
}

/// How a database is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub family: Family,
    /// A fault put in on purpose.
    #[cfg(test)]
    pub fault: Option<Fault>,
}

/// What a test breaks, to see that it would be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No fault: nothing but columns is asked for, for comparison.
    PushNothing,
    Collation,
    Exactness,
    Parentheses,
    Nulls,
    NullInList,
    Negation,
    Boundary,
    Columns,
    Limit,
    LastCondition,
    Order,
    NullsFirst,
}

impl Dialect {
    pub fn new(family: Family) -> Dialect {
        Dialect {
            family,
            #[cfg(test)]
            fault: None,
        }
    }

    #[cfg(test)]
    pub fn has(self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    #[cfg(not(test))]
    pub fn has(self, _: Fault) -> bool {
        false
    }

    /// LIKE as ours; that of SQLite takes a for A. MySQL compares bytes, of which `_` would be one.
    pub fn likes(self, pattern: &str) -> bool {
        match self.family {
            Family::Postgres => true,
            Family::Mysql => !pattern.contains('_'),
            Family::Sqlite => false,
        }
    }
}
