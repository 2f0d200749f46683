//! The few members of a body that something is derived from. A member of another shape than expected is not there, and takes
//! nothing else with it.

use crate::event::facts::Facts;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::ops::Deref;

/// Longer texts are cut: nothing here is longer in earnest, and a state is kept for each carrier.
const TEXT_BYTES_MAX: usize = 2_000;

/// A text; empty texts and everything else are nothing.
#[derive(Debug, Default, Clone)]
pub(super) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }
}

impl<'a> Text<'a> {
    fn new(text: Cow<'a, str>) -> Text<'a> {
        let blank = text.trim().is_empty() || text.len() > TEXT_BYTES_MAX;
        Text((!blank).then_some(text))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

struct TextVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
    type Value = Text<'a>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text::new(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text::new(Cow::Owned(text.to_string())))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Some(number.to_string().into())))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Some(number.to_string().into())))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
    fn visit_bool<E>(self, yes: bool) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(if yes { "true" } else { "false" }))))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
}

/// An object; everything else is an empty one.
#[derive(Debug, Default)]
pub(super) struct Object<T>(pub T);

impl<T> Deref for Object<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Object::default())
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Object::default())
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Object::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Object::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Object::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Object::default())
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Object::default())
    }
}

/// Objects whose members are all texts.
macro_rules! texts {
    ($($(#[$meta:meta])* $name:ident { $($field:ident $(= $word:literal $(| $other:literal)*)?),* $(,)? })*) => { $(
        $(#[$meta])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        pub(super) struct $name<'a> {
            $(#[serde(borrow $(, rename = $word $(, alias = $other)*)?)] pub $field: Text<'a>,)*
        }
    )* };
}

texts! {
    /// `context.page`.
    PageSaid { url, referrer, search }
    /// `context.campaign`.
    CampaignSaid { source, medium, name, term, content, id }
    /// `context.device`; `type` is the system in Segment's libraries and the kind elsewhere.
    DeviceSaid { kind = "type", manufacturer, model }
    /// `context.os`, `context.app`, `context.library`: what has a name.
    Named { name }
    /// `context.screen` is of no use; `context.referrer` of apps.
    ReferrerSaid { url, link, name }
    /// `context.location` (Segment) and `context.geo` (RudderStack).
    LocationSaid { country, region, city }
    /// One of `context.userAgentData.brands`.
    Brand { brand }
    /// Properties of pages, deep links and messages.
    Properties {
        url, referrer, search,
        campaign_id = "campaign_id" | "campaignId" | "broadcast_id",
        campaign_name = "campaign_name" | "campaignName" | "broadcast_name",
        email_id = "email_id" | "emailId" | "message_id" | "delivery_id" | "push_id",
        link = "link_url" | "href",
    }
}

/// `context.userAgentData`: what a browser says of itself in place of a long user agent.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Hints<'a> {
    #[serde(borrow)]
    pub brands: Brands<'a>,
    #[serde(borrow)]
    pub platform: Text<'a>,
    #[serde(borrow)]
    pub mobile: Text<'a>,
    #[serde(borrow)]
    pub model: Text<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Brands<'a>(pub Vec<Brand<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Brands<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Brands(serde_json::from_str(raw.get()).unwrap_or_default()))
    }
}

/// A body's `context`.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Context<'a> {
    #[serde(borrow)]
    pub user_agent: Text<'a>,
    #[serde(borrow)]
    pub user_agent_data: Object<Hints<'a>>,
    #[serde(borrow)]
    pub device: Object<DeviceSaid<'a>>,
    #[serde(borrow)]
    pub os: Object<Named<'a>>,
    #[serde(borrow)]
    pub app: Object<Named<'a>>,
    #[serde(borrow)]
    pub library: Object<Named<'a>>,
    #[serde(borrow)]
    pub page: Object<PageSaid<'a>>,
    #[serde(borrow)]
    pub campaign: Object<CampaignSaid<'a>>,
    #[serde(borrow)]
    pub referrer: Object<ReferrerSaid<'a>>,
    #[serde(borrow)]
    pub location: Object<LocationSaid<'a>>,
    #[serde(borrow)]
    pub geo: Object<LocationSaid<'a>>,
    #[serde(borrow)]
    pub channel: Text<'a>,
}

impl<'a> Context<'a> {
    pub fn of(facts: &Facts<'a>) -> Context<'a> {
        facts.context.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }
}

impl<'a> Properties<'a> {
    pub fn of(facts: &Facts<'a>) -> Properties<'a> {
        facts.properties.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }
}

/// The address of the person, as the body has it in `context.ip`; `None` = it has none.
pub fn ip(body: &str) -> Option<IpAddr> {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Ip<'a> {
        #[serde(borrow)]
        ip: Text<'a>,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Body<'a> {
        #[serde(borrow)]
        context: Object<Ip<'a>>,
    }
    // A look for the name is much cheaper than reading a body that has none.
    let body: Body = body.contains("\"ip\"").then(|| serde_json::from_str(body).ok())??;
    body.context.ip.get()?.trim().parse().ok()
}
