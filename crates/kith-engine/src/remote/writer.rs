//! An [`Ask`] in the words of a database. Pure. Every operator stands in parentheses, every name is quoted, every alias is ours,
//! and values stand beside the text.

use super::ask::{Ask, Comparison, Dialect, Family, Fault, Order, Output, RemoteColumn, RemoteExpr, Value};
use super::cells::Kind;

/// A question, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SqlText {
    pub sql: String,
    /// In the order of their numbers.
    pub binds: Vec<Value>,
}

/// The text.
pub(crate) fn write(ask: &Ask, dialect: Dialect) -> SqlText {
    let mut writer = Writer { columns: &ask.columns, dialect, text: SqlText::default() };
    let mut select: Vec<Output> = ask.select.clone();
    if dialect.has(Fault::Columns) && select.len() > 1 {
        select.swap(0, 1);
    }
    let grouped = ask.group.is_some();
    let mut selected: Vec<String> = select
        .iter()
        .enumerate()
        .map(|(i, output)| format!("{} AS c{i}", writer.output(output, grouped)))
        .collect();
    if selected.is_empty() {
        // Of all rows together there is one row, whatever is wanted of it.
        let one = if ask.group.as_ref().is_some_and(Vec::is_empty) { "count(*)" } else { "1" };
        selected.push(format!("{one} AS c0"));
    }
    let table = |(i, (schema, table)): (usize, &(String, String))| {
        format!("{}.{} AS t{i}", quoted(schema, dialect.family), quoted(table, dialect.family))
    };
    let from: Vec<String> = ask.places.iter().enumerate().map(table).collect();
    let mut sql = format!("SELECT {} FROM {}", selected.join(", "), from.join(", "));
    let mut filter = ask.filter.as_slice();
    if dialect.has(Fault::LastCondition) {
        filter = filter.split_last().map_or(filter, |(_, rest)| rest);
    }
    if !filter.is_empty() {
        let all: Vec<String> = filter.iter().map(|condition| writer.condition(condition)).collect();
        sql.push_str(&format!(" WHERE {}", all.join(" AND ")));
    }
    if let Some(by) = ask.group.as_ref().filter(|by| !by.is_empty()) {
        let by: Vec<String> = by.iter().map(|place| writer.ordered(*place)).collect();
        sql.push_str(&format!(" GROUP BY {}", by.join(", ")));
    }
    if !ask.order.is_empty() && !dialect.has(Fault::Order) {
        let by: Vec<String> = ask.order.iter().map(|order| writer.by(*order)).collect();
        sql.push_str(&format!(" ORDER BY {}", by.join(", ")));
    }
    if let Some(limit) = ask.limit {
        let limit = if dialect.has(Fault::Limit) { limit.saturating_sub(1) } else { limit };
        sql.push_str(&format!(" LIMIT {limit}"));
    }
    SqlText { sql, binds: writer.text.binds }
}

struct Writer<'a> {
    columns: &'a [RemoteColumn],
    dialect: Dialect,
    text: SqlText,
}

impl Writer<'_> {
    fn column(&self, place: usize) -> Option<&RemoteColumn> {
        self.columns.get(place)
    }

    fn quoted(&self, name: &str) -> String {
        quoted(name, self.dialect.family)
    }

    /// A column as it is compared.
    fn named(&self, place: usize) -> String {
        match self.column(place) {
            Some(column) if column.as_text => format!("(t{}.{})::text", column.of, self.quoted(&column.name)),
            Some(column) => format!("t{}.{}", column.of, self.quoted(&column.name)),
            // A place that is not there: the database refuses it, rather than reading another column.
            None => format!("t0.{}", self.quoted("")),
        }
    }

    /// What comes back, in a form that is read.
    fn output(&mut self, output: &Output, grouped: bool) -> String {
        let (place, text) = match output {
            Output::Column(place) if grouped => (*place, self.ordered(*place)),
            Output::Column(place) => (*place, self.named(*place)),
            Output::Min(place) => (*place, format!("min({})", self.ordered(*place))),
            Output::Max(place) => (*place, format!("max({})", self.ordered(*place))),
            Output::Count(None) => return "count(*)".into(),
            Output::Count(Some(place)) => return format!("count({})", self.named(*place)),
            Output::Sum(place) => return format!("sum({})", self.named(*place)),
        };
        let numeric = self.column(place).is_some_and(|c| matches!(c.kind, Kind::Decimal(..)));
        match self.dialect.family {
            Family::Postgres if numeric => format!("({text})::text"),
            _ => text,
        }
    }

    /// A column as it is grouped and ordered: texts by their bytes.
    fn ordered(&mut self, place: usize) -> String {
        self.text_operand(&RemoteExpr::Column(place), true)
    }

    /// NULL stands where it is said, whatever the database's custom is.
    fn by(&mut self, order: Order) -> String {
        let first = order.nulls_first != self.dialect.has(Fault::NullsFirst);
        let (column, way) = (self.ordered(order.column), if order.descending { "DESC" } else { "ASC" });
        if self.dialect.family != Family::Mysql {
            return format!("{column} {way} NULLS {}", if first { "FIRST" } else { "LAST" });
        }
        // For MySQL it is less than everything.
        match first == order.descending {
            true => {
                let null = format!("({} <=> NULL)", self.named(order.column));
                format!("{null} {}, {column} {way}", if first { "DESC" } else { "ASC" })
            }
            false => format!("{column} {way}"),
        }
    }

    fn in_parentheses(&self, text: String) -> String {
        if self.dialect.has(Fault::Parentheses) { text } else { format!("({text})") }
    }

    fn condition(&mut self, expr: &RemoteExpr) -> String {
        let text = match expr {
            RemoteExpr::Column(place) => return self.named(*place),
            RemoteExpr::Value(value) => return self.value(value),
            RemoteExpr::And(parts) => return self.joined(parts, " AND "),
            RemoteExpr::Or(parts) => return self.joined(parts, " OR "),
            RemoteExpr::Not(inner) if self.dialect.has(Fault::Negation) => return self.condition(inner),
            RemoteExpr::Not(inner) => format!("NOT {}", self.condition(inner)),
            RemoteExpr::IsNull(inner) => {
                // `IS NULL` of MySQL is true of 0000-00-00, too.
                let sign = if self.dialect.family == Family::Mysql { "<=> NULL" } else { "IS NULL" };
                format!("{} {sign}", self.condition(inner))
            }
            RemoteExpr::Is(inner, truth) => {
                let word = if *truth { "TRUE" } else { "FALSE" };
                format!("{} IS {word}", self.condition(inner))
            }
            RemoteExpr::Compare(left, comparison, right) => self.compare(left, *comparison, right),
            RemoteExpr::In(column, values) => {
                let exactly = self.text_operand(column, false);
                match self.near(column) {
                    Some(near) => {
                        format!("{} AND {}", self.within(&near, values), self.within(&exactly, values))
                    }
                    None => self.within(&exactly, values),
                }
            }
            RemoteExpr::Like(column, pattern) => {
                let column = self.text_operand(column, false);
                let pattern = self.value(&Value::Text(pattern.clone()));
                format!("{column} LIKE {pattern}")
            }
        };
        self.in_parentheses(text)
    }

    fn joined(&mut self, parts: &[RemoteExpr], word: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.condition(part)).collect();
        self.in_parentheses(parts.join(word))
    }

    fn within(&mut self, column: &str, values: &[Value]) -> String {
        let dropped = self.dialect.has(Fault::NullInList);
        let values = values.iter().filter(|v| !(dropped && **v == Value::Null));
        let values: Vec<String> = values.map(|value| self.value(value)).collect();
        format!("{column} IN ({})", values.join(", "))
    }

    fn compare(&mut self, left: &RemoteExpr, comparison: Comparison, right: &RemoteExpr) -> String {
        let sign = match (comparison, self.dialect.family) {
            (Comparison::Equal, _) => "=",
            (Comparison::Unequal, _) => "<>",
            (Comparison::Less, _) => "<",
            (Comparison::LessOrEqual, _) if self.dialect.has(Fault::Boundary) => "<",
            (Comparison::LessOrEqual, _) => "<=",
            (Comparison::More, _) => ">",
            (Comparison::MoreOrEqual, _) => ">=",
            (Comparison::Distinct, _) if self.dialect.has(Fault::Nulls) => "<>",
            (Comparison::NotDistinct, _) if self.dialect.has(Fault::Nulls) => "=",
            (Comparison::Distinct, Family::Postgres) => "IS DISTINCT FROM",
            (Comparison::NotDistinct, Family::Postgres) => "IS NOT DISTINCT FROM",
            (Comparison::Distinct, Family::Sqlite) => "IS NOT",
            (Comparison::NotDistinct, Family::Sqlite) => "IS",
            (Comparison::NotDistinct, Family::Mysql) => "<=>",
            (Comparison::Distinct, Family::Mysql) => {
                let same = self.compare(left, Comparison::NotDistinct, right);
                return format!("NOT ({same})");
            }
        };
        let orders = comparison.orders();
        let same = matches!(comparison, Comparison::Equal | Comparison::NotDistinct);
        if let (Some(near), true, RemoteExpr::Value(value)) = (self.near(left), same, right) {
            let near = format!("{near} {sign} {}", self.value(value));
            return format!("{near} AND {} {sign} {}", self.text_operand(left, false), self.value(value));
        }
        // Said of one side it holds for both; said of both it is the same, and neither can be forgotten.
        format!("{} {sign} {}", self.text_operand(left, orders), self.text_operand(right, orders))
    }

    /// An operand; texts compare by their bytes, as ours do, whatever the column says.
    fn text_operand(&mut self, expr: &RemoteExpr, orders: bool) -> String {
        let text = self.condition(expr);
        let RemoteExpr::Column(place) = expr else { return text };
        let Some(column) = self.column(*place).filter(|c| c.kind == Kind::Text) else { return text };
        let fault = if orders { Fault::Collation } else { Fault::Exactness };
        if (column.exact && !orders) || self.dialect.has(fault) {
            return text;
        }
        match self.dialect.family {
            Family::Postgres => format!("({text} COLLATE \"C\")"),
            Family::Sqlite => format!("({text} COLLATE BINARY)"),
            // Of any collation, and without padding.
            Family::Mysql => format!("CAST(CONVERT({text} USING utf8mb4) AS BINARY)"),
        }
    }

    /// A text column as an index has it, where that finds no less than what is to be found.
    fn near(&self, expr: &RemoteExpr) -> Option<String> {
        let RemoteExpr::Column(place) = expr else { return None };
        let found = self.column(*place).filter(|c| c.kind == Kind::Text && c.near && !c.exact);
        found.filter(|_| !self.dialect.has(Fault::Exactness)).map(|_| self.named(*place))
    }

    fn value(&mut self, value: &Value) -> String {
        if *value == Value::Null {
            return "NULL".into();
        }
        self.text.binds.push(value.clone());
        let number = self.text.binds.len();
        match (self.dialect.family, value) {
            (Family::Sqlite, _) => format!("?{number}"),
            // Sent as text, since its digits have no other form.
            (Family::Postgres, Value::Decimal(..)) => format!("(${number}::numeric)"),
            (Family::Postgres, _) => format!("${number}"),
            (Family::Mysql, Value::Decimal(_, scale)) => format!("CAST(? AS DECIMAL(65, {scale}))"),
            (Family::Mysql, _) => "?".into(),
        }
    }
}

/// An identifier.
pub(super) fn quoted(name: &str, family: Family) -> String {
    match family {
        Family::Mysql => format!("`{}`", name.replace('`', "``")),
        Family::Postgres | Family::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}
