// The piece that makes the snippet a tag for pages of any origin: addresses go by the script's own, so that it works under
// every name and path that leads to the server; options stand on the tag; and a way to the choices is on every page.
//
// Configuration beside the gate's: v version of what the site shows, w the words of the settings link by language.
(c => {
  let doc = document,
    root = doc.documentElement,
    script = doc.currentScript,
    { lang, region = "", nonce, manual } = script.dataset,
    speaks = () => lang || root.lang || navigator.language,
    banner;
  c.j = script.src;
  c.u = new URL(c.s + "/", c.j).href;
  c.a = manual == null; // whether the banner comes by itself
  // The first language asked for stays: a second module would answer every click twice.
  Object.defineProperty(c, "b", { get: () => (banner ||= `${c.u}banner.js?v=${c.v}&l=${encodeURIComponent(speaks())}&r=${encodeURIComponent(region)}`) });
  doc.addEventListener("consent:ask", () => (c.a = 1));
  // Before the gate's own observer, which was made later.
  if (nonce) new MutationObserver(() => doc.querySelectorAll("script[data-consent]").forEach(el => (el.nonce ||= nonce))).observe(doc, { childList: 1, subtree: 1 });
  // Early, rather than when the page is parsed: the banner does not depend on it. A tag that comes late is past that.
  // Two cookies of ours: see unite.js.
  queueMicrotask(() => {
    (root.dataset.consent && doc.readyState > "l") || c.l();
    if (("; " + doc.cookie).split(`; ${c.k}=`)[2]) import(c.u + "static/unite.js").then(module => module.default(c), () => {});
  });
  let link = () => {
    let nav = doc.createElement("nav"),
      way = doc.createElement("a"),
      style = new CSSStyleSheet(),
      tag = speaks();
    // Beside the body, which an application may exchange as a whole. Where the page has a way of its own, that one counts.
    style.replaceSync("nav.consent-settings{padding:1rem;text-align:center;font-size:.875em}body:has([data-consent-open])~nav.consent-settings{display:none}");
    doc.adoptedStyleSheets.push(style);
    nav.className = "consent-settings";
    nav.dir = "auto";
    nav.lang = tag = [tag, tag.split("-")[0]].find(tag => c.w[tag]) || Object.keys(c.w)[0];
    nav.ariaLabel = way.textContent = c.w[tag];
    way.href = "#";
    way.dataset.consentOpen = "";
    nav.append(way);
    root.append(nav);
  };
  if (doc.readyState > "l") doc.addEventListener("DOMContentLoaded", link);
  else link();
  return c;
})
