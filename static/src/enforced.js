// Where the answers are the page's Content-Security-Policy, too (CONSENT_CSP): a page keeps the policy that it came with,
// so what it was not allowed then it gets by being loaded again. Until it is, its gates stay shut: the browser would keep
// out what they open, and what it would not would run twice. Without a cookie the next page would know of no yes either.
(c => {
  let next = c.t, lacks;
  c.t = () => {
    next?.();
    let { allows, record } = consent;
    try {
      if (lacks?.some(allows) && document.cookie.includes(c.k)) {
        for (let el of document.querySelectorAll("* [data-consent]")) delete el.dataset.consent;
        location.reload();
      }
    } catch {} // blocked cookies throw
    lacks ??= Object.keys({ ...c.p, ...record?.a }).filter(name => !allows(name));
  };
  return c;
})
