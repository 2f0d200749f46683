//! `/v1/usage`: who read which table, from the audit log.

use super::error::{ApiError, ErrorBody};
use super::guard::Caller;
use super::input::Params;
use super::{App, ask};
use axum::extract::State;
use axum::{Extension, Json};
use kith_engine::audit::{self, Usage};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Days that are told where none is named.
const DAYS: i64 = 30;

/// Which part of the log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageParams {
    /// The first day, `YYYY-MM-DD`, UTC. Without it, the last 30 days.
    from: Option<String>,
    /// Only this table, `schema.table`.
    table: Option<String>,
}

/// Who read which table.
#[derive(Serialize, ToSchema)]
pub struct UsageList {
    /// The first day, UTC.
    from: String,
    /// By table, user, purpose and day.
    usage: Vec<Usage>,
}

/// Who read which table, how often, and how many rows. Owners see everybody, anybody else the own queries.
#[utoipa::path(get, operation_id = "usage", path = "/v1/usage", tag = "tables", params(UsageParams), security(("token" = [])),
    responses((status = 200, body = UsageList), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Params(params): Params<UsageParams>,
) -> Result<Json<UsageList>, ApiError> {
    let from = first_day(params.from.as_deref())?;
    let subject = caller.subject(&app);
    let list = ask(app, move |project| {
        let mut usage = audit::usage(project.dir(), &from)?;
        usage.retain(|read| subject.owns() || read.user == subject.user);
        usage.retain(|read| params.table.as_ref().is_none_or(|table| *table == read.table));
        Ok(UsageList { from, usage })
    });
    list.await.map(Json)
}

fn first_day(from: Option<&str>) -> Result<String, ApiError> {
    let Some(from) = from else {
        let before = jiff::Timestamp::now().as_second() - DAYS * 86_400;
        let at = jiff::Timestamp::from_second(before).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        return Ok(at.to_string().chars().take(10).collect());
    };
    let day: jiff::civil::Date = from
        .parse()
        .map_err(|_| ApiError::bad_parameter(format!("from is a day, YYYY-MM-DD, not {from:?}")))?;
    Ok(day.to_string())
}
