//! How somebody comes, as it is shown: sessions, devices, channels, campaigns, places.

use super::places::Places;
use crate::profile::instant;
use kith_core::event::derive::{Campaign, Channel, Device};
use kith_core::event::fold::Tally;
use kith_core::event::habits::{Habits, Interactions, Named, Touch};
use kith_core::event::sessions::Session;
use serde::Serialize;
use utoipa::ToSchema;

/// How somebody comes, over all their identities. What programs did is counted in `bot_events` alone.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Came {
    /// Times of activity without a longer pause.
    pub sessions: SessionsView,
    /// Events by device, the most frequent first.
    pub devices: Vec<DeviceCount>,
    /// Events by the way they came, the most frequent first.
    pub channels: Vec<ChannelCount>,
    /// Events by campaign, the most frequent first.
    pub campaigns: Vec<CampaignCount>,
    /// What first brought them.
    pub first_touch: Option<TouchView>,
    /// What last brought them; a visit of which nobody knows whence only where there is no other.
    pub last_touch: Option<TouchView>,
    /// Where they were.
    pub places: Places,
    /// Events that a program made in their name: a crawler, a driven browser, a tool.
    pub bot_events: u64,
}

/// Sessions.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SessionsView {
    /// How many.
    pub count: u64,
    /// True where there were more before: those of the newest 4,096 days of activity are kept.
    pub more_before: bool,
    /// Events of a session, on average; `null` = there is no session.
    pub events_mean: Option<f64>,
    /// How long a session takes, on average, seconds.
    pub duration_mean_s: Option<f64>,
    /// The first one.
    pub first: Option<SessionView>,
    /// The last one.
    pub last: Option<SessionView>,
}

/// A session.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its first event, RFC 3339.
    pub started_at: String,
    /// Its last event, RFC 3339.
    pub ended_at: String,
    /// How many events.
    pub events: u64,
}

/// How often and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Times {
    /// How many events.
    pub events: u64,
    /// When first, RFC 3339.
    pub first_at: String,
    /// When last, RFC 3339.
    pub last_at: String,
}

/// Events on a device.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceCount {
    /// Kind (phone, tablet, desktop, tv, watch, console, server, unknown), `os`, `client` and `model`, as far as they are known.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub device: Device,
    /// How often and when.
    #[serde(flatten)]
    pub times: Times,
}

/// Events by the way they came.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChannelCount {
    /// direct, organic_search, paid_search, social, paid_social, email, sms, push, referral, affiliate, display, video,
    /// other or internal.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// How often and when.
    #[serde(flatten)]
    pub times: Times,
}

/// Events of a campaign.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CampaignCount {
    /// Who sends the visitor; empty = not said.
    pub source: String,
    /// By which way.
    pub medium: String,
    /// Its name, else its id.
    pub name: String,
    /// Messages of it that were opened.
    pub opened: u64,
    /// Links in its messages that were followed.
    pub clicked: u64,
    /// How often and when.
    #[serde(flatten)]
    pub times: Times,
}

/// An event that brought somebody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TouchView {
    /// When, RFC 3339.
    pub at: String,
    /// By which way.
    #[schema(value_type = String)]
    pub channel: Channel,
    /// The campaign: source, medium, name, term, content, id, message and kind of click id, as far as they are said.
    #[schema(value_type = Option<Object>)]
    pub campaign: Option<Campaign>,
    /// Call and name of the event.
    pub event: String,
    /// The client's id of it.
    pub message_id: String,
}

impl Came {
    pub(crate) fn of(habits: &Habits) -> Came {
        Came {
            sessions: SessionsView::of(habits.sessions.all(), habits.sessions.older()),
            devices: ordered(
                habits
                    .devices
                    .iter()
                    .map(|(device, tally)| DeviceCount { device: device.clone(), times: Times::of(*tally) }),
                |count| count.times.events,
            ),
            channels: ordered(
                habits
                    .channels
                    .iter()
                    .map(|(channel, tally)| ChannelCount { channel: *channel, times: Times::of(*tally) }),
                |count| count.times.events,
            ),
            campaigns: ordered(habits.campaigns.iter().map(CampaignCount::of), |count| count.times.events),
            first_touch: habits.first_touch.as_deref().map(TouchView::of),
            last_touch: habits.last_touch.as_deref().map(TouchView::of),
            places: Places::of(habits.places.iter()),
            bot_events: habits.bots.map_or(0, |tally| tally.count),
        }
    }
}

/// The most first; among equals the order of the keys stands.
pub(super) fn ordered<T>(all: impl Iterator<Item = T>, by: impl Fn(&T) -> u64) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_by_key(|one| std::cmp::Reverse(by(one)));
    all
}

impl Times {
    pub(super) fn of(tally: Tally) -> Times {
        Times { events: tally.count, first_at: instant(tally.first_ms), last_at: instant(tally.last_ms) }
    }
}

impl SessionsView {
    fn of(sessions: impl Iterator<Item = Session>, more_before: bool) -> SessionsView {
        let mut view = SessionsView { more_before, ..SessionsView::default() };
        let (mut events, mut duration_ms, mut ends) = (0u64, 0i128, None);
        for session in sessions {
            view.count += 1;
            events += session.events;
            duration_ms += i128::from(session.end_ms) - i128::from(session.start_ms);
            ends = Some((ends.map_or(session, |(first, _)| first), session));
        }
        let mean = |sum: f64| (view.count > 0).then(|| sum / view.count as f64);
        view.events_mean = mean(events as f64);
        view.duration_mean_s = mean(duration_ms as f64 / 1_000.0);
        let shown = |session: Session| SessionView {
            started_at: instant(session.start_ms),
            ended_at: instant(session.end_ms),
            events: session.events,
        };
        view.first = ends.map(|(first, _)| shown(first));
        view.last = ends.map(|(_, last)| shown(last));
        view
    }
}

impl CampaignCount {
    fn of((campaign, count): (&Named, &Interactions)) -> CampaignCount {
        CampaignCount {
            source: campaign.source.to_string(),
            medium: campaign.medium.to_string(),
            name: campaign.name.to_string(),
            opened: count.opened,
            clicked: count.clicked,
            times: Times::of(count.events),
        }
    }
}

impl TouchView {
    fn of(touch: &Touch) -> TouchView {
        TouchView {
            at: instant(touch.stamp.at_ms),
            channel: touch.channel,
            campaign: touch.campaign.clone(),
            event: touch.event.clone(),
            message_id: touch.stamp.by.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn no_session_has_no_mean() {
        let none = SessionsView::of(std::iter::empty(), false);
        assert_eq!((none.count, none.events_mean, none.duration_mean_s), (0, None, None));
        let one = Session { start_ms: 0, end_ms: 60_000, events: 3 };
        let two = Session { start_ms: DAY, end_ms: DAY, events: 1 };
        let view = SessionsView::of([one, two].into_iter(), false);
        assert_eq!((view.count, view.events_mean, view.duration_mean_s), (2, Some(2.0), Some(30.0)));
        assert_eq!(view.first.map(|first| first.events), Some(3));
    }
}
