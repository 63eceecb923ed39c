import { AnalyticsBrowser } from "@segment/analytics-next";

const apiHost = `segment.localhost:${location.port}/v1`;
window.analytics = AnalyticsBrowser.load(
  { writeKey: "stage", cdnSettings: { integrations: { "Segment.io": { apiKey: "stage", apiHost, protocol: "http" } } } },
  { integrations: { "Segment.io": { apiHost, protocol: "http" } } },
);
window.onSegment?.(window.analytics);
window.analytics.page();
window.track = () => window.analytics.track("stage");
