// Google Consent Mode v2. One `default` stands before any tag, an `update` follows each answer, on a return visit at
// once. Commands are `arguments` objects: Google's tags take nothing else. Where the page has made a default before us,
// that one stays, and is updated to ours at once.
//
// Configuration: m whose yes each type needs, c milliseconds that a tag waits for an update.
(c => {
  function say() {
    (window.dataLayer ||= []).push(arguments);
  }
  c.x(c.m, (what, state) => {
    if (what < "e") {
      if (window.dataLayer?.some(command => command?.[1] == what)) what = "update";
      else state.wait_for_update = c.c;
    }
    say("consent", what, state);
  });
  return c;
})
