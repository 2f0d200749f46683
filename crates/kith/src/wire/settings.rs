//! What `SET` and `SHOW` know. A setting that would change nothing here is taken only with a value that is true.

use super::refusal::Refusal;
use std::collections::BTreeMap;
use std::time::Duration;

/// As long as an answer over HTTP.
const SECONDS_MAX: u64 = 3600;

/// Told to the client at the start, and what they are. `search_path` is [`Settings::schema`].
const FIXED: &[(&str, &str)] = &[
    ("server_version", "15.0 (Kith)"),
    ("server_encoding", "UTF8"),
    ("client_encoding", "UTF8"),
    ("datestyle", "ISO, MDY"),
    ("timezone", "UTC"),
    ("intervalstyle", "postgres"),
    ("integer_datetimes", "on"),
    ("standard_conforming_strings", "on"),
    ("is_superuser", "off"),
    ("default_transaction_read_only", "on"),
    ("transaction_read_only", "on"),
    ("in_hot_standby", "off"),
    ("server_version_num", "150000"),
    ("transaction_isolation", "read committed"),
    ("default_transaction_isolation", "read committed"),
    ("max_identifier_length", "63"),
    ("lc_collate", "C"),
    ("lc_ctype", "C"),
    ("bytea_output", "hex"),
    ("row_security", "on"),
];

/// Those that a client may set to what it likes.
const FREE: &[(&str, &str)] = &[
    ("application_name", ""),
    ("extra_float_digits", "1"),
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("client_min_messages", "notice"),
    ("search_path", "master"),
    // What answers are for: policies and the audit log know it.
    ("kith.purpose", ""),
];

/// How PostgreSQL writes the names of those that it reports.
const REPORTED: &[(&str, &str)] = &[
    ("server_version", "server_version"),
    ("server_encoding", "server_encoding"),
    ("client_encoding", "client_encoding"),
    ("application_name", "application_name"),
    ("default_transaction_read_only", "default_transaction_read_only"),
    ("in_hot_standby", "in_hot_standby"),
    ("is_superuser", "is_superuser"),
    ("datestyle", "DateStyle"),
    ("intervalstyle", "IntervalStyle"),
    ("timezone", "TimeZone"),
    ("integer_datetimes", "integer_datetimes"),
    ("standard_conforming_strings", "standard_conforming_strings"),
];

/// One connection's settings.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, String>);

fn known<'a>(list: &'a [(&str, &'a str)], name: &str) -> Option<&'a str> {
    list.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

fn alike(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        let kept = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match kept.as_str() {
            "true" | "1" => "on".to_string(),
            "gmt" | "etcutc" | "0" | "0000" => "utc".to_string(),
            "unicode" => "utf8".to_string(),
            "iso" => "isomdy".to_string(),
            _ => kept,
        }
    };
    plain(a) == plain(b)
}

impl Settings {
    /// What a setting is.
    pub fn get(&self, name: &str) -> Result<String, Refusal> {
        let set = self.0.get(name).map(String::as_str);
        let value = set.or(known(FREE, name)).or(known(FIXED, name));
        value.map(str::to_string).ok_or_else(|| unknown(name))
    }

    /// Changes one; `None` = back to what it was.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), Refusal> {
        let name = name.to_ascii_lowercase();
        let Some(value) = value else {
            self.0.remove(&name);
            return self.get(&name).map(|_| ());
        };
        if let Some(fixed) = known(FIXED, &name) {
            let message = format!("{name} is {fixed} here, and can not be {value:?}");
            let hint = "Times are in UTC, texts in UTF-8, and nothing can be written.";
            return if alike(fixed, value) { Ok(()) } else { Err(Refusal::new("0A000", message, hint)) };
        }
        if known(FREE, &name).is_none() {
            return Err(unknown(&name));
        }
        if name == "statement_timeout" && millis(value).is_none() {
            return Err(Refusal::new(
                "22023",
                format!("{value:?} is no time"),
                "Give milliseconds, or 30s, or 5min.",
            ));
        }
        self.0.insert(name, value.chars().take(200).collect());
        Ok(())
    }

    /// The schema where names without one are looked for first.
    pub fn schema(&self) -> String {
        let path = self.get("search_path").unwrap_or_default();
        let mut names = path.split(',').map(|name| name.trim().trim_matches('"'));
        let first = names.find(|name| !matches!(*name, "" | "$user" | "public" | "pg_catalog"));
        first.unwrap_or("master").to_string()
    }

    /// What answers are for, where it was said.
    pub fn purpose(&self) -> Option<String> {
        self.get("kith.purpose").ok().filter(|purpose| !purpose.is_empty())
    }

    /// How long a query may take.
    pub fn time_max(&self) -> Duration {
        let most = Duration::from_secs(SECONDS_MAX);
        let wanted = self.get("statement_timeout").ok().and_then(|value| millis(&value));
        wanted.filter(|millis| *millis > 0).map_or(most, |millis| Duration::from_millis(millis).min(most))
    }

    /// What a client is told of by itself.
    pub fn reported(&self) -> Vec<(&'static str, String)> {
        REPORTED.iter().map(|(name, shown)| (*shown, self.get(name).unwrap_or_default())).collect()
    }
}

/// `30s`, `5min`, `1500`.
fn millis(value: &str) -> Option<u64> {
    let value = value.trim();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let unit = match value[digits..].trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    value[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

fn unknown(name: &str) -> Refusal {
    Refusal::new(
        "42704",
        format!("there is no setting called {:?}", name.chars().take(80).collect::<String>()),
        "SHOW search_path, SHOW timezone, SHOW statement_timeout and others of PostgreSQL's are answered.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_free_or_true() {
        let mut settings = Settings::default();
        settings.set("TimeZone", Some("UTC")).unwrap();
        settings.set("client_encoding", Some("'utf-8'")).unwrap();
        settings.set("standard_conforming_strings", Some("true")).unwrap();
        assert_eq!(settings.set("timezone", Some("Europe/Berlin")).unwrap_err().state, "0A000");
        assert_eq!(settings.set("transaction_read_only", Some("off")).unwrap_err().state, "0A000");
        assert_eq!(settings.set("work_mem", Some("1GB")).unwrap_err().state, "42704");
        settings.set("search_path", Some("\"$user\", source, master")).unwrap();
        assert_eq!(settings.schema(), "source");
        settings.set("statement_timeout", Some("2s")).unwrap();
        assert_eq!(settings.time_max(), Duration::from_secs(2));
        settings.set("statement_timeout", None).unwrap();
        assert_eq!(settings.time_max(), Duration::from_secs(SECONDS_MAX));
        assert!(settings.set("statement_timeout", Some("soon")).is_err());
    }
}
