// Runs in the shop's page: how a site uses @segment/analytics-next.

export function start({ url, key, delivery }) {
  const apiHost = `${url.replace(/^https?:\/\//, "")}/v1`;
  const io = { apiHost, protocol: url.split(":")[0], ...(delivery && { deliveryStrategy: delivery }) };
  const analytics = self.AnalyticsNext.AnalyticsBrowser.load({ writeKey: key, cdnURL: url }, { integrations: { "Segment.io": io } });
  const send = ({ call, name, category, properties, traits, group_id, previous_id }, who) => {
    if (call === "identify") analytics.identify(who.user_id, traits);
    else if (call === "group") analytics.group(group_id, traits);
    else if (call === "alias") analytics.alias(who.user_id, previous_id);
    else if (call === "track") analytics.track(name, properties);
    else analytics[call](category, name, properties);
  };
  return { ready: analytics.then(() => true), send, visitor: async () => (await analytics)[0].user().anonymousId() };
}
