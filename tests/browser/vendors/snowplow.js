import { enableActivityTracking, newTracker, trackPageView, trackStructEvent } from "@snowplow/browser-tracker";

newTracker("sp", `http://snowplow.localhost:${location.port}`, { appId: "stage" });
enableActivityTracking({ minimumVisitLength: 1, heartbeatDelay: 1 });
trackPageView();
window.track = () => trackStructEvent({ category: "stage", action: "stage" });
