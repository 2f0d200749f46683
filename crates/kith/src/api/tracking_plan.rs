//! `/v1/tracking-plan`: what may be sent, as it is in force; `/v1/tracking-plan/reload`: changed files are taken now, and not
//! within seconds by themselves.

use super::error::{ApiError, ErrorBody};
use super::input::{NoParams, Params};
use super::{App, ask};
use axum::Json;
use axum::extract::State;
use kith_engine::events::PlansView;
use std::sync::Arc;

/// The tracking plans in force, by file.
#[utoipa::path(get, operation_id = "getTrackingPlan", path = "/v1/tracking-plan", tag = "events", security(("token" = [])),
    responses((status = 200, body = PlansView), (status = "4XX", body = ErrorBody)))]
pub async fn get(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<PlansView>, ApiError> {
    ask(app, |project| Ok(project.tracking_plans())).await.map(Json)
}

/// Take the files of the tracking plans as they are now. One that can not be read leaves the plan of before in force, and says
/// so as its `fault`.
#[utoipa::path(post, operation_id = "reloadTrackingPlan", path = "/v1/tracking-plan/reload", tag = "events", security(("token" = [])),
    responses((status = 200, body = PlansView), (status = "4XX", body = ErrorBody)))]
pub async fn reload(
    State(app): State<Arc<App>>,
    Params(NoParams {}): Params<NoParams>,
) -> Result<Json<PlansView>, ApiError> {
    let taken = ask(app, |project| {
        project.reload_tracking_plans();
        Ok(project.tracking_plans())
    });
    taken.await.map(Json)
}
