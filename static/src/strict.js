// The piece of strict blocking: a page loads from and sends to nobody whom the site file does not allow for a granted
// purpose. The browser itself keeps them out, by a Content-Security-Policy that is written before anything of the page
// is there: nothing of the page's is patched for it, so there is nothing to get around, and frames and workers without
// an address of their own inherit it. A policy can be tightened but not loosened: for a yes the page is loaded again,
// and what was kept out runs in its own order. Only not while something is typed into it: then the next page is in time.
// What is written on the device is no request; that is held back by its name.
//
// Configuration beside the gate's: h the hosts of each `purpose/vendor`, and under "" what is always allowed, as sources.
(c => {
  let doc = document,
    next = c.t,
    had, // the names whose hosts the page's policy lets in
    typed, // whether a person would lose what they wrote in a form
    held = [], // writes that wait for a yes: functions that tell whether they still wait
    // `as` makes a stored item's name, as c.d has it, from what the method is given.
    guard = (type, method, as, kind = "value") => {
      let own = type && Object.getOwnPropertyDescriptor(type.prototype, method);
      if (own) Object.defineProperty(type.prototype, method, {
        ...own,
        [kind](...all) {
          let reply = Promise.resolve(), // what CookieStore would give
            key = as(all[0], this),
            names = Object.keys(c.d).filter(name => c.d[name].split(" ").some(item => (item.endsWith("*") ? key.startsWith(item.slice(0, -1)) : key == item))),
            waits = () => {
              if (names[0] && !names.some(consent.allows)) return 1;
              reply = own[kind].apply(this, all);
            };
          if (waits()) {
            // Only an open database is of use: this is what happens where storage is blocked.
            if (method == "open") throw new DOMException(key, "SecurityError");
            if (held.length < 99) held.push(waits);
          }
          return reply;
        },
      });
    };
  c.t = () => {
    next?.();
    let now = Object.keys(c.h).filter(name => !name || consent.allows(name)),
      meta = doc.createElement("meta");
    try {
      // Without a cookie the next page would know of no yes, and ask again.
      if (had && now.some(name => !had.includes(name)) && (doc.cookie + localStorage.consent_pending).includes(c.k + "=")) {
        // Until it comes gates stay shut: the browser would keep out what they open, and what it would not would run twice.
        for (let el of doc.querySelectorAll("* [data-consent]")) delete el.dataset.consent;
        if (!typed) return location.reload();
      }
    } catch {}
    if (!had || had.some(name => !now.includes(name))) {
      meta.httpEquiv = "Content-Security-Policy";
      meta.content = `default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: ${new URL(c.u, location).origin} ` +
        now.map(name => name ? c.h[name].replace(/\S+/g, "$&:* *.$&:* ws://$&:* ws://*.$&:*") : c.h[name]).join(" ");
      doc.head.append(meta);
      meta.remove(); // its policy stays
      had = now.filter(name => !had || had.includes(name));
    }
    held = held.filter(waits => waits());
  };
  doc.addEventListener("input", ({ target }) => (typed ||= !target.closest("[id^=consent],consent-banner")));
  doc.addEventListener("click", ({ target }) => target.closest("[data-consent-ask]") && (typed = 0), 1); // wants it here
  // An empty value deletes, and that is always allowed.
  guard(Document, "cookie", text => (`${text}`.match(/^([^=;]*)=\s*[^;\s]/)?.[1] ?? "").trim(), "set");
  // A storage also takes properties: the page gets one that writes each by the method.
  let area = Object.getOwnPropertyDescriptor(StorageEvent.prototype, "storageArea"),
    stores = new Map([["localStorage", "l:"], ["sessionStorage", "s:"]].flatMap(([name, kind]) => {
      try {
        let store = window[name],
          own = {
            get: (_, key) => (typeof store[key] == "function" && key != "constructor" ? store[key].bind(store) : store[key]),
            set: (_, key, value) => (store.setItem(key, value), true),
          };
        own = new Proxy(store, own);
        Object.defineProperty(window, name, { get: () => own, configurable: true, enumerable: true });
        return [[store, [kind, own]]];
      } catch {
        return []; // blocked
      }
    }));
  Object.defineProperty(StorageEvent.prototype, "storageArea", { ...area, get() { return stores.get(area.get.call(this))?.[1] ?? null; } });
  guard(Storage, "setItem", (key, store) => stores.get(store)?.[0] + key);
  guard(window.CookieStore, "set", name => `${name.name ?? name}`);
  guard(IDBFactory, "open", name => "i:" + name);
  return c;
})
