//! The table `[sign_on]`: people of an issuer of OpenID Connect, and what their claims make of them here.

mod algorithm;

pub use algorithm::Algorithm;

use super::ConfigError;
use super::walk::Section;
use super::write::{entry, line, quoted};

/// The keys, for the configuration and its reference page: name, type, default, meaning.
pub const KEYS: &[(&str, &str, &str, &str)] = &[
    (
        "issuer",
        "address",
        "needed",
        "Who issues the tokens, letter by letter as `iss` of a token says it. `https`, unless it is on this machine.",
    ),
    (
        "audience",
        "text or list",
        "needed",
        "What `aud` of a token must name: this Kith, as the issuer knows it.",
    ),
    (
        "client",
        "text or list",
        "any",
        "The clients whose tokens count: `azp` of a token, or `client_id`. A token for several audiences counts only with it.",
    ),
    (
        "algorithms",
        "list",
        "all of these",
        "How tokens may be signed: `RS256`, `PS256`, `ES256`, `ES384`, `EdDSA`. There is no `none`, and no `HS256`.",
    ),
    (
        "domains",
        "text or list",
        "any",
        "Only people whose `email` the issuer has verified (`email_verified`) and which is at one of these domains.",
    ),
    (
        "roles_claim",
        "text",
        "`groups`",
        "The claim that roles come of; dots lead into it: `realm_access.roles`.",
    ),
    ("clock_skew", "seconds", "`60`", "How far the issuer's clock may be from ours: 0 to 300."),
    ("roles", "table", "needed", "A value of that claim, and the role or the roles that it gives."),
    (
        "attributes",
        "table",
        "none",
        "An attribute of policies and row filters, and the claim that it comes of.",
    ),
];

/// Whose tokens count, and what they make of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOn {
    /// `iss`, letter by letter.
    pub issuer: String,
    /// `aud` must name one of them.
    pub audiences: Vec<String>,
    /// `azp` or `client_id` must be one of them; empty = any.
    pub clients: Vec<String>,
    /// How tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// Where verified addresses must be; empty = anywhere.
    pub domains: Vec<String>,
    /// The claim that roles come of.
    pub roles_claim: String,
    /// A value of it, and the roles that it gives; in the order of the file.
    pub roles: Vec<(String, Vec<String>)>,
    /// Attributes, and the claims that they come of; in the order of the file.
    pub attributes: Vec<(String, String)>,
    /// How far clocks may be apart, seconds.
    pub skew_seconds: u32,
}

const ROLES_CLAIM: &str = "groups";
const SKEW_SECONDS: u32 = 60;
const SKEW_SECONDS_MAX: f64 = 300.0;

/// Reads the table.
pub(super) fn sign_on(root: &Section) -> Result<Option<SignOn>, ConfigError> {
    let Some(section) = root.section("sign_on")? else { return Ok(None) };
    section.only(&KEYS.iter().map(|(key, ..)| *key).collect::<Vec<_>>())?;
    let (issuer, span) = section.needed("issuer", "issuer = \"https://login.example.org\"")?;
    if !safe_address(&issuer) {
        let help =
            "write https://…, without ? and #; http:// counts for 127.0.0.1, [::1] and localhost alone";
        return Err(section.value(span, format!("{issuer:?} can not be an issuer"), help));
    }
    section
        .get("audience")
        .map_or_else(|| section.needed("audience", "audience = \"kith\"").map(|_| ()), |_| Ok(()))?;
    let skew_seconds = match section.number("clock_skew")? {
        None => SKEW_SECONDS,
        Some((seconds, _)) if (0.0..=SKEW_SECONDS_MAX).contains(&seconds) => seconds as u32,
        Some((seconds, span)) => {
            let message = format!("clocks that are {seconds} seconds apart are not clocks");
            return Err(section.value(span, message, "write seconds, from 0 to 300"));
        }
    };
    let domains = texts(&section, "domains")?;
    Ok(Some(SignOn {
        issuer,
        audiences: texts(&section, "audience")?,
        clients: texts(&section, "client")?,
        algorithms: algorithms(&section)?,
        domains: domains.iter().map(|domain| domain.to_ascii_lowercase()).collect(),
        roles_claim: section.text("roles_claim")?.map_or_else(|| ROLES_CLAIM.into(), |(claim, _)| claim),
        roles: roles(&section)?,
        attributes: attributes(&section)?,
        skew_seconds,
    }))
}

/// Texts of which none is empty, and at least one where the key is there: an empty list would mean "any".
fn texts(section: &Section, key: &str) -> Result<Vec<String>, ConfigError> {
    let texts = section.texts(key)?;
    match section.get(key) {
        Some(node) if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) => {
            let help = "name at least one, or leave the line out where it is optional";
            Err(section.value(node.span(), format!("{key:?} is empty"), help))
        }
        _ => Ok(texts),
    }
}

fn algorithms(section: &Section) -> Result<Vec<Algorithm>, ConfigError> {
    let names = texts(section, "algorithms")?;
    if names.is_empty() {
        return Ok(Algorithm::ALL.to_vec());
    }
    let known = |name: &String| {
        Algorithm::named(name).ok_or_else(|| {
            let span = section.get("algorithms").map_or(0..0, |node| node.span());
            let message = format!("{name:?} is not an algorithm that tokens may be signed by");
            section.value(span, message, "RS256, PS256, ES256, ES384 and EdDSA are")
        })
    };
    names.iter().map(known).collect()
}

fn roles(section: &Section) -> Result<Vec<(String, Vec<String>)>, ConfigError> {
    let Some(node) = section.get("roles") else {
        let help = "add for example:\n[sign_on.roles]\n\"kith-analysts\" = \"analyst\"";
        let message = "[sign_on] has no \"roles\", so nobody could do anything";
        return Err(section.text.error("K-CONFIG-MISSING", section.span.clone(), message, help));
    };
    let table = section.as_section(node, "[sign_on.roles]")?;
    let mut roles = Vec::new();
    for (key, node) in table.entries() {
        let given = texts(&table, key.get_ref())?;
        if let Some(bad) = given.iter().find(|role| !word(role)) {
            let help = "use 1 to 63 small letters, digits, '.', '_' or '-'";
            return Err(table.value(node.span(), format!("{bad:?} can not be a role"), help));
        }
        roles.push((key.get_ref().to_string(), given));
    }
    Ok(roles)
}

fn attributes(section: &Section) -> Result<Vec<(String, String)>, ConfigError> {
    let Some(node) = section.get("attributes") else { return Ok(Vec::new()) };
    let table = section.as_section(node, "[sign_on.attributes]")?;
    let mut attributes = Vec::new();
    for (key, _) in table.entries() {
        let name = key.get_ref();
        if !word(name) || name == "name" {
            let help = "use 1 to 63 small letters, digits, '.', '_' or '-'; and not name";
            return Err(table.value(
                key.span(),
                format!("{name:?} can not be the name of an attribute"),
                help,
            ));
        }
        attributes.push((name.to_string(), table.needed(name, "region = \"region\"")?.0));
    }
    Ok(attributes)
}

fn word(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    (1..=63).contains(&text.len()) && text.chars().all(fits)
}

/// An address that keys may be had from: nobody on the way can put others in their place.
pub fn safe_address(url: &str) -> bool {
    let plain = url.len() <= 500 && url.bytes().all(|b| b.is_ascii_graphic() && !b"@?#\\\"<>".contains(&b));
    let https =
        url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':']));
    plain && (https || on_this_machine(url))
}

/// An address of plain HTTP on this machine.
pub fn on_this_machine(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let place = rest.split('/').next().unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|host| match place.strip_prefix(host) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    })
}

/// The table, as the file says it.
pub(super) fn write(out: &mut String, sign_on: &SignOn) {
    let list =
        |texts: &[String]| format!("[{}]", texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "));
    line(out, "");
    line(out, "# Whose tokens count. docs/reference/sign-on.md");
    line(out, "[sign_on]");
    entry(out, "issuer", &quoted(&sign_on.issuer), "");
    entry(out, "audience", &list(&sign_on.audiences), "");
    let optional = [("client", &sign_on.clients), ("domains", &sign_on.domains)];
    for (key, texts) in optional.into_iter().filter(|(_, texts)| !texts.is_empty()) {
        entry(out, key, &list(texts), "");
    }
    let names: Vec<_> = sign_on.algorithms.iter().map(|one| one.name().to_string()).collect();
    entry(out, "algorithms", &list(&names), "");
    entry(out, "roles_claim", &quoted(&sign_on.roles_claim), "");
    entry(out, "clock_skew", &sign_on.skew_seconds.to_string(), "");
    line(out, "[sign_on.roles]");
    sign_on.roles.iter().for_each(|(value, roles)| entry(out, &quoted(value), &list(roles), ""));
    if !sign_on.attributes.is_empty() {
        line(out, "[sign_on.attributes]");
        sign_on.attributes.iter().for_each(|(name, claim)| entry(out, &quoted(name), &quoted(claim), ""));
    }
}

/// The reference page, Markdown.
pub fn render_reference() -> String {
    let mut out = String::from(HEAD);
    for (key, kind, default, text) in KEYS {
        out.push_str(&format!("| `{key}` | {kind} | {default} | {text} |\n"));
    }
    out
}

const HEAD: &str = "\
# Sign-on: tokens of an issuer of OpenID Connect

Generated from `kith_core::config::sign_on`; `KITH_BLESS=1 cargo test -p kith-core` writes it anew. What is done with it: the
guide to [who sees what](../guide/governance.md).

```toml
[sign_on]
issuer = \"https://login.example.org/realms/acme\"
audience = \"https://kith.example.org\"
roles_claim = \"realm_access.roles\"

[sign_on.roles]
kith-analysts = \"analyst\"
kith-stewards = [\"steward\", \"analyst\"]

[sign_on.attributes]
region = \"office_region\"
```

| Key | Type | Default | Meaning |
|-|-|-|-|
";

#[cfg(test)]
#[path = "sign_on/tests.rs"]
mod tests;
