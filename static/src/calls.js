// Vendors' own switches: opt_out at each no, before what was stored is deleted; opt_in at each yes, on sites whose pages
// go on after a withdrawal. What is not there, or fails, is passed over.
//
// `f`, beside the configuration, has what to call for each purpose/vendor and answer; `consent/web/tell.py` writes it.
((c, f) => {
  for (let name in f)
    c.x({ on: name }, (what, { on }) => {
      try {
        if (what > "e") f[name][on]();
      } catch {}
    });
  return c;
})
