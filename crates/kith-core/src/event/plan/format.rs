//! Formats of texts that are checked. Others are taken for remarks, as the specification allows.

use crate::event::time;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    DateTime,
    Date,
    Email,
    Uuid,
    Uri,
    Ipv4,
    Ipv6,
}

const ALL: [(&str, Format); 7] = [
    ("date-time", Format::DateTime),
    ("date", Format::Date),
    ("email", Format::Email),
    ("uuid", Format::Uuid),
    ("uri", Format::Uri),
    ("ipv4", Format::Ipv4),
    ("ipv6", Format::Ipv6),
];

impl Format {
    /// Of its name; `None` = it is not checked.
    pub fn of(name: &str) -> Option<Format> {
        ALL.iter().find(|(n, _)| *n == name).map(|(_, format)| *format)
    }

    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    pub fn takes(self, text: &str) -> bool {
        match self {
            Format::DateTime => text.contains(['T', 't', ' ']) && time::instant_ms(text).is_some(),
            Format::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
            Format::Email => email(text),
            Format::Uuid => uuid(text),
            Format::Uri => uri(text),
            Format::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Format::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
        }
    }
}

/// Something, an `@`, and a host: what an address can be beyond that only its server knows.
fn email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace) && !host.starts_with('.')
    })
}

fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && !text.contains(|c: char| c.is_whitespace() || "<>\"{}|\\^`".contains(c))
    })
}
