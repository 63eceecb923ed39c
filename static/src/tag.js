// The piece that makes the snippet a tag for pages of any origin: addresses go by the script's own, so that it works under
// every name and path that leads to the server; options stand on the tag; and a way to the choices is on every page.
//
// Configuration beside the gate's: v version of what the site shows, w the words of the settings link by language,
// the site's first language last, q where the server knows the person to be (- for unknown), y the countries with more
// links than that to the settings, which come with the banner.
(c => {
  let doc = document,
    root = doc.documentElement,
    script = doc.currentScript,
    { lang, region = "", nonce, manual } = script.dataset,
    speaks = () => lang || root.lang || navigator.language,
    banner;
  c = {
    ...c,
    j: script.src,
    n: navigator.globalPrivacyControl, // as signal.js
    q: [c.q, region].filter(Boolean).join(),
    u: new URL(c.s + "/", script.src).href,
    a: manual == null, // whether the banner comes by itself
    // The first language asked for stays: a second module would answer every click twice.
    get b() {
      return (banner ||= `${c.u}banner.js?${new URLSearchParams({ v: c.v, l: speaks(), r: c.q })}`);
    },
  };
  doc.addEventListener("consent:ask", () => (c.a = 1));
  // Before the gate's own observer, which was made later.
  if (nonce) new MutationObserver(() => doc.querySelectorAll("script[data-consent]").forEach(el => (el.nonce ||= nonce))).observe(doc, { childList: 1, subtree: 1 });
  // Early, rather than when the page is parsed: the banner does not depend on it. A tag that comes late is past that.
  // Two cookies of ours are to become one: see unite.js.
  queueMicrotask(() => {
    if (!root.dataset.consent || doc.readyState < "l" || doc.cookie.split(c.k + "=")[2] || (c.m = c.y && c.q.match(c.y))) c.l();
  });
  let link = () => {
    let nav = doc.createElement("nav"),
      way = doc.createElement("a"),
      style = new CSSStyleSheet();
    // Beside the body, which an application may exchange as a whole. Where the page has a way of its own, that one counts.
    style.replaceSync("body~nav{padding:1rem;text-align:center}body:has([data-consent-open])~nav{display:none}");
    doc.adoptedStyleSheets.push(style);
    for (nav.lang in c.w) if (speaks().match("^" + nav.lang + "\\b")) break;
    nav.ariaLabel = way.textContent = c.w[nav.lang];
    way.href = "#";
    way.dataset.consentOpen = "";
    nav.append(way);
    root.append(nav);
  };
  if (doc.readyState > "l") doc.addEventListener("DOMContentLoaded", link);
  else link();
  return c;
})
