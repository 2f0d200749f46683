//! What a request carries, checked: path segments, query parameters and JSON bodies. Whatever is wrong answers an
//! [`ApiError`] with a message that names the parameter.

use super::error::ApiError;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use kith_engine::Lookup;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The one variable segment of a route, percent-decoded.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(segment)) => Ok(Segment(segment)),
            Err(e) => Err(ApiError::bad_parameter(format!("the path: {}", e.body_text()))),
        }
    }
}

/// The query parameters. The type denies unknown fields, so that a mistyped parameter is an error and not ignored.
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Params(params)),
            Err(e) => {
                let text = e.body_text();
                let reason = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
                Err(ApiError::bad_parameter(format!("the query parameters: {reason}")))
            }
        }
    }
}

/// No query parameters at all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        Json::<T>::from_request(request, state).await.map(|Json(body)| Body(body)).map_err(body_error)
    }
}

fn body_error(rejection: JsonRejection) -> ApiError {
    let help = "Send a JSON object as GET /v1/openapi.json describes it.";
    let (status, code) = match (&rejection, rejection.status()) {
        (JsonRejection::MissingJsonContentType(_), status) => (status, "K-API-CONTENT-TYPE"),
        (_, status @ StatusCode::PAYLOAD_TOO_LARGE) => (status, "K-API-BODY-SIZE"),
        _ => (StatusCode::BAD_REQUEST, "K-API-BODY"),
    };
    ApiError::new(status, code, format!("the body: {}", rejection.body_text()), help)
}

/// A number of results within 1 and `most`.
pub fn checked_limit(limit: Option<u64>, default: usize, most: usize) -> Result<usize, ApiError> {
    match limit {
        None => Ok(default),
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=most).contains(limit))
            .ok_or_else(|| ApiError::bad_parameter(format!("limit must be from 1 to {most}, not {limit}"))),
    }
}

/// A confidence: a probability that is neither impossible nor certain.
pub fn checked_confidence(confidence: Option<f64>) -> Result<Option<f64>, ApiError> {
    match confidence {
        Some(c) if !(c > 0.0 && c < 1.0) => {
            Err(ApiError::bad_parameter(format!("confidence must be between 0 and 1, not {c}")))
        }
        other => Ok(other),
    }
}

/// A text of 1 to `most` characters.
pub fn checked_text<'a>(name: &str, text: &'a str, most: usize) -> Result<&'a str, ApiError> {
    let trimmed = text.trim();
    match trimmed.chars().count() {
        0 => Err(ApiError::bad_parameter(format!("{name} is empty"))),
        n if n > most => Err(ApiError::bad_parameter(format!("{name} is longer than {most} characters"))),
        _ => Ok(trimmed),
    }
}

/// An identifier: `type:value`.
pub fn checked_lookup(name: &str, text: &str) -> Result<Lookup, ApiError> {
    Ok(checked_text(name, text, 500)?.parse::<Lookup>()?)
}
