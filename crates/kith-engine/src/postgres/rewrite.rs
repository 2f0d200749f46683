//! What only PostgreSQL writes, as the engine reads it. Only how a thing is said changes; a name that may not be seen stays one.

use super::empty::{self, last, reads_empty};
use super::names;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Array, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem,
    SetExpr, TableFactor, TableWithJoins, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use std::ops::ControlFlow;

/// See the module.
pub(crate) fn rewrite(statement: &mut EngineStatement) {
    match statement {
        EngineStatement::Statement(sql) => {
            let catalogue = empty::of_catalogue(sql.as_ref());
            let _ = sql.visit(&mut Rewriter { catalogue });
        }
        EngineStatement::Explain(explain) => rewrite(&mut explain.statement),
        _ => {}
    }
}

struct Rewriter {
    /// True if the statement reads `pg_catalog` and nothing else: only then may what is known to be empty be left out.
    catalogue: bool,
}

impl VisitorMut for Rewriter {
    type Break = ();

    /// `pg_class` is `pg_catalog.pg_class`, whatever the search path says.
    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice()
            && only.value.to_ascii_lowercase().starts_with("pg_")
        {
            name.0.insert(0, ObjectNamePart::Identifier(Ident::new("pg_catalog")));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        names::give(select);
        if self.catalogue {
            empty::close(select);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if self.catalogue {
            empty::without_series(factor);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(other) = other(expr, self.catalogue) {
            *expr = other;
        }
        ControlFlow::Continue(())
    }
}

fn null() -> Expr {
    Expr::Value(Value::Null.into())
}

fn other(expr: &mut Expr, catalogue: bool) -> Option<Expr> {
    match expr {
        Expr::Collate { expr, .. } => Some(expr.as_ref().clone()),
        Expr::BinaryOp { op, .. } => {
            if let BinaryOperator::PGCustomBinaryOperator(name) = op
                && let Some(plain) = operator(name.last()?)
            {
                *op = plain;
            }
            None
        }
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. } => {
            if let Some(list) = list_of(right) {
                **right = list;
            }
            None
        }
        Expr::Cast { expr, data_type, .. } => converted(expr, data_type),
        Expr::Function(function) => called(function, catalogue),
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
            with_backslash(pattern, escape_char);
            None
        }
        Expr::CompoundFieldAccess { root, access_chain } => match access_chain.as_slice() {
            [AccessExpr::Dot(Expr::Identifier(field))] => {
                Some(function("get_field", vec![root.as_ref().clone(), text(&field.value)]))
            }
            _ => None,
        },
        Expr::Subquery(query) if catalogue => subquery(query),
        Expr::Exists { subquery, negated } if reads_empty(subquery) => {
            Some(Expr::Value(Value::Boolean(*negated).into()))
        }
        _ => None,
    }
}

fn text(value: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(value.into()).into())
}

/// The engine knows the backslash as the sign before what stands for itself, and no other.
fn with_backslash(pattern: &mut Expr, escape: &mut Option<ValueWithSpan>) {
    let sign = match escape.as_ref().map(|escape| &escape.value) {
        Some(Value::SingleQuotedString(sign)) if sign != "\\" && sign.chars().count() == 1 => sign.clone(),
        _ => return,
    };
    // A letter that nobody uses stands for the doubled sign meanwhile.
    let (doubled, meanwhile) = (sign.repeat(2), "\u{e000}");
    let steps =
        [("\\", "\\\\"), (doubled.as_str(), meanwhile), (sign.as_str(), "\\"), (meanwhile, sign.as_str())];
    let replaced = steps.into_iter().fold(pattern.clone(), |pattern, (from, to)| {
        function("replace", vec![pattern, text(from), text(to)])
    });
    (*pattern, *escape) = (replaced, None);
}

fn operator(name: &str) -> Option<BinaryOperator> {
    Some(match name {
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "~~" => BinaryOperator::PGLikeMatch,
        "=" => BinaryOperator::Eq,
        "<>" => BinaryOperator::NotEq,
        _ => return None,
    })
}

/// `'{a,b}'` as a list.
fn list_of(expr: &Expr) -> Option<Expr> {
    let Expr::Value(value) = expr else { return None };
    let Value::SingleQuotedString(text) = &value.value else { return None };
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let items =
        inner.split(',').filter(|item| !item.is_empty()).map(|item| item.trim_matches('"').to_string());
    let elem = items.map(|item| Expr::Value(Value::SingleQuotedString(item).into())).collect();
    Some(Expr::Array(Array { elem, named: true }))
}

/// `x::type`, where the type is one that only PostgreSQL has.
fn converted(expr: &Expr, kind: &mut DataType) -> Option<Expr> {
    if let DataType::Array(_) = kind {
        return list_of(expr);
    }
    let name = match kind {
        DataType::Regclass => "regclass".to_string(),
        DataType::Custom(name, _) => last(name)?.to_ascii_lowercase(),
        DataType::JSON | DataType::JSONB | DataType::Uuid => "text".to_string(),
        _ => return None,
    };
    let named = match expr {
        Expr::Value(value) => !matches!(value.value, Value::Number(..) | Value::Null),
        _ => false,
    };
    let call = |name: &str| Some(function(name, vec![expr.clone()]));
    match name.as_str() {
        "regclass" if named => call("kith_regclass"),
        "regtype" if named => call("kith_regtype"),
        "regnamespace" if named => call("kith_regnamespace"),
        "regtype" => Some(function("format_type", vec![expr.clone(), null()])),
        "regclass" | "regnamespace" | "regproc" | "regprocedure" => Some(expr.clone()),
        "oid" | "xid" | "int8" => cast(expr, DataType::BigInt(None)),
        "int4" => cast(expr, DataType::Int(None)),
        "int2" => cast(expr, DataType::SmallInt(None)),
        "bool" => cast(expr, DataType::Boolean),
        "float8" => cast(expr, DataType::DoublePrecision),
        "name" | "text" | "char" | "bpchar" | "varchar" | "json" | "jsonb" | "uuid" | "sql_identifier"
        | "character_data" | "cstring" | "unknown" => cast(expr, DataType::Text),
        _ => None,
    }
}

fn cast(expr: &Expr, data_type: DataType) -> Option<Expr> {
    let expr = Box::new(expr.clone());
    Some(Expr::Cast { kind: CastKind::Cast, expr, data_type, array: false, format: None })
}

fn called(call: &mut Function, catalogue: bool) -> Option<Expr> {
    let name = last(&call.name)?.to_ascii_lowercase();
    if catalogue && name == "array" && matches!(call.args, FunctionArguments::Subquery(_)) {
        // A list that a subquery makes: of grants and options, of which there are none.
        return Some(null());
    }
    if catalogue && name == "generate_subscripts" {
        // Places in lists of columns of keys and indexes, of which there are none.
        return Some(Expr::Value(Value::Number("0".into(), false).into()));
    }
    if catalogue && name == "_pg_expandarray" {
        let zero = || Expr::Value(Value::Number("0".into(), false).into());
        return Some(function("named_struct", vec![text("x"), zero(), text("n"), zero()]));
    }
    if let [ObjectNamePart::Identifier(schema), _] = call.name.0.as_slice()
        && matches!(schema.value.to_ascii_lowercase().as_str(), "pg_catalog" | "information_schema")
    {
        call.name.0.remove(0);
    }
    None
}

fn function(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    let list = FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() };
    Expr::Function(Function {
        name: ObjectName::from(Ident::new(name)),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(list),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// A value that is looked up in `pg_catalog`: the engine wants it to be one for sure, and the largest of one is that one.
fn subquery(query: &mut Query) -> Option<Expr> {
    if reads_empty(query) {
        return Some(null());
    }
    let SetExpr::Select(select) = query.body.as_mut() else { return None };
    let called = |from: &TableWithJoins| match &from.relation {
        TableFactor::Table { name, args, .. } => args.is_some() || last(name) == Some("pg_series"),
        TableFactor::Function { .. } | TableFactor::UNNEST { .. } | TableFactor::TableFunction { .. } => true,
        _ => false,
    };
    if select.from.iter().any(called) {
        // A list that is taken apart: of columns of what is not here.
        return Some(null());
    }
    if let Some(value) = single(select) {
        let whole = function("max", vec![value.clone()]);
        *value = whole;
        query.limit_clause = None;
        query.order_by = None;
    }
    None
}

/// The one expression of a SELECT that is not grouped.
fn single(select: &mut Select) -> Option<&mut Expr> {
    let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
        select.projection.as_mut_slice()
    else {
        return None;
    };
    let aggregate = match value {
        Expr::Function(f) => last(&f.name).is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            matches!(
                name.as_str(),
                "max" | "min" | "count" | "sum" | "array_agg" | "string_agg" | "bool_or" | "bool_and"
            )
        }),
        _ => false,
    };
    (!aggregate).then_some(value)
}
