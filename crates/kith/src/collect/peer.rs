//! The address that a request comes from.

use crate::server::Peer;
use axum::http::request::Parts;
use std::net::IpAddr;

/// The address of the client, as text. Kith speaks plain HTTP on loopback behind a proxy that speaks TLS: such a proxy is
/// believed when it says for whom it asks, and its own word is the last one of `X-Forwarded-For`. Others are not believed.
pub fn address(head: &Parts) -> Option<String> {
    let peer = head.extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    let forwarded = || {
        let said = head.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        said.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let client = match peer {
        Some(peer) if peer.is_loopback() => forwarded().or(Some(peer)),
        peer => peer,
    };
    client.map(|ip| ip.to_canonical().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn seen(peer: &str, forwarded: &[&str]) -> Option<String> {
        let mut request = Request::builder();
        for said in forwarded {
            request = request.header("x-forwarded-for", *said);
        }
        let mut head = request.body(()).expect("a request").into_parts().0;
        head.extensions.insert(Peer(peer.parse().expect("an address")));
        address(&head)
    }

    #[test]
    fn only_a_proxy_on_this_machine_speaks_for_others() {
        assert_eq!(seen("203.0.113.7:1", &["198.51.100.1"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(seen("127.0.0.1:1", &["6.6.6.6, 198.51.100.1"]).as_deref(), Some("198.51.100.1"));
        assert_eq!(seen("[::1]:1", &["6.6.6.6", "2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(seen("[::ffff:203.0.113.7]:1", &[]).as_deref(), Some("203.0.113.7"));
        assert_eq!(seen("127.0.0.1:1", &["nonsense"]).as_deref(), Some("127.0.0.1"));
    }
}
