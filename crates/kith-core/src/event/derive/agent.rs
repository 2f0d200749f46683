//! What a user agent says: system, kind of device, browser, and whether it is a program.
//!
//! Own rules and no crate: what there is for Rust knows neither tablets, televisions nor the browsers of today, and browsers
//! have frozen the text (version and model are made up), so a few words tell all that is left. In the order of the lists the
//! first word that occurs decides, since each browser also names those that it imitates. Some hundred words are looked for,
//! so each thread remembers the texts that it has seen.

use super::device::{Kind, System};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

/// Texts that a thread remembers; then it begins again. About 300 KB.
const REMEMBERED_MAX: usize = 1_024;

thread_local! {
    static REMEMBERED: RefCell<HashMap<Box<str>, Agent>> = RefCell::new(HashMap::new());
}

/// How a program was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BotReason {
    /// It says that it is a robot: `Googlebot`, `AhrefsBot`, a spider, a crawler.
    Crawler,
    /// It shows a preview of a link, or fetches images for a mailbox.
    Preview,
    /// It watches whether a site works, and how fast.
    Monitor,
    /// A browser that a program drives: `HeadlessChrome`, Playwright, Selenium.
    Automated,
    /// A library or a tool without a browser: `curl`, `python-requests`.
    Tool,
}

/// What a user agent says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    /// The kind of device.
    pub kind: Option<Kind>,
    /// The operating system.
    pub system: Option<System>,
    /// The browser, or the app that shows pages; of a program its name.
    pub client: Option<Cow<'static, str>>,
    /// Set where it is a program.
    pub bot: Option<BotReason>,
}

/// Words in small letters, and what they say.
type Words<T> = &'static [(&'static str, T)];

const PREVIEWS: Words<&str> = &[
    ("facebookexternalhit", "Facebook preview"),
    ("facebot", "Facebook preview"),
    ("whatsapp/", "WhatsApp preview"),
    ("skypeuripreview", "Skype preview"),
    ("slack-imgproxy", "Slack preview"),
    ("googleimageproxy", "Gmail image proxy"),
    ("yahoomailproxy", "Yahoo Mail image proxy"),
    ("embedly", "Embedly"),
    ("google-read-aloud", "Google Read Aloud"),
    ("mediapartners-google", "Google AdSense"),
    ("feedfetcher", "Feedfetcher"),
];

const MONITORS: Words<&str> = &[
    ("lighthouse", "Lighthouse"),
    ("pingdom", "Pingdom"),
    ("uptimerobot", "UptimeRobot"),
    ("statuscake", "StatusCake"),
    ("gtmetrix", "GTmetrix"),
    ("datadogsynthetics", "Datadog Synthetics"),
    ("newrelicpinger", "New Relic"),
    ("site24x7", "Site24x7"),
    ("ptst/", "WebPageTest"),
];

const AUTOMATED: Words<&str> = &[
    ("headlesschrome", "Headless Chrome"),
    ("phantomjs", "PhantomJS"),
    ("playwright", "Playwright"),
    ("puppeteer", "Puppeteer"),
    ("selenium", "Selenium"),
    ("webdriver", "WebDriver"),
    ("cypress", "Cypress"),
    ("jsdom", "jsdom"),
];

/// What begins with one of them is no browser.
const TOOLS: Words<&str> = &[
    ("curl/", "curl"),
    ("wget/", "Wget"),
    ("python-requests", "Python Requests"),
    ("python-urllib", "Python urllib"),
    ("python-httpx", "Python HTTPX"),
    ("aiohttp", "aiohttp"),
    ("scrapy", "Scrapy"),
    ("go-http-client", "Go HTTP client"),
    ("libwww-perl", "libwww-perl"),
    ("apache-httpclient", "Apache HttpClient"),
    ("axios/", "axios"),
    ("node-fetch", "node-fetch"),
    ("postmanruntime", "Postman"),
    ("insomnia", "Insomnia"),
    ("guzzlehttp", "Guzzle"),
    ("java/", "Java"),
    ("ruby", "Ruby"),
    ("httpie", "HTTPie"),
];

const SYSTEMS: Words<System> = &[
    ("windows phone", System::WindowsPhone),
    ("xbox", System::Xbox),
    ("windows", System::Windows),
    ("ipad", System::IPadOs),
    ("appletv", System::TvOs),
    ("apple tv", System::TvOs),
    ("watchos", System::WatchOs),
    ("iphone", System::Ios),
    ("ipod", System::Ios),
    ("cros ", System::ChromeOs),
    ("tizen", System::Tizen),
    ("web0s", System::WebOs),
    ("webos", System::WebOs),
    ("harmonyos", System::HarmonyOs),
    ("kaios", System::KaiOs),
    ("roku", System::Roku),
    ("playstation", System::PlayStation),
    ("nintendo", System::Nintendo),
    ("android", System::Android),
    ("mac os x", System::MacOs),
    ("macintosh", System::MacOs),
    ("darwin", System::MacOs),
    ("linux", System::Linux),
    ("x11", System::Linux),
];

const TELEVISIONS: &[&str] = &[
    "smart-tv",
    "smarttv",
    "smart tv",
    "googletv",
    "android tv",
    "appletv",
    "apple tv",
    "hbbtv",
    "netcast",
    "web0s",
    "bravia",
    "crkey",
    "roku",
    "; aft",
];

const CLIENTS: Words<&str> = &[
    ("fban/", "Facebook"),
    ("fbav/", "Facebook"),
    ("fb_iab", "Facebook"),
    ("instagram", "Instagram"),
    ("micromessenger", "WeChat"),
    ("musical_ly", "TikTok"),
    ("tiktok", "TikTok"),
    ("bytedance", "TikTok"),
    ("snapchat", "Snapchat"),
    ("linkedinapp", "LinkedIn"),
    ("[pinterest/", "Pinterest"),
    (" line/", "LINE"),
    ("gsa/", "Google app"),
    ("edg/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("edge/", "Edge"),
    ("opr/", "Opera"),
    ("opios/", "Opera"),
    ("opera", "Opera"),
    ("samsungbrowser/", "Samsung Internet"),
    ("yabrowser/", "Yandex Browser"),
    ("ucbrowser/", "UC Browser"),
    ("vivaldi/", "Vivaldi"),
    ("duckduckgo/", "DuckDuckGo"),
    ("ddg/", "DuckDuckGo"),
    ("brave/", "Brave"),
    ("whale/", "Whale"),
    ("miuibrowser/", "Mi Browser"),
    ("huaweibrowser/", "Huawei Browser"),
    ("silk/", "Silk"),
    ("electron/", "Electron"),
    ("fxios/", "Firefox"),
    ("focus/", "Firefox Focus"),
    ("firefox/", "Firefox"),
    ("; wv)", "Android WebView"),
    ("crios/", "Chrome"),
    ("chrome/", "Chrome"),
    ("chromium/", "Chromium"),
    ("trident/", "Internet Explorer"),
    ("msie ", "Internet Explorer"),
    ("version/", "Safari"),
];

impl Agent {
    /// Reads a user agent, or remembers what it says.
    pub fn of(text: &str) -> Agent {
        REMEMBERED.with_borrow_mut(|remembered| {
            if let Some(agent) = remembered.get(text) {
                return agent.clone();
            }
            if remembered.len() >= REMEMBERED_MAX {
                remembered.clear();
            }
            let agent = Agent::read(text);
            remembered.insert(text.into(), agent.clone());
            agent
        })
    }

    /// Reads a user agent.
    pub fn read(text: &str) -> Agent {
        let small = text.to_ascii_lowercase();
        if let Some((reason, name)) = program(&small, text) {
            return Agent { kind: Some(Kind::Bot), bot: Some(reason), client: Some(name), system: None };
        }
        let system = first(SYSTEMS, &small);
        let kind = kind(&small, system);
        let client = first(CLIENTS, &small).or_else(|| match system {
            // An app's own window on the web, and the system's own network library.
            Some(System::Ios | System::IPadOs) if small.contains("applewebkit") => Some("iOS WebView"),
            _ if small.contains("safari/") => Some("Safari"),
            _ => None,
        });
        Agent { kind, system, client: client.map(Cow::Borrowed), bot: None }
    }
}

fn first<T: Copy>(words: Words<T>, small: &str) -> Option<T> {
    words.iter().find(|(word, _)| small.contains(word)).map(|(_, said)| *said)
}

fn program(small: &str, text: &str) -> Option<(BotReason, Cow<'static, str>)> {
    let listed =
        [(PREVIEWS, BotReason::Preview), (MONITORS, BotReason::Monitor), (AUTOMATED, BotReason::Automated)];
    for (words, reason) in listed {
        if let Some(name) = first(words, small) {
            return Some((reason, Cow::Borrowed(name)));
        }
    }
    if let Some((_, name)) = TOOLS.iter().find(|(word, _)| small.starts_with(word)) {
        return Some((BotReason::Tool, Cow::Borrowed(name)));
    }
    if small == "node" || small == "undici" {
        return Some((BotReason::Tool, Cow::Borrowed("Node.js")));
    }
    crawler(text).map(|name| (BotReason::Crawler, name))
}

/// The word that says that it is a robot. CUBOT makes telephones.
fn crawler(text: &str) -> Option<Cow<'static, str>> {
    const NAME_BYTES_MAX: usize = 40;
    let words = text.split([' ', ';', '(', ')', ',', '/', '+']);
    let name = words.filter(|word| !word.contains(".")).find(|word| {
        let small = word.to_ascii_lowercase();
        let says = ["bot", "crawl", "spider", "slurp"].iter().any(|robot| small.contains(robot));
        says && !small.contains("cubot")
    })?;
    let end = name.len().min(NAME_BYTES_MAX);
    Some(Cow::Owned(name.get(..end).unwrap_or("robot").to_string()))
}

fn kind(small: &str, system: Option<System>) -> Option<Kind> {
    if TELEVISIONS.iter().any(|word| small.contains(word)) {
        return Some(Kind::Tv);
    }
    let mobile = small.contains("mobi");
    Some(match system? {
        System::Tizen if !mobile => Kind::Tv,
        System::TvOs | System::WebOs | System::Roku => Kind::Tv,
        System::WatchOs => Kind::Watch,
        System::Xbox | System::PlayStation | System::Nintendo => Kind::Console,
        System::IPadOs => Kind::Tablet,
        System::Ios | System::WindowsPhone | System::KaiOs => Kind::Phone,
        // Chrome and Firefox of tablets leave out the word "Mobile" (Chrome's own documentation).
        System::Android | System::HarmonyOs | System::Tizen => match mobile && !small.contains("tablet") {
            true => Kind::Phone,
            false => Kind::Tablet,
        },
        System::Windows | System::MacOs | System::ChromeOs | System::Linux | System::Other => Kind::Desktop,
    })
}
