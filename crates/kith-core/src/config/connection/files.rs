//! Where the files of a connection are: a folder, or a bucket of object storage.

use super::super::source::checked_reference;
use super::super::walk::Section;
use super::super::write::{entry, quoted};
use super::super::{ConfigError, Secret};
use std::net::IpAddr;
use std::path::PathBuf;

/// Keys that nothing but files has.
pub(super) const KEYS: &[&str] = &["endpoint", "region", "access_key", "secret_key", "allow_http"];

/// Object storage that speaks S3.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// The bucket.
    pub name: String,
    /// What the names of all objects begin with, without slashes around it; empty = nothing.
    pub prefix: String,
    /// The address; `None` = that of AWS.
    pub endpoint: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The id of the key: a reference.
    pub access_key: Option<Secret>,
    /// The secret half of the key: a reference. There with the id, and only then.
    pub secret_key: Option<Secret>,
    /// Whether the address may be unencrypted.
    pub allow_http: bool,
}

impl Bucket {
    /// Its address, as in the file.
    pub fn url(&self) -> String {
        match self.prefix.as_str() {
            "" => format!("s3://{}", self.name),
            prefix => format!("s3://{}/{prefix}", self.name),
        }
    }

    /// As the file says it.
    pub(super) fn write(&self, out: &mut String) {
        entry(out, "url", &quoted(&self.url()), "");
        self.endpoint.iter().for_each(|e| entry(out, "endpoint", &quoted(e), ""));
        self.region.iter().for_each(|r| entry(out, "region", &quoted(r), ""));
        self.access_key.iter().for_each(|k| entry(out, "access_key", &quoted(&k.to_text()), ""));
        self.secret_key.iter().for_each(|k| entry(out, "secret_key", &quoted(&k.to_text()), ""));
        if self.allow_http {
            entry(out, "allow_http", "true", "");
        }
    }
}

/// The folder, where files lie in one: either that or a bucket.
pub(super) fn at(section: &Section) -> Result<Option<PathBuf>, ConfigError> {
    match (section.text("path")?, section.text("url")?) {
        (Some((path, _)), None) => Ok(Some(path.into())),
        (None, Some(_)) => Ok(None),
        (None, None) => {
            section.needed("path", "path = \"exports\" or url = \"s3://bucket/prefix\"").map(|_| None)
        }
        (Some(_), Some((_, span))) => {
            let help = "take one of the two lines out";
            Err(section.text.error(
                "K-CONFIG-KEY",
                span,
                "files are at a \"path\" or at a \"url\", not at both",
                help,
            ))
        }
    }
}

/// The bucket, where there is a `url`.
pub(super) fn bucket(section: &Section) -> Result<Option<Bucket>, ConfigError> {
    let Some((url, span)) = section.text("url")? else {
        let stray = section.entries().into_iter().find(|(key, _)| KEYS.contains(&key.get_ref().as_ref()));
        return match stray {
            None => Ok(None),
            Some((key, _)) => {
                let message = format!("files in a folder have no {:?}", key.get_ref());
                Err(section.text.error("K-CONFIG-KEY", key.span(), message, "take the line out"))
            }
        };
    };
    let (name, prefix) = named(&url).ok_or_else(|| {
        let help = "for example url = \"s3://bucket/prefix\"; keys go into access_key and secret_key";
        section.value(span, "the URL is not one of a bucket".into(), help)
    })?;
    let (access_key, secret_key) = (key(section, "access_key")?, key(section, "secret_key")?);
    if access_key.is_some() != secret_key.is_some() {
        let there = if access_key.is_some() { "access_key" } else { "secret_key" };
        let span = section.get(there).map_or(section.span.clone(), |node| node.span());
        let help = "give access_key and secret_key, or neither for a bucket that everybody can read";
        return Err(section.value(span, "half of a key is missing".into(), help));
    }
    let allow_http = allow_http(section)?;
    let endpoint = endpoint(section, allow_http)?;
    let region = section.text("region")?.map(|(region, _)| region);
    Ok(Some(Bucket { name, prefix, endpoint, region, access_key, secret_key, allow_http }))
}

/// Whether the address may be unencrypted.
pub(super) fn allow_http(section: &Section) -> Result<bool, ConfigError> {
    let Some(node) = section.get("allow_http") else { return Ok(false) };
    node.get_ref().as_bool().ok_or_else(|| section.wrong_type(node, "allow_http", "true or false"))
}

/// The bucket and the prefix of `s3://bucket/prefix`.
fn named(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("s3://")?;
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let prefix = prefix.trim_end_matches('/');
    let walks = |part: &str| matches!(part, "" | "." | "..") || part.chars().any(char::is_control);
    let bad =
        name.is_empty() || !name.chars().all(fits) || (!prefix.is_empty() && prefix.split('/').any(walks));
    (!bad && !prefix.contains(['?', '#'])).then(|| (name.to_string(), prefix.to_string()))
}

fn endpoint(section: &Section, allow_http: bool) -> Result<Option<String>, ConfigError> {
    let Some((endpoint, span)) = section.text("endpoint")? else { return Ok(None) };
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", &endpoint));
    let rest = rest.trim_end_matches('/');
    if !matches!(scheme, "http" | "https") || rest.is_empty() || rest.contains(['/', '?', '#', '@']) {
        let help = "for example endpoint = \"https://storage.example.org\"";
        return Err(section.value(span, "the endpoint is not an address".into(), help));
    }
    if scheme == "http" && !allow_http && !of_this_machine(rest) {
        let message = "data would cross the network unencrypted";
        let help = "use https://, or write allow_http = true if the network is yours alone";
        return Err(section.value(span, message.into(), help));
    }
    Ok(Some(format!("{scheme}://{rest}")))
}

/// True for `localhost:9000`, `127.0.0.1:9000`, `[::1]:9000`.
pub(super) fn of_this_machine(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(super) fn key(section: &Section, name: &str) -> Result<Option<Secret>, ConfigError> {
    let Some((text, span)) = section.text(name)? else { return Ok(None) };
    let secret = Secret::from_text(&text);
    checked_reference(section, &secret, span.clone())?;
    if let Secret::Plain(_) = secret {
        let message = "the key stands in the file, readable by everyone who can read it";
        let help = format!("write {name} = \"env:NAME\" and set that variable, or {name} = \"file:PATH\"");
        return Err(section.text.error("K-CONFIG-SECRET", span, message, help));
    }
    Ok(Some(secret))
}
