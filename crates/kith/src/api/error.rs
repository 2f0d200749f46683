//! Errors at the edge: here, and only here, they get an HTTP status. One message for the caller; what the operator needs
//! to know beyond it goes to the log.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kith_engine::Error;
use serde::Serialize;
use utoipa::ToSchema;

/// What every failed request answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong and how to mend it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable code: `K-AREA-WORD`.
    pub code: String,
    /// What is wrong and where.
    pub message: String,
    /// What to try.
    pub help: String,
}

/// An error with its status.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: ErrorDetail,
}

impl ApiError {
    /// Any error.
    pub fn new(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let detail = ErrorDetail { code: code.into(), message: message.into(), help: help.into() };
        ApiError { status, detail }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.detail.message
    }

    /// As it stands in an answer.
    pub fn as_json(&self) -> serde_json::Value {
        let ErrorDetail { code, message, help } = &self.detail;
        serde_json::json!({ "error": { "code": code, "message": message, "help": help } })
    }

    /// The request is not one that this route understands.
    pub fn bad_parameter(message: impl Into<String>) -> Self {
        let help = "See GET /v1/openapi.json for the parameters of each route.";
        ApiError::new(StatusCode::BAD_REQUEST, "K-API-PARAMETER", message, help)
    }

    /// There is no such route.
    pub fn no_route() -> Self {
        let help = "See GET /v1/openapi.json for the routes.";
        ApiError::new(StatusCode::NOT_FOUND, "K-API-ROUTE", "there is no such route", help)
    }

    /// As many follow what happens as may.
    pub fn too_many_streams() -> Self {
        let help = "Close one, or ask again later.";
        let message = "too many streams are open";
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "K-API-STREAMS", message, help)
    }

    /// The route exists, but not for this method.
    pub fn no_method() -> Self {
        let help = "The Allow header names the methods of this route.";
        let message = "this route does not know this method";
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "K-API-METHOD", message, help)
    }

    /// No token, or one that does not count.
    pub fn unauthorized() -> Self {
        let help = "Send the header `Authorization: Bearer kith_…`. `kith token create NAME` makes a token.";
        let message = "this needs a token that counts";
        ApiError::new(StatusCode::UNAUTHORIZED, "K-API-TOKEN", message, help)
    }

    /// Something is wrong with us; the log says what.
    pub fn internal() -> Self {
        let help = "The server's log says what happened. If it happens again, please report it.";
        let message = "something went wrong inside Kith";
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "K-API-INTERNAL", message, help)
    }

    /// It took too long.
    pub fn timeout(seconds: u64) -> Self {
        let help = "Ask for less at once, for instance by a LIMIT or a condition, or try again later.";
        let message = format!("the answer took longer than {seconds} s");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "K-API-TIMEOUT", message, help)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(ErrorBody { error: self.detail })).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = header::HeaderValue::from_static("Bearer realm=\"kith\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::Input { .. } | Error::Sql { .. } => StatusCode::BAD_REQUEST,
            Error::Denied { .. } => StatusCode::FORBIDDEN,
            // An owner is let in, and can mend the file.
            Error::Config { code: "K-POLICY-BAD" | "K-LABEL-BAD", .. } => StatusCode::CONFLICT,
            Error::Conflict { .. } => StatusCode::CONFLICT,
            Error::NotFound { .. } => StatusCode::NOT_FOUND,
            Error::Source { .. } => StatusCode::BAD_GATEWAY,
            Error::Data { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(code = error.code(), cause = ?std::error::Error::source(&error), "{error}");
        }
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            return ApiError::internal();
        }
        ApiError::new(status, error.code(), error.to_string(), error.help())
    }
}
