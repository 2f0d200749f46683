//! Whose request it is.
//!
//! Clients name their write key in one, two or three places. Where several differ, the first of these counts: the user name
//! of Basic authentication, the header `X-Write-Key` (Jitsu), the parameter `writeKey` (beacons, pixels), the body.

use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// The write key that a request's head names.
pub fn in_head(head: &Parts) -> Option<String> {
    let own_header = || {
        let key = head.headers.get("x-write-key")?.to_str().ok()?.trim();
        (!key.is_empty()).then(|| key.to_string())
    };
    basic(&head.headers).or_else(own_header).or_else(|| parameter(head))
}

/// The user name of Basic authentication; what is no such thing, such as an OAuth token, is left to the other places.
pub fn basic(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, coded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let coded = coded.trim();
    let plain = STANDARD.decode(coded).or_else(|_| STANDARD_NO_PAD.decode(coded)).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let name = plain.split_once(':').map_or(plain.as_str(), |(name, _)| name);
    (!name.is_empty()).then(|| name.to_string())
}

fn parameter(head: &Parts) -> Option<String> {
    let Query(parameters) = Query::<Vec<(String, String)>>::try_from_uri(&head.uri).ok()?;
    parameters.into_iter().find(|(name, key)| name == "writeKey" && !key.is_empty()).map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn key(uri: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        in_head(&request.body(()).expect("a request").into_parts().0)
    }

    #[test]
    fn the_first_place_that_names_a_key_counts() {
        // `abc:`, `abc:secret` and `abc` in base 64.
        for coded in ["YWJjOg==", "YWJjOnNlY3JldA==", "YWJj", "YWJjOg"] {
            let authorization = format!("Basic {coded}");
            let headers = [("authorization", authorization.as_str()), ("x-write-key", "x")];
            assert_eq!(key("/v1/track?writeKey=q", &headers).as_deref(), Some("abc"), "{coded}");
        }
        assert_eq!(
            key("/v1/track?writeKey=q", &[("x-write-key", "id:secret")]).as_deref(),
            Some("id:secret")
        );
        assert_eq!(key("/beacon/v1/batch?a=b&writeKey=q%2B1", &[]).as_deref(), Some("q+1"));
        assert_eq!(key("/v1/track?writeKey=q", &[("authorization", "Bearer token")]).as_deref(), Some("q"));
        for headers in [&[][..], &[("authorization", "Basic ???")], &[("authorization", "Basic Og==")]] {
            assert_eq!(key("/v1/track?writeKey=", headers), None);
        }
    }
}
