//! The parts of an address that matter here, without a copy.

use std::borrow::Cow;

/// The host of an address, without `www.`; `None` = it has none. Letters stay as they are written.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://").or_else(|| url.strip_prefix("//").map(|rest| ("", rest)))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit('@').next()?;
    let host = match host.starts_with('[') {
        true => host.split_inclusive(']').next()?,
        false => host.split(':').next()?,
    };
    let bare = host.get(..4).filter(|www| www.eq_ignore_ascii_case("www.")).map_or(host, |_| &host[4..]);
    (!bare.is_empty()).then_some(bare)
}

/// The parameters of an address, or of its part from the question mark on, decoded as forms are.
pub(super) fn parameters(url: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name, decoded(value)))
}

fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let hex = || std::str::from_utf8(tail.get(..2)?).ok();
        match *first {
            b'+' => out.push(b' '),
            b'%' => match hex().and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => {
                    out.push(byte);
                    rest = &tail[2..];
                }
                None => out.push(b'%'),
            },
            byte => out.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// True where two hosts are of one site: the same name, or one below the other, or both below one that somebody can own.
/// A list of all public suffixes is not asked: `co.uk` and its like are known by the short word before the country.
pub(super) fn same_site(a: &str, b: &str) -> bool {
    let below = |a: &str, b: &str| {
        let rest = a.len().checked_sub(b.len()).and_then(|at| Some((a.get(..at)?, a.get(at..)?)));
        rest.is_some_and(|(head, tail)| head.ends_with('.') && tail.eq_ignore_ascii_case(b))
    };
    owned(a).eq_ignore_ascii_case(owned(b)) || below(a, b) || below(b, a)
}

fn owned(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at);
    let (Some(last), Some(second)) = (dots.next(), dots.next()) else { return host };
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return host;
    }
    let country = host.len() - last - 1 == 2;
    let start = match country && last - second - 1 <= 3 {
        true => dots.next(),
        false => Some(second),
    };
    start.map_or(host, |at| &host[at + 1..])
}
