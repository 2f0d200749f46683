mod came;
mod samples;

use super::agent::{Agent, BotReason};
use super::*;
use crate::event::{Call, Event};
use crate::id::SourceName;
use Kind::{Desktop, Phone, Tablet, Tv};
use System::{Android, ChromeOs, IPadOs, Ios, Linux, MacOs, Tizen, WebOs, Windows};
use serde_json::{Value, json};

fn event(call: Call, name: &str, body: &Value) -> Event {
    Event {
        source: SourceName::try_from("web").expect("a name"),
        call,
        message_id: "m".into(),
        name: name.into(),
        user_id: Some("u".into()),
        anonymous_id: None,
        timestamp_ms: 0,
        received_at_ms: 0,
        body: body.to_string(),
        geo: None,
    }
}

fn derived(call: Call, name: &str, body: &Value) -> Derived {
    let event = event(call, name, body);
    Derived::of(&event, &Facts::of(&event.body))
}

fn page(context: &Value) -> Derived {
    derived(Call::Page, "", &json!({ "context": context }))
}

const SAFARI_PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";
const CHROME_PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36";
const CHROME_WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";

/// Text, kind, system, program.
const PEOPLE: &[(&str, Kind, System, &str)] = &[
    (SAFARI_PHONE, Phone, Ios, "Safari"),
    (CHROME_PHONE, Phone, Android, "Chrome"),
    (CHROME_WINDOWS, Desktop, Windows, "Chrome"),
    (
        "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
        Tablet,
        IPadOs,
        "Safari",
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        Tablet,
        Android,
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        Phone,
        Android,
        "Samsung Internet",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
        Desktop,
        MacOs,
        "Safari",
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", Desktop, Linux, "Firefox"),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
        Desktop,
        Windows,
        "Edge",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 OPR/109.0.0.0",
        Desktop,
        Windows,
        "Opera",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        Desktop,
        Windows,
        "Internet Explorer",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
        Desktop,
        ChromeOs,
        "Chrome",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/124.0.6367.88 Mobile/15E148 Safari/604.1",
        Phone,
        Ios,
        "Chrome",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21E236 Instagram 328.0",
        Phone,
        Ios,
        "Instagram",
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/460.0]",
        Phone,
        Android,
        "Facebook",
    ),
    (
        "Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
        Tv,
        Tizen,
        "Safari",
    ),
    (
        "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.79 Safari/537.36 WebAppManager",
        Tv,
        WebOs,
        "Chrome",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36 (KHTML, like Gecko) Silk/98.2 like Chrome/98.0 Safari/537.36",
        Tv,
        Android,
        "Silk",
    ),
    // A maker of telephones whose name has "bot" in it.
    (
        "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
        Phone,
        Android,
        "Chrome",
    ),
];

#[test]
fn people_and_their_devices_are_told_from_user_agents() {
    for (text, kind, system, client) in PEOPLE {
        let found = Agent::of(text);
        assert_eq!(found.bot, None, "{text}");
        let found = (found.kind, found.system, found.client.as_deref());
        assert_eq!(found, (Some(*kind), Some(*system), Some(*client)), "{text}");
    }
}

#[test]
fn programs_are_told_with_the_reason() {
    use BotReason::{Automated, Crawler, Monitor, Preview, Tool};
    let cases = [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Crawler, "Googlebot"),
        (
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            Crawler,
            "Googlebot",
        ),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", Crawler, "AhrefsBot"),
        ("Baiduspider+(+http://www.baidu.com/search/spider.htm)", Crawler, "Baiduspider"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            Crawler,
            "GPTBot",
        ),
        (
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            Preview,
            "Facebook preview",
        ),
        (
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            Preview,
            "Gmail image proxy",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
            Automated,
            "Headless Chrome",
        ),
        ("Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", Monitor, "UptimeRobot"),
        ("curl/8.5.0", Tool, "curl"),
        ("python-requests/2.31.0", Tool, "Python Requests"),
        ("node", Tool, "Node.js"),
    ];
    for (text, reason, name) in cases {
        let found = Agent::of(text);
        assert_eq!((found.bot, found.client.as_deref()), (Some(reason), Some(name)), "{text}");
    }
    let seen = page(&json!({ "userAgent": "curl/8.5.0" }));
    assert!(seen.bot && seen.device.is_some_and(|device| device.kind == Kind::Bot));
}

#[test]
fn what_a_library_says_of_the_device_comes_before_the_user_agent() {
    let device = |context: Value| serde_json::to_value(page(&context).device).expect("it can be written");
    assert_eq!(
        device(json!({
            "app": { "name": "Shop", "version": "2.0", "build": "3" },
            "device": { "id": "d", "manufacturer": "Apple", "model": "iPad13,4", "type": "ios", "name": "iPad" },
            "os": { "name": "iOS", "version": "17.4" },
            "library": { "name": "analytics-swift", "version": "1.5" },
            "userAgent": SAFARI_PHONE,
        })),
        json!({ "kind": "tablet", "os": "iPadOS", "client": "Shop", "model": "Apple iPad13,4" })
    );
    assert_eq!(
        device(json!({
            "app": { "name": "Shop" },
            "device": { "manufacturer": "Google", "model": "Pixel 8", "type": "android" },
            "os": { "name": "Android", "version": "14" },
            "library": { "name": "analytics-kotlin" },
        })),
        json!({ "kind": "phone", "os": "Android", "client": "Shop", "model": "Google Pixel 8" })
    );
    // Brave looks like Chrome but for its brand.
    assert_eq!(
        device(json!({
            "userAgent": CHROME_WINDOWS,
            "userAgentData": { "mobile": false, "platform": "Windows", "brands": [{ "brand": "Chromium" }, { "brand": "Brave" }] },
        })),
        json!({ "kind": "desktop", "os": "Windows", "client": "Brave" })
    );
    assert_eq!(
        device(json!({ "library": { "name": "analytics-python" } })),
        json!({ "kind": "server", "os": "unknown" })
    );
    assert_eq!(device(json!({ "library": { "name": "analytics.js" } })), Value::Null);
    // A server that passes the person's own user agent on speaks of the person's device.
    let passed_on = json!({ "library": { "name": "analytics-node" }, "userAgent": CHROME_PHONE });
    assert_eq!(device(passed_on)["kind"], "phone");
}

#[test]
fn a_body_of_another_shape_derives_nothing_and_breaks_nothing() {
    for context in [
        json!(7),
        json!([]),
        json!({ "page": 7, "device": [], "os": "x", "campaign": null, "userAgent": {} }),
    ] {
        let found = derived(Call::Track, "x", &json!({ "context": context, "properties": [1] }));
        assert_eq!(found, Derived::default(), "{context}");
    }
    // One member of another shape takes nothing else with it.
    let found = page(
        &json!({ "page": [], "device": 7, "userAgentData": { "brands": 7 }, "userAgent": CHROME_PHONE }),
    );
    assert_eq!(found.device.map(|device| device.kind), Some(Kind::Phone));
    let long = "x".repeat(5_000);
    assert_eq!(page(&json!({ "userAgent": long })).device, None);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_it(text in ".{0,300}", url in "(https?://)?[a-z.:@/?#&=%+\\[\\]é]{0,60}") {
        let _ = Agent::of(&text);
        let _ = page(&json!({ "userAgent": text, "page": { "url": url, "referrer": url, "search": text }, "device": { "model": text } }));
        let _ = url::host(&text).map(|host| url::same_site(host, &url));
        let _ = url::parameters(&text).count();
    }
}
