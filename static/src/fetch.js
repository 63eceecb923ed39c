// On sites whose pages go on after a withdrawal: some vendors' scripts keep `fetch` under a name of their own, so it is
// made to go through one place that can still be changed then (see quiet.js, which wraps z).
(c => {
  let own = fetch;
  c.z = (...args) => own(...args);
  window.fetch = (...args) => c.z(...args);
  return c;
})
