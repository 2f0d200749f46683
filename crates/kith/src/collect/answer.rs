//! What clients hear.
//!
//! The clients look at the status and at `Retry-After`. `{"success":true}` is Segment's. An error has `code` and `message` at
//! the top: rudder-sdk-python takes any other object for a failure of the network, and sends what is wrong ten times more.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use kith_core::error;
use kith_core::event::wire::Malformed;
use kith_engine::events::Receipt;
use serde_json::json;

/// The place in the log up to which an answer must be complete to show these events (read your writes).
const POSITION: &str = "kith-position";

/// Segment's other word for `Retry-After`, in seconds as well.
const RESET: &str = "x-ratelimit-reset";

/// A queue of a second's work is full: it will have room in a second.
const BUSY_SECONDS: u64 = 1;

/// Who makes room does it within minutes; a client that asks every few seconds is there when it is done.
const FULL_SECONDS: u64 = 5;

/// A failing disk is not mended within seconds.
const STOPPED_SECONDS: u64 = 10;

/// The transparent image of one pixel, a GIF.
const IMAGE: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// All of a request is on disk.
pub fn kept(receipt: &Receipt) -> Response {
    with_position(success(), receipt)
}

/// What Segment answers.
pub fn success() -> Response {
    Json(json!({ "success": true })).into_response()
}

/// An image that nobody sees.
pub fn image() -> Response {
    ([(header::CONTENT_TYPE, "image/gif")], IMAGE).into_response()
}

/// Says where in the log.
pub fn with_position(mut response: Response, receipt: &Receipt) -> Response {
    response.headers_mut().insert(POSITION, HeaderValue::from(receipt.position.0));
    response
}

/// Nothing of the request was taken.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Send again after so many seconds.
    again_seconds: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), again_seconds: None }
    }

    fn again(self, seconds: u64) -> Refusal {
        Refusal { again_seconds: Some(seconds), ..self }
    }

    /// No write key, or one that does not count.
    pub fn key(message: &str) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, "K-COLLECT-KEY", message)
    }

    /// Not signed as it should be.
    pub fn signature(message: &str) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, "K-COLLECT-SIGNATURE", message)
    }

    /// There is no telling what was sent.
    pub fn malformed(malformed: Malformed) -> Refusal {
        let status =
            if malformed.too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
        Refusal::new(status, malformed.code, malformed.reason)
    }

    /// More bytes than a request may have.
    pub fn too_large(most: usize) -> Refusal {
        let message = format!("a request may have {most} bytes, inflated");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "K-COLLECT-LARGE", message)
    }

    /// The compression can not be undone.
    pub fn encoding(message: &str) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "K-COLLECT-ENCODING", message)
    }

    /// The body did not come in time. Not 408, which some clients take for final.
    pub fn slow() -> Refusal {
        let message = "the body of the request did not arrive in time";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "K-COLLECT-SLOW", message).again(BUSY_SECONDS)
    }

    /// More arrives than can be kept at once.
    pub fn busy() -> Refusal {
        let message = "more events arrive than can be kept at once; nothing of this request was taken";
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "K-COLLECT-BUSY", message).again(BUSY_SECONDS)
    }

    /// The disk is full.
    pub fn full() -> Refusal {
        let message = "the disk is full; nothing of this request was taken";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "K-COLLECT-FULL", message).again(FULL_SECONDS)
    }

    /// Nothing can be kept.
    pub fn stopped() -> Refusal {
        let message = "the events could not be kept; it is not known whether some were";
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "K-COLLECT-STOPPED", message).again(STOPPED_SECONDS)
    }

    /// The stable code.
    #[cfg(test)]
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let help = error::find(self.code).map_or("", |code| code.help);
        let said = json!({ "code": self.code, "message": self.message, "help": help });
        let mut response = (self.status, Json(said)).into_response();
        if let Some(seconds) = self.again_seconds {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            headers.insert(RESET, HeaderValue::from(seconds));
        }
        response
    }
}
