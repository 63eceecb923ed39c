import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

const collector = `http://rudderstack.localhost:${location.port}`;
const rudder = (window.rudderanalytics = new RudderAnalytics());
rudder.load("stage-write-key-of-27-chars", collector, { configUrl: collector, lockIntegrationsVersion: true });
rudder.page();
window.track = () => rudder.track("stage");
