import Countly from "countly-sdk-web";

window.Countly = Countly;
Countly.init({ app_key: "stage", url: `http://countly.localhost:${location.port}`, interval: 200 });
Countly.track_sessions();
Countly.track_pageview();
window.track = () => Countly.add_event({ key: "stage", count: 1 });
