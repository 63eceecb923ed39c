// The preference centre as a dialog: the server's own markup, fetched as a fragment when it is asked for. It is built
// twice: with EMBED for a tag's banner, which stands with its styles in a shadow root.
import shared from "./banner.css";
import own from "./preferences.css";

const doc = document,
  root = doc.documentElement;
const boxes = place => [...place.querySelectorAll("[type=checkbox]")];
let dressed;

// A page of somebody who has chosen has neither banner nor styles: the fragment brings what speaks for it.
const dress = (centre, scope) => {
  if (!dressed) {
    dressed = new CSSStyleSheet(); // needs neither a request nor a nonce
    dressed.replaceSync(EMBED ? own : shared + own);
    scope.adoptedStyleSheets.push(dressed);
  }
  if (EMBED) return centre.querySelector("#consent-status").remove();
  for (const { name, value } of centre.attributes) {
    const property = name.replace("data", "--consent");
    if (name !== property && !getComputedStyle(root).getPropertyValue(property)) root.style.setProperty(property, value);
  }
  const status = centre.querySelector("#consent-status");
  if (doc.getElementById("consent-status")) status.remove();
  else doc.body.append(status);
};

// The centre, not yet in the page. The browser parses the answer as a document, so no markup passes through script.
export const load = (c, scope = doc, token = "", language = "") =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(),
      locale = language || scope.querySelector("#consent-form [name=locale]")?.value || root.lang;
    if (EMBED) request.open("POST", c.u + "centre");
    else request.open("GET", `${c.u}?fragment=1&locale=${encodeURIComponent(locale)}`);
    request.responseType = "document";
    request.onerror = reject;
    request.onload = () => {
      const centre = request.status === 200 && request.response?.querySelector(".consent-centre");
      if (!centre) return reject();
      // What leads to the server keeps to its address, what leads to the site's own pages (`/privacy`) finds them.
      if (EMBED) for (const link of centre.querySelectorAll('a:not([href^="/"])')) link.setAttribute("href", link.href);
      doc.adoptNode(centre);
      dress(centre, scope);
      resolve(centre);
    };
    request.send(EMBED ? new URLSearchParams({ token, locale, region: c.q }) : null);
  });

// `at`: the part of it that is asked for.
export const open = async (at, c, scope = doc, token = "", language = "") => {
  const centre = await load(c, scope, token, language),
    dialog = doc.createElement("dialog"),
    close = centre.querySelector(".consent-close");
  const old = scope.getElementById("consent-dialog");
  if (language && old) boxes(old).forEach(({ checked }, index) => (boxes(centre)[index].checked = checked));
  old?.remove();
  dialog.id = "consent-dialog";
  dialog.setAttribute("aria-labelledby", "consent-centre-title");
  dialog.append(centre);
  close.hidden = false;
  // However it is closed, what was recorded stays and nothing is recorded. The browser gives the focus back.
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", event => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  // Another language holds for this dialog, and for what is answered in it.
  centre.querySelector(".consent-languages")?.addEventListener("click", event => {
    const way = event.target.closest("a");
    if (way) event.preventDefault();
    if (way) open("", c, scope, token, way.hreflang).catch(() => {});
  });
  (EMBED ? scope : doc.body).append(dialog);
  dialog.showModal();
  (scope.getElementById("consent-" + at) ?? centre.querySelector("h1")).focus();
  return centre.querySelector("form");
};
