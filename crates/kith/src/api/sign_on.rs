//! Tokens of the issuer of `[sign_on]`, at the HTTP API.

use super::App;
use super::error::ApiError;
use crate::sign_on::{Refusal, SignOn};
use axum::http::StatusCode;
use kith_engine::Project;
use std::sync::Arc;

/// Whose tokens count in this project beside our own.
pub(super) fn of(project: &Project) -> Option<Arc<SignOn>> {
    let terms = project.config().sign_on.clone()?;
    match SignOn::of(terms) {
        Ok(sign_on) => Some(Arc::new(sign_on)),
        Err(why) => {
            tracing::error!(why, "no token of the issuer of [sign_on] lets anybody in");
            None
        }
    }
}

impl App {
    /// Whose tokens count beside our own, for other doors to the project.
    pub fn sign_on(&self) -> Option<Arc<SignOn>> {
        self.sign_on.clone()
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        match refusal {
            // Why is for the log: whoever tries tokens learns nothing.
            Refusal::Token(_) => ApiError::unauthorized(),
            Refusal::Issuer => {
                let message =
                    "the keys of the issuer of this token can not be had, so nobody of it is let in";
                let help = "Try again in a while. The server's log says what is wrong.";
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "K-SIGN-ON-ISSUER", message, help)
            }
            Refusal::NoRole { name } => {
                let message = format!("{name} is known, and has no role here");
                let help = "Ask whoever keeps [sign_on.roles] in kith.toml, or the groups at the issuer.";
                ApiError::new(StatusCode::FORBIDDEN, "K-SIGN-ON-ROLE", message, help)
            }
        }
    }
}
