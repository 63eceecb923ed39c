// The gate. One expression, called with its configuration at the very start of <head>: inlined, so every byte counts
// (the order of declarations too: it is the one that compresses best). It reads the token, opens what was granted,
// and loads the banner module only when there is something to ask, to delete or to send again. Unknown, expired,
// malformed, blocked: no. It touches no Trusted Types sink.
// The server, not the gate, checks the signature: whoever forges a cookie fools only their own browser.
//
// Configuration: s site, k cookie, u base URL, b banner module, p purposes (1: needs no consent, else the fingerprint
// of what is asked now), d stored items of each purpose or vendor, e explicit purposes, t what is called with each new
// state of the answers, before anything opens: the pieces that a site's snippet has beside the gate set it; n
// see signal.js. It adds l, load.
(c => {
  let doc = document,

    // Opens the first element that may be opened, in document order, and looks again. <html> bears the attribute too,
    // but has no element around it.
    scan = () => {
      let held;
      for (let el of doc.querySelectorAll("* [data-consent]")) {
        let data = el.dataset,
          names = data.consent,
          isScript = el.noModule != null,
          content, place,
          next = () => scan(ordered--);
        if (allows(names)) {
          // While the page is being parsed, an element is whole once something follows it or its parent.
          if (doc.readyState > "l" && !el.nextSibling && !el.parentNode.nextSibling) return;
          // An inline script waits for external ones before it, and scripts after it wait with it.
          if (isScript && (held ||= ordered && !el.src)) continue;
          delete data.consent;
          // Out and in again: a script never ran as text, and runs once under its own type; a frame that Firefox has only
          // just parsed would stay blank.
          el.replaceWith(place = new Text());
          if (isScript) {
            el.type = data.type || "";
            if (!(el.async = el.hasAttribute("async")) && el.src && !el.noModule) {
              ordered++;
              on("load", next, el);
              on("error", next, el);
            }
          } else {
            for (let name in data) if (/src|href/.test(name)) el[name] = data[name];
            if (content = (el.querySelector("template") || el).content) {
              // Its scripts would run on insertion, external ones last: as gated scripts they keep their order.
              for (let script of content.querySelectorAll("script:not([data-consent])")) {
                script.dataset.type = script.type;
                script.type = script.dataset.consent = names;
              }
            }
          }
          place.replaceWith(content || el);
          return scan();
        }
      }
    },

    // Blocked cookies and storage throw on access. Of several cookies the last is the youngest: a site may have changed
    // which domain has it. The pending answer begins with a token-shaped head of its own, which holds every no at once
    // and no new yes; where no cookie can be kept, it is the token itself.
    find = () => {
      try {
        text = "; " + doc.cookie + "; ";
        text += localStorage.consent_pending + "; ";
      } catch {}
      return text.match(`.*; ${c.k}=([\\w-]+)\\.[\\w-]+; |$`)[1];
    },

    text = "", // cookies, and after them the answer that the server has not acknowledged yet
    state = doc.documentElement.dataset,
    ordered = 0, // external scripts that keep their order and have not run yet

    // base64url is base64 here: the letters in which they differ stand for `>`, `?` and `~`, which no payload has.
    take = (token = find()) => {
      seen = token;
      record = null;
      answers = {};
      try {
        token = JSON.parse(atob(token));
        if (token.s == c.s & token.x > new Date() / 1e3 & !(token.o & c.n)) answers = { ...(record = token).a };
      } catch {}
      c.t?.();
      scan();
    },

    answers,
    record, // the token's payload

    // A purpose that needs no consent can only be objected to. `answer + ""` keeps inherited names, such as
    // `constructor`, from being equal on both sides.
    allows = names =>
      names.split(" ").every(name => {
        let purpose = name.split("/")[0], need = c.p[purpose], answer = answers[purpose];
        return answers[name] !== 0 && (need === 1 ? answer !== 0 : need === answer + "");
      }),

    on = (event, act, target = doc) => target.addEventListener(event, act),

    // `what`: 1 the preference centre, 2 withdraw, an element that was clicked, or nothing: look what there is to do.
    load = c.l = what => import(c.b).then(module => module.default(c, take, what)).catch(() => what && (location = c.u)),

    seen; // the token that the present answers were read from

  window.consent = {
    allows,
    open: () => load(1),
    when: names => new Promise(resolve => {
      let look = () => allows(names) && resolve();
      look();
      on("consent:change", look);
    }),
    on: (event, act) => on("consent:" + event, act),
    withdraw: () => load(2),
    // The gate goes by a copy: changing this one changes nothing.
    get record() {
      return record;
    },
  };
  take();
  // Hides the banner before the first paint.
  if (record?.p || Object.keys(c.p).every(name => allows(name) || answers[name] === 0 || c.e?.includes(name))) state.consent = "done";
  new MutationObserver(scan).observe(doc, { childList: 1, subtree: 1 });
  on("DOMContentLoaded", async () => {
    scan();
    if (state.consent) try {
      for (let key in localStorage) text += `; l:${key}=`;
      for (let key in sessionStorage) text += `; s:${key}=`;
      for (let key of await indexedDB.databases()) text += `; i:${key.name}=`;
    } catch {}
    // Something to ask, to send again, or stored items that were refused: clients write them anew while a page unloads.
    if (!state.consent || record && (record.p || Object.keys(c.d).some(name => !allows(name) && c.d[name].split(" ").some(item => text.includes(`; ${item}=`.replace("*=", "")))))) load();
  });
  on("click", event => {
    let target = event.target.closest("[data-consent-open],[data-consent-ask]");
    if (target) load(target, event.preventDefault());
  });
  // Another tab, a page from the back/forward cache, or a prerendered one that is shown now.
  on("visibilitychange", () => seen != find() && load());
})
