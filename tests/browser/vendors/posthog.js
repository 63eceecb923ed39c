import posthog from "posthog-js";

window.posthog = posthog;
posthog.init("phc_stage", {
  api_host: `http://posthog.localhost:${location.port}`,
  disable_external_dependency_loading: true, // its recorder comes from its own host, which is not there
  opt_out_useragent_filter: true, // a browser of tests counts as a bot, of which it keeps nothing
});
window.track = () => posthog.capture("stage");
