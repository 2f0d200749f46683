//! How somebody came: by the campaign's words first, then by the referrer (much as Google's default channel groups do).

use super::campaign::Campaign;
use super::context::{Context, Properties};
use super::url::{host, same_site};
use crate::event::{Call, Event};
use serde::{Deserialize, Serialize};

/// A way to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Nobody sent them, as far as it is known.
    Direct,
    /// A result of a search engine.
    OrganicSearch,
    /// An advertisement of a search engine.
    PaidSearch,
    /// A link in a social network.
    Social,
    /// An advertisement in a social network.
    PaidSocial,
    /// An e-mail.
    Email,
    /// A text message.
    Sms,
    /// A notification of the app or the browser.
    Push,
    /// A link on another site.
    Referral,
    /// A partner who is paid for sales.
    Affiliate,
    /// A banner.
    Display,
    /// A video or an advertisement in one.
    Video,
    /// A campaign that names itself, and none of the above.
    Other,
    /// From one page of the site to another one.
    Internal,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Channel; 14] = [
        Channel::Direct,
        Channel::OrganicSearch,
        Channel::PaidSearch,
        Channel::Social,
        Channel::PaidSocial,
        Channel::Email,
        Channel::Sms,
        Channel::Push,
        Channel::Referral,
        Channel::Affiliate,
        Channel::Display,
        Channel::Video,
        Channel::Other,
        Channel::Internal,
    ];

    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Direct => "direct",
            Channel::OrganicSearch => "organic_search",
            Channel::PaidSearch => "paid_search",
            Channel::Social => "social",
            Channel::PaidSocial => "paid_social",
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Push => "push",
            Channel::Referral => "referral",
            Channel::Affiliate => "affiliate",
            Channel::Display => "display",
            Channel::Video => "video",
            Channel::Other => "other",
            Channel::Internal => "internal",
        }
    }
}

/// The page that an event happened on.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    url: Option<&'a str>,
    /// The query, where the address is without it.
    search: Option<&'a str>,
    referrer: Option<&'a str>,
    seen: bool,
}

impl<'a> Page<'a> {
    pub fn of(event: &Event, context: &'a Context, properties: &'a Properties) -> Page<'a> {
        const OPENED: [&str; 2] = ["Deep Link Opened", "Application Opened"];
        // Elsewhere `url` is that of a product, an image, a file.
        let own = event.call == Call::Page || OPENED.contains(&event.name.as_str());
        let properties = Some(properties).filter(|_| own);
        let url = context.page.url.get().or_else(|| properties?.url.get());
        let search = context.page.search.get().or_else(|| properties?.search.get());
        let referrer = context.page.referrer.get();
        let referrer = referrer.or(context.referrer.url.get()).or(context.referrer.link.get());
        // RudderStack's word for none.
        let referrer = referrer.or_else(|| properties?.referrer.get()).filter(|text| *text != "$direct");
        Page { url, search, referrer, seen: own || url.is_some() }
    }

    /// Where parameters may stand.
    pub fn addresses(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let apart = self.search.filter(|_| self.url.is_none_or(|url| !url.contains('?')));
        self.url.into_iter().chain(apart)
    }
}

/// The channel of an event that is no message's; `None` = it is no visit.
pub(super) fn of(campaign: Option<&(Campaign, Option<Channel>)>, page: &Page) -> Option<Channel> {
    if let Some((campaign, clicked)) = campaign {
        let social = named(SOCIAL, &campaign.source);
        let by_medium = of_medium(&campaign.medium, social);
        // What the advertiser says is surer than a parameter that the network adds; what the link is from comes last.
        return Some(
            by_medium.or(*clicked).or_else(|| of_source(&campaign.source)).unwrap_or(Channel::Other),
        );
    }
    let Some(referrer) = page.referrer else { return page.seen.then_some(Channel::Direct) };
    let from = host(referrer).unwrap_or(referrer);
    if page.url.and_then(host).is_some_and(|own| same_site(own, from)) {
        return Some(Channel::Internal);
    }
    Some(of_host(from))
}

fn of_medium(medium: &str, social: bool) -> Option<Channel> {
    let medium = medium.to_ascii_lowercase().replace(['-', ' ', '.'], "_");
    Some(match medium.as_str() {
        "cpc" | "ppc" | "paid" | "retargeting" if social => Channel::PaidSocial,
        "cpc" | "ppc" | "paid" | "paidsearch" | "paid_search" | "sem" => Channel::PaidSearch,
        "paidsocial" | "paid_social" | "social_paid" | "cpsocial" => Channel::PaidSocial,
        "display" | "banner" | "cpm" | "interstitial" | "expandable" | "programmatic" | "retargeting" => {
            Channel::Display
        }
        "email" | "e_mail" | "mail" | "newsletter" => Channel::Email,
        "sms" | "mms" | "whatsapp" => Channel::Sms,
        "push" | "mobile_push" | "web_push" | "notification" => Channel::Push,
        "social" | "social_network" | "social_media" | "sm" | "organic_social" => Channel::Social,
        "affiliate" | "affiliates" | "partner" => Channel::Affiliate,
        "video" | "cpv" => Channel::Video,
        "organic" => Channel::OrganicSearch,
        "referral" | "link" => Channel::Referral,
        _ => return None,
    })
}

fn of_source(source: &str) -> Option<Channel> {
    let small = source.to_ascii_lowercase();
    if ["newsletter", "email", "mailchimp", "klaviyo", "hubspot_email"].contains(&small.as_str()) {
        return Some(Channel::Email);
    }
    named(SOCIAL, source).then_some(Channel::Social)
}

/// Words of hosts, as a whole label: `google` is of `google.com` and `www.google.co.uk`, and not of `mygoogle.com`.
const SEARCH: &[&str] = &[
    "google",
    "bing",
    "duckduckgo",
    "yahoo",
    "ecosia",
    "qwant",
    "yandex",
    "ya",
    "baidu",
    "naver",
    "seznam",
    "startpage",
    "brave",
    "kagi",
    "sogou",
    "so",
    "aol",
    "ask",
    "mojeek",
    "swisscows",
];

const SOCIAL: &[&str] = &[
    "facebook",
    "fb",
    "instagram",
    "ig",
    "threads",
    "twitter",
    "x",
    "t",
    "linkedin",
    "lnkd",
    "pinterest",
    "pin",
    "tiktok",
    "reddit",
    "redd",
    "snapchat",
    "youtube",
    "youtu",
    "whatsapp",
    "telegram",
    "mastodon",
    "bsky",
    "tumblr",
    "quora",
    "vk",
    "weibo",
    "xing",
    "discord",
    "meta",
];

fn named(words: &[&str], word: &str) -> bool {
    // A source may be a word (`facebook`) or a host (`m.facebook.com`).
    let label = word.rsplit('.').nth(1).unwrap_or(word);
    words.iter().any(|known| label.eq_ignore_ascii_case(known))
}

fn of_host(host: &str) -> Channel {
    let small = host.to_ascii_lowercase();
    let labels: Vec<&str> = small.split('.').collect();
    // An app that opened the page: android-app://com.google.android.gm
    if labels.first() == Some(&"com") || labels.first() == Some(&"org") {
        return match small.as_str() {
            "com.google.android.gm" | "com.microsoft.office.outlook" => Channel::Email,
            "com.google.android.googlequicksearchbox" => Channel::OrganicSearch,
            _ if labels.iter().any(|label| SOCIAL.contains(label) && label.len() > 2) => Channel::Social,
            _ => Channel::Referral,
        };
    }
    // Webmail before search: mail.google.com.
    if ["mail", "webmail", "outlook", "deref-gmx", "deref-web"].contains(&labels[0]) {
        return Channel::Email;
    }
    // t.co and x.com are whole hosts: "t" alone would be anybody's.
    let domain = match labels.as_slice() {
        [.., second, country] if labels.len() > 2 && second.len() <= 3 && country.len() == 2 => {
            labels.len() - 3
        }
        _ => labels.len().saturating_sub(2),
    };
    let label = labels[domain];
    let short = label.len() <= 2;
    let whole = ["t.co", "x.com", "ya.ru", "so.com", "vk.com", "fb.com", "fb.me"];
    let known =
        |words: &[&str]| words.contains(&label) && (!short || whole.iter().any(|host| small.ends_with(host)));
    // Their other services send visitors too: a document, a translation.
    let search = ["docs", "drive", "sites", "translate", "classroom", "groups", "calendar"];
    if known(SEARCH) && !search.contains(&labels[0]) {
        Channel::OrganicSearch
    } else if known(SOCIAL) {
        Channel::Social
    } else {
        Channel::Referral
    }
}
