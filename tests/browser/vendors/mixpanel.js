import mixpanel from "mixpanel-browser";

window.mixpanel = mixpanel;
mixpanel.init("stage", { api_host: `http://mixpanel.localhost:${location.port}`, track_pageview: true, autocapture: true });
window.track = () => mixpanel.track("stage");
