//! Queries from a seed: what the databases could answer, what they could not, and both together.

use super::rows::{Dice, TEXTS};

/// `{t}` stands for the table, `{m}` for a small one in memory with the same columns.
pub fn query(dice: &mut Dice, columns: &[String]) -> String {
    let mut make = Make { dice, columns };
    let columns = make.columns();
    let filter = match make.dice.rarely(8) {
        true => String::new(),
        false => format!(" WHERE {}", make.condition(3)),
    };
    let limit = make.dice.below(30);
    match make.dice.below(17) {
        0..=4 => format!("SELECT {columns} FROM {{t}} AS a{filter}"),
        5 => format!("SELECT count(*) AS n FROM {{t}} AS a{filter}"),
        6 => format!(
            "SELECT {columns} FROM {{t}} AS a{filter} ORDER BY a.id LIMIT {limit} OFFSET {}",
            limit % 5
        ),
        7 => format!(
            "SELECT {columns} FROM {{t}} AS a{filter} ORDER BY a.s DESC NULLS LAST, a.id LIMIT {limit}"
        ),
        8 => format!("SELECT count(*) AS n FROM (SELECT a.id FROM {{t}} AS a{filter} LIMIT {limit}) AS l"),
        9 => {
            let by = make.dice.one(&["n", "s", "k", "b", "u"]).to_string();
            format!(
                "SELECT a.{by}, count(*) AS c, min(a.s) AS l, max(a.k) AS h, min(a.w) AS lw, sum(a.n) AS sn, count(a.u) AS cu \
                 FROM {{t}} AS a{filter} GROUP BY a.{by}"
            )
        }
        10 => format!("SELECT DISTINCT a.k, a.b FROM {{t}} AS a{filter}"),
        11 => {
            let on = make.dice.one(&["n", "s", "k", "u", "w", "id"]).to_string();
            let kind = make.dice.one(&["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN"]).to_string();
            format!("SELECT a.id, m.id AS other FROM {{t}} AS a {kind} {{m}} AS m ON a.{on} = m.{on}{filter}")
        }
        12 => {
            let on = make.dice.one(&["n", "s", "id"]).to_string();
            let word = make.dice.one(&["IN", "NOT IN"]).to_string();
            format!(
                "SELECT a.id FROM {{t}} AS a WHERE a.{on} {word} (SELECT m.{on} FROM {{m}} AS m WHERE m.id % 3 = 1)"
            )
        }
        13 | 14 => {
            let by = make.columns[make.dice.below(make.columns.len())].clone();
            let way = make.dice.one(&["", " ASC", " DESC"]).to_string();
            let nulls = make.dice.one(&["", " NULLS FIRST", " NULLS LAST"]).to_string();
            format!(
                "SELECT {columns} FROM {{t}} AS a{filter} ORDER BY a.{by}{way}{nulls}, a.id LIMIT {limit}"
            )
        }
        // By the key of the one side, which the databases join themselves.
        15 => {
            let on = make.dice.one(&["n", "w", "id"]).to_string();
            let and = make.dice.one(&["", " AND a.s = o.k", " AND a.u = o.s", " AND a.b = o.b"]).to_string();
            format!(
                "SELECT {columns}, o.id AS other, o.s AS text FROM {{t}} AS a JOIN {{t}} AS o ON a.{on} = o.id{and}{filter}"
            )
        }
        _ => format!(
            "SELECT a.id, o.id AS other FROM {{t}} AS a JOIN {{t}} AS o ON a.s = o.k AND a.id < o.id{filter}"
        ),
    }
}

struct Make<'a> {
    dice: &'a mut Dice,
    columns: &'a [String],
}

impl Make<'_> {
    fn columns(&mut self) -> String {
        let mut chosen: Vec<String> = Vec::new();
        for column in self.columns {
            if self.dice.rarely(2) {
                chosen.push(format!("a.{column}"));
            }
        }
        if chosen.is_empty() { "a.id".into() } else { chosen.join(", ") }
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth > 0 {
            let mut part = || self.condition(depth - 1);
            match (part(), part(), self.dice.below(7)) {
                (left, right, 0 | 1) => return format!("({left} AND {right})"),
                (left, right, 2 | 3) => return format!("({left} OR {right})"),
                (left, _, 4) => return format!("NOT ({left})"),
                _ => {}
            }
        }
        self.leaf()
    }

    fn leaf(&mut self) -> String {
        let column = self.columns[self.dice.below(self.columns.len())].clone();
        let (c, sign) =
            (format!("a.{column}"), self.dice.one(&["=", "<>", "<", "<=", ">", ">="]).to_string());
        let other = match column.as_str() {
            "n" | "w" | "id" => ["a.n", "a.w", "a.id"][self.dice.below(3)],
            "s" | "k" | "u" => ["a.s", "a.k", "a.u"][self.dice.below(3)],
            _ => "NULL",
        };
        let negated = if self.dice.rarely(2) { " NOT" } else { "" };
        match self.dice.below(13) {
            0..=3 => format!("{c} {sign} {}", self.value(&column)),
            4 => format!("{c} IS{negated} NULL"),
            5 if other != "NULL" => format!("{c} {sign} {other}"),
            6 => format!("({c} IS{negated} DISTINCT FROM {})", self.value(&column)),
            7 if other != "NULL" => format!("({c} IS{negated} DISTINCT FROM {other})"),
            8 => {
                let mut values: Vec<String> =
                    (0..2 + self.dice.below(6)).map(|_| self.value(&column)).collect();
                if self.dice.rarely(3) {
                    values.push("NULL".into());
                }
                format!("{c}{negated} IN ({})", values.join(", "))
            }
            9 => format!("{c}{negated} BETWEEN {} AND {}", self.value(&column), self.value(&column)),
            10 => {
                let pattern = self.dice.one(&["a%", "%b", "_", "a_b", "%\\_%", "", "%", "Z%", "é%", "__"]);
                format!("a.{}{negated} LIKE '{pattern}'", ["s", "k", "u"][self.dice.below(3)])
            }
            11 => {
                self.dice.one(&["a.b", "NOT a.b", "a.b IS TRUE", "a.b IS NOT FALSE", "a.b IS UNKNOWN"]).into()
            }
            // What no database is asked.
            _ => {
                let here = [
                    "length(a.s) > 1",
                    "upper(a.k) = 'A'",
                    "a.n % 3 = 1",
                    "a.f > 0.5",
                    "a.f = 0.0",
                    "a.n + 1 > 2",
                ];
                here[self.dice.below(here.len())].into()
            }
        }
    }

    fn value(&mut self, column: &str) -> String {
        match column {
            "n" | "w" | "id" => {
                ["0", "1", "-1", "5", "7", "2147483647", "-2147483648", "9223372036854775807"]
                    [self.dice.below(8)]
                .into()
            }
            "f" => ["0.0", "-0.0", "1.5", "0.1", "1e300"][self.dice.below(5)].into(),
            "b" => ["true", "false"][self.dice.below(2)].into(),
            "d" => {
                let day = ["0001-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "9999-12-31"]
                    [self.dice.below(5)];
                if self.columns.iter().any(|c| c == "x") {
                    format!("DATE '{day}'")
                } else {
                    format!("'{day}'")
                }
            }
            "x" => ["0", "0.01", "10.5", "-0.01", "9999999999.99"][self.dice.below(5)].into(),
            _ => format!("'{}'", TEXTS[self.dice.below(TEXTS.len())].replace('\'', "''")),
        }
    }
}
