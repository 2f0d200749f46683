// Runs in the shop's page: how a site uses @rudderstack/analytics-js.

export function start({ url, key, load }) {
  const analytics = new self.rudderanalytics.RudderAnalytics();
  const ready = new Promise((done) => analytics.ready(() => done(true)));
  analytics.load(key, url, { configUrl: url, ...load });
  const send = ({ call, name, category, properties, traits, group_id, previous_id }, who) => {
    if (call === "identify") analytics.identify(who.user_id, traits);
    else if (call === "group") analytics.group(group_id, traits);
    else if (call === "alias") analytics.alias(who.user_id, previous_id);
    else if (call === "track") analytics.track(name, properties);
    else analytics.page(category, name, properties);
  };
  return { ready, send, visitor: () => analytics.getAnonymousId() };
}
