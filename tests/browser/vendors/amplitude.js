import * as amplitude from "@amplitude/analytics-browser";

window.amplitude = amplitude;
amplitude.init("stage", { serverUrl: `http://amplitude.localhost:${location.port}/2/httpapi`, flushIntervalMillis: 200, defaultTracking: true });
window.track = () => amplitude.track("stage");
