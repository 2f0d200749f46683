//! What the environment says, in the variables that the OpenTelemetry specification names.

use std::time::Duration;

/// Where traces go, and which.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whole address that spans are posted to.
    pub url: String,
    /// Headers that are sent with them.
    pub headers: Vec<(String, String)>,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long spans wait for others.
    pub delay: Duration,
    /// Who we are: `service.name` and what else is said.
    pub resource: Vec<(String, String)>,
    /// Which traces are kept.
    pub sampler: Sampler,
}

/// Which traces are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Of the traces that begin here, this part: 0 to 1.
    pub ratio: f64,
    /// True where a trace that began elsewhere is kept if it is kept there.
    pub by_parent: bool,
}

impl Sampler {
    /// True for a trace that is kept; the lower half of its id is as good as any dice.
    pub fn keeps(&self, trace: u128) -> bool {
        // 63 bits, since 2^64 is no f64 that comes back.
        let dice = (trace as u64) >> 1;
        self.ratio >= 1.0 || (dice as f64) < self.ratio * (1u64 << 63) as f64
    }
}

impl Settings {
    /// From variables; `None` = none of them says where traces go, or they are switched off.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Settings>, String> {
        let said = |name: &str| variable(name).map(|v| v.trim().to_string()).filter(|v| !v.is_empty());
        let is = |name: &str, word: &str| said(name).is_some_and(|value| value.eq_ignore_ascii_case(word));
        if is("OTEL_SDK_DISABLED", "true") || is("OTEL_TRACES_EXPORTER", "none") {
            return Ok(None);
        }
        // Each is first said for traces alone.
        let own = |name: &str| {
            let (head, tail) = name.split_once("OTLP_").unwrap_or((name, ""));
            said(&format!("{head}OTLP_TRACES_{tail}")).or_else(|| said(name))
        };
        let base = || {
            said("OTEL_EXPORTER_OTLP_ENDPOINT").map(|url| format!("{}/v1/traces", url.trim_end_matches('/')))
        };
        let Some(url) = said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(base) else { return Ok(None) };
        if own("OTEL_EXPORTER_OTLP_PROTOCOL").is_some_and(|protocol| protocol == "grpc") {
            return Err("Kith speaks OTLP over HTTP: give the endpoint of port 4318, and OTEL_EXPORTER_OTLP_PROTOCOL=http/json".into());
        }
        let ms = |value: Option<String>, usual: u64| {
            Duration::from_millis(value.and_then(|value| value.parse().ok()).unwrap_or(usual))
        };
        let mut resource = vec![("service.version".to_string(), env!("CARGO_PKG_VERSION").to_string())];
        resource.extend(pairs(&said("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default()));
        if let Some(name) = said("OTEL_SERVICE_NAME") {
            resource.retain(|(key, _)| key != "service.name");
            resource.push(("service.name".into(), name));
        } else if resource.iter().all(|(key, _)| key != "service.name") {
            resource.push(("service.name".into(), "kith".into()));
        }
        Ok(Some(Settings {
            url,
            headers: pairs(&own("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default()),
            timeout: ms(own("OTEL_EXPORTER_OTLP_TIMEOUT"), 10_000),
            delay: ms(said("OTEL_BSP_SCHEDULE_DELAY"), 5_000),
            resource,
            sampler: sampler(said("OTEL_TRACES_SAMPLER"), said("OTEL_TRACES_SAMPLER_ARG"))?,
        }))
    }
}

fn sampler(word: Option<String>, argument: Option<String>) -> Result<Sampler, String> {
    let word = word.unwrap_or_else(|| "parentbased_always_on".into()).to_ascii_lowercase();
    let (by_parent, own) = match word.strip_prefix("parentbased_") {
        Some(own) => (true, own),
        None => (false, word.as_str()),
    };
    let ratio = match own {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => {
            let said = argument.unwrap_or_else(|| "1".into());
            let ratio = said.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
            ratio.ok_or_else(|| format!("OTEL_TRACES_SAMPLER_ARG is {said:?} and no number from 0 to 1"))?
        }
        _ => return Err(format!("OTEL_TRACES_SAMPLER is {word:?}, which Kith does not know")),
    };
    Ok(Sampler { ratio, by_parent })
}

/// `key=value,key=value`, values escaped with percent signs.
fn pairs(text: &str) -> Vec<(String, String)> {
    let one = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.trim().to_string(), unescaped(value.trim()))).filter(|(key, _)| !key.is_empty())
    };
    text.split(',').filter_map(one).collect()
}

fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let coded = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let coded = coded.and_then(|coded| u8::from_str_radix(coded, 16).ok());
        out.push(coded.unwrap_or(*byte));
        at += if coded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        Settings::of(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        })
    }

    #[test]
    fn the_environment_says_where_and_which() {
        const TO: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/");
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[TO, ("OTEL_SDK_DISABLED", "true")]), Ok(None));
        let usual = of(&[TO]).expect("settings").expect("on");
        assert_eq!(usual.url, "http://localhost:4318/v1/traces");
        assert_eq!(usual.sampler, Sampler { ratio: 1.0, by_parent: true });
        assert!(usual.resource.contains(&("service.name".into(), "kith".into())));
        let said = of(&[
            TO,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example/in"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc, x=1%"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,region=eu"),
            ("OTEL_SERVICE_NAME", "cdp"),
            ("OTEL_TRACES_SAMPLER", "traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
        ]);
        let said = said.expect("settings").expect("on");
        assert_eq!(said.url, "https://traces.example/in");
        let headers = [("authorization".into(), "Bearer abc".into()), ("x".into(), "1%".into())];
        assert_eq!(said.headers, headers);
        assert_eq!(
            said.resource[1..],
            [("region".into(), "eu".into()), ("service.name".into(), "cdp".into())]
        );
        assert_eq!(said.sampler, Sampler { ratio: 0.25, by_parent: false });
        for wrong in [("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")] {
            assert!(of(&[TO, wrong]).is_err(), "{wrong:?}");
        }
        assert!(
            of(&[TO, ("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "7")]).is_err()
        );
    }

    #[test]
    fn a_ratio_keeps_that_part() {
        let sampler = Sampler { ratio: 0.25, by_parent: true };
        let kept = (0..4_000u64).filter(|n| sampler.keeps(u128::from(n * (u64::MAX / 4_000)))).count();
        assert!((999..=1_001).contains(&kept), "{kept}");
        assert!(!Sampler { ratio: 0.0, by_parent: true }.keeps(0));
        assert!(Sampler { ratio: 1.0, by_parent: true }.keeps(u128::MAX));
    }
}
