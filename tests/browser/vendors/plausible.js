import { init, track } from "@plausible-analytics/tracker";

init({ domain: "stage.example", endpoint: `http://plausible.localhost:${location.port}/api/event`, captureOnLocalhost: true });
window.track = () => track("stage", {});
