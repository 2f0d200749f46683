//! Names of columns that a query does not name: those that PostgreSQL gives. It gives one name to several columns, which the engine
//! can not; the second gets a mark that no query can write by chance, and [`shown`] takes it off.

use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectNamePart, Select, SelectItem};
use std::collections::HashMap;

const MARK: char = '\u{200b}';

/// The name as a client is told it.
pub fn shown(name: &str) -> &str {
    name.split(MARK).next().unwrap_or(name)
}

/// Gives each column a name of its own.
pub(super) fn give(select: &mut Select) {
    let mut given: HashMap<String, usize> = HashMap::new();
    let distinct = select.distinct.is_some();
    for item in &mut select.projection {
        let (name, expr) = match item {
            SelectItem::UnnamedExpr(expr) => (name_of(expr), expr.clone()),
            SelectItem::ExprWithAlias { expr, alias } => (alias.value.clone(), expr.clone()),
            _ => continue,
        };
        // Columns of two tables may have one name, as long as they are not one column.
        let plain = matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        let unnamed = matches!(item, SelectItem::UnnamedExpr(_));
        let key = if plain && unnamed { expr.to_string() } else { name.clone() };
        let before = given.entry(key).or_default();
        *before += 1;
        if *before > 1 {
            let alias = Ident::with_quote('"', format!("{name}{MARK}{before}"));
            *item = SelectItem::ExprWithAlias { expr, alias };
        } else if unnamed && !plain && !distinct {
            *item = SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', name) };
        }
    }
}

fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(name) => name.value.clone(),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()).unwrap_or_default(),
        Expr::Function(function) => match function.name.0.last() {
            Some(ObjectNamePart::Identifier(name)) => name.value.to_ascii_lowercase(),
            _ => "?column?".into(),
        },
        Expr::Cast { expr, .. } | Expr::Nested(expr) => name_of(expr),
        Expr::Case { .. } => "case".into(),
        Expr::Exists { .. } => "exists".into(),
        _ => "?column?".into(),
    }
}
