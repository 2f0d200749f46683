//! The device that an event happened on, and the program on it.

use super::agent::{Agent, BotReason};
use super::context::{Context, Hints};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// In a pocket.
    Phone,
    /// In two hands.
    Tablet,
    /// On a desk or a lap.
    Desktop,
    /// A television, or a box at one.
    Tv,
    /// On a wrist.
    Watch,
    /// A games console.
    Console,
    /// No device of a person: a program that acts as one.
    Bot,
    /// No device of a person: the sender's own server, which tells of one.
    Server,
    /// The event says something of the device, and not this.
    Unknown,
}

/// An operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum System {
    /// Phones of Apple.
    #[serde(rename = "iOS")]
    Ios,
    /// Tablets of Apple.
    #[serde(rename = "iPadOS")]
    IPadOs,
    /// Android, Fire OS too.
    Android,
    /// Windows.
    Windows,
    /// Computers of Apple. A tablet of Apple calls itself one, unless its app says otherwise.
    #[serde(rename = "macOS")]
    MacOs,
    /// Linux.
    Linux,
    /// Chromebooks.
    #[serde(rename = "ChromeOS")]
    ChromeOs,
    /// Apple TV.
    #[serde(rename = "tvOS")]
    TvOs,
    /// Watches of Apple.
    #[serde(rename = "watchOS")]
    WatchOs,
    /// Televisions of Samsung.
    Tizen,
    /// Televisions of LG.
    #[serde(rename = "webOS")]
    WebOs,
    /// Devices of Huawei.
    #[serde(rename = "HarmonyOS")]
    HarmonyOs,
    /// Simple phones.
    #[serde(rename = "KaiOS")]
    KaiOs,
    /// Roku.
    Roku,
    /// Windows on phones.
    #[serde(rename = "Windows Phone")]
    WindowsPhone,
    /// PlayStation.
    PlayStation,
    /// Xbox.
    Xbox,
    /// Nintendo.
    Nintendo,
    /// Not known.
    #[serde(rename = "unknown")]
    Other,
}

/// A device and the program on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
pub struct Device {
    /// What kind.
    pub kind: Kind,
    /// Its operating system.
    pub os: System,
    /// The browser or the app; empty = not known.
    #[serde(default)]
    pub client: Cow<'static, str>,
    /// Maker and model, where an app says them; empty = not known.
    #[serde(default)]
    pub model: Cow<'static, str>,
}

super::sparse!(Device: kind os; client model);

/// Longer names are cut.
const NAME_BYTES_MAX: usize = 60;

/// The device of an event, and why it is taken for a program's. `channel` is the body's own, a word of RudderStack's
/// libraries: `web`, `mobile`, `server`.
pub(super) fn of(context: &Context, channel: Option<&str>) -> (Option<Device>, Option<BotReason>) {
    let mut found = context.user_agent.get().map(Agent::of).unwrap_or_default();
    if let Some(reason) = found.bot {
        let client = found.client.unwrap_or_default();
        let device = Device { kind: Kind::Bot, os: System::Other, client, model: Cow::Borrowed("") };
        return (Some(device), Some(reason));
    }
    hinted(&mut found, &context.user_agent_data);
    let model = said(&mut found, context);
    let nothing = found.kind.is_none() && found.system.is_none() && found.client.is_none();
    if nothing && model.is_empty() {
        return (from_a_server(context, channel).then(server), None);
    }
    let device = Device {
        kind: found.kind.unwrap_or(Kind::Unknown),
        os: found.system.unwrap_or(System::Other),
        client: found.client.unwrap_or_default(),
        model: model.into(),
    };
    (Some(device), None)
}

fn server() -> Device {
    let (client, model) = (Cow::Borrowed(""), Cow::Borrowed(""));
    Device { kind: Kind::Server, os: System::Other, client, model }
}

/// What the browser says beside its user agent.
fn hinted(found: &mut Agent, hints: &Hints) {
    let system = hints.platform.get().and_then(system);
    found.system = system.or(found.system);
    if let (Some(system), Some(mobile)) = (system, hints.mobile.get()) {
        found.kind = match (mobile, system) {
            ("true", _) => Some(Kind::Phone),
            (_, System::Android) => Some(Kind::Tablet),
            _ => found.kind.or(Some(Kind::Desktop)),
        };
    }
    // Browsers that look like Chrome otherwise. Names that shall confuse ("Not:A-Brand") and the common engine say nothing.
    let known =
        [("Brave", "Brave"), ("Microsoft Edge", "Edge"), ("Opera", "Opera"), ("Google Chrome", "Chrome")];
    let brand = |name: &str| hints.brands.0.iter().any(|brand| brand.brand.get() == Some(name));
    if let Some((_, client)) = known.iter().find(|(name, _)| brand(name)) {
        found.client = Some(Cow::Borrowed(client));
    }
}

/// What the library of an app says; gives the model.
fn said(found: &mut Agent, context: &Context) -> String {
    let stated = context.device.kind.get().map(str::to_ascii_lowercase);
    let system = context.os.name.get().and_then(system).or(stated.as_deref().and_then(system));
    found.system = system.or(found.system);
    let maker = context.device.manufacturer.get().unwrap_or_default();
    let model = context.device.model.get().or(context.user_agent_data.model.get()).unwrap_or_default();
    let kind = match stated.as_deref() {
        Some("phone" | "mobile" | "smartphone" | "handset") => Some(Kind::Phone),
        Some("tablet") => Some(Kind::Tablet),
        Some("desktop" | "pc" | "computer") => Some(Kind::Desktop),
        Some("tv" | "smarttv" | "television") => Some(Kind::Tv),
        Some("watch" | "wearable") => Some(Kind::Watch),
        Some("console") => Some(Kind::Console),
        _ => None,
    };
    if let Some(kind) = kind.or_else(|| of_model(model, system.filter(|_| found.kind.is_none()))) {
        found.kind = Some(kind);
        if kind == Kind::Tablet && found.system == Some(System::Ios) {
            found.system = Some(System::IPadOs);
        }
    }
    // In a browser, the library calls itself the app.
    let library = context.library.name.get();
    let app = context.app.name.get().filter(|app| Some(*app) != library && !app.contains("JavaScript SDK"));
    if let Some(app) = app {
        found.client = Some(Cow::Owned(cut(app)));
    }
    match model.to_ascii_lowercase().starts_with(&maker.to_ascii_lowercase()) {
        true => cut(model),
        false => cut(format!("{maker} {model}").trim()),
    }
}

/// By the names that makers give, else by the system.
fn of_model(model: &str, system: Option<System>) -> Option<Kind> {
    let begins = |words: &[&str]| words.iter().any(|word| model.starts_with(word));
    if begins(&["iPad", "SM-T", "SM-X", "Lenovo TB", "KF", "Nexus 7", "Nexus 9", "Pixel C", "Pixel Tablet"]) {
        return Some(Kind::Tablet);
    }
    if begins(&["iPhone", "iPod"]) {
        return Some(Kind::Phone);
    }
    Some(match (begins(&["AppleTV", "AFT", "BRAVIA"]), begins(&["Watch"]), system?) {
        (true, ..) | (_, _, System::TvOs | System::Roku | System::WebOs) => Kind::Tv,
        (_, true, _) | (_, _, System::WatchOs) => Kind::Watch,
        (_, _, System::IPadOs) => Kind::Tablet,
        (_, _, System::Ios | System::Android | System::HarmonyOs | System::KaiOs | System::WindowsPhone) => {
            Kind::Phone
        }
        (_, _, System::Windows | System::MacOs | System::Linux | System::ChromeOs) => Kind::Desktop,
        _ => return None,
    })
}

/// A system by the name that libraries and browsers give it.
fn system(name: &str) -> Option<System> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "ios" | "iphone os" => System::Ios,
        "ipados" => System::IPadOs,
        "android" | "fire os" | "fireos" => System::Android,
        "windows" => System::Windows,
        "macos" | "mac os x" | "mac os" | "osx" | "os x" => System::MacOs,
        "linux" | "ubuntu" => System::Linux,
        "chrome os" | "chromeos" | "chromium os" => System::ChromeOs,
        "tvos" => System::TvOs,
        "watchos" => System::WatchOs,
        "tizen" => System::Tizen,
        "webos" => System::WebOs,
        "harmonyos" => System::HarmonyOs,
        "kaios" => System::KaiOs,
        "roku" => System::Roku,
        _ => return None,
    })
}

/// True where the sender's own server tells of a person: its library or its channel says so.
fn from_a_server(context: &Context, channel: Option<&str>) -> bool {
    const RUNTIMES: [&str; 11] =
        ["node", "python", "ruby", "php", "java", "go", "net", "rust", "elixir", "clojure", "server"];
    let of_server = |channel: &str| ["server", "sources"].contains(&channel);
    let library = context.library.name.get().unwrap_or_default().to_ascii_lowercase();
    channel.is_some_and(of_server)
        || context.channel.get().is_some_and(of_server)
        || library.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| RUNTIMES.contains(&word))
}

fn cut(name: &str) -> String {
    let mut end = name.len().min(NAME_BYTES_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].trim().to_string()
}
