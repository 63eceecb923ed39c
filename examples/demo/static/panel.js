// The panel "What happened here": what the page let through and what lies on the device, read from the browser itself.
(() => {
  const panel = document.getElementById("panel");
  const known = JSON.parse(document.getElementById("panel-data").textContent);
  const vendor = panel.dataset.vendor;
  const list = name => panel.querySelector(`[data-list="${name}"]`);
  const sum = (name, value) => (panel.querySelector(`[data-sum="${name}"]`).textContent = value);
  let httpOnly = [];
  let records = known.records;

  const line = (name, note, mood) => {
    const item = document.createElement("li");
    const text = document.createElement("span");
    text.textContent = name;
    item.append(text);
    if (note) {
      const more = document.createElement("i");
      more.textContent = note;
      item.append(" ", more);
    }
    if (mood) item.className = mood;
    return item;
  };
  const fill = (name, items, none) => {
    const fresh = items.length || !none ? items : [line(none, "", "none")];
    const now = list(name);
    const said = items => items.map(item => item.className + item.textContent.replace(/\s/g, "")).join();
    // untouched where nothing changed, so that a selection or a reader's place is kept
    if (said([...now.children]) !== said(fresh)) now.replaceChildren(...fresh);
  };

  const allows = id => Boolean(window.consent) && consent.allows(id);
  const answers = () => {
    const record = window.consent?.record;
    sum("answer", record ? (known.purposes.some(p => p.asked && allows(p.id)) ? "something allowed" : "nothing allowed") : "no answer yet");
    return known.purposes
      .filter(purpose => purpose.asked || !allows(purpose.id))
      .map(purpose => {
        const yes = allows(purpose.id);
        const word = yes ? "yes" : purpose.asked ? (record && record.a?.[purpose.id] === 0 ? "no" : "not answered") : "objected";
        return line(purpose.name, purpose.explicit ? `${word}, asked apart` : word, yes ? "yes" : word === "not answered" ? "" : "no");
      });
  };

  const requests = () => {
    const counted = new Map();
    for (const entry of performance.getEntriesByType("resource")) {
      if (!entry.name.startsWith(vendor)) continue;
      const path = new URL(entry.name).pathname;
      counted.set(path, (counted.get(path) || 0) + 1);
    }
    sum("requests", [...counted.values()].reduce((all, one) => all + one, 0));
    return [...counted].map(([path, count]) => line(path, count > 1 ? `${count} times` : ""));
  };

  const matches = (pattern, name) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name);
  const owner = (kind, name) => {
    if (kind === "cookie" && name === known.cookie) return "your answer";
    const purpose = known.purposes.find(one => one.items.some(([itsKind, pattern]) => itsKind === kind && matches(pattern, name)));
    return purpose ? purpose.name : "undeclared";
  };
  const stored = async () => {
    const found = [];
    const attempt = act => {
      try {
        act();
      } catch {}
    };
    attempt(() => document.cookie.split("; ").forEach(pair => pair && found.push(["cookie", pair.split("=")[0]])));
    httpOnly.forEach(name => found.push(["cookie", name, "HttpOnly"]));
    attempt(() => Object.keys(localStorage).forEach(name => found.push(["local", name])));
    attempt(() => Object.keys(sessionStorage).forEach(name => found.push(["session", name])));
    const databases = await Promise.resolve()
      .then(() => indexedDB.databases())
      .catch(() => []);
    databases.forEach(({ name }) => found.push(["indexeddb", name]));
    const words = { cookie: "cookie", local: "localStorage", session: "sessionStorage", indexeddb: "IndexedDB" };
    const ours = found.filter(([kind, name]) => (kind === "cookie" && name === known.cookie) || name === "consent_pending");
    sum("stored", found.length - ours.length);
    return found.map(([kind, name, extra]) => line(name, [words[kind], extra, owner(kind, name)].filter(Boolean).join(", ")));
  };

  const told = () =>
    records.map(record => {
      const allowed = Object.keys(record.fingerprints);
      const signals = Object.entries(record.signals).map(([name, value]) => `${name} ${value}`);
      const about = [allowed.length ? allowed.join(", ") : "nothing allowed", ...signals].join(" · ");
      return line(`${record.time.slice(11, 19)} ${record.method.replaceAll("_", " ")}`, about);
    });
  const ask = async () => {
    try {
      const answer = await (await fetch("/demo/records", { cache: "no-store" })).json();
      records = answer.records;
      httpOnly = answer.http_only;
    } catch {}
    show();
  };

  let showing = false;
  const show = async () => {
    if (showing) return;
    showing = true;
    const ran = window.__ran || [];
    sum("ran", ran.length);
    fill("answers", answers());
    fill("ran", ran.map(name => line(name)));
    fill("requests", requests(), `Nothing went to ${new URL(vendor).host}.`);
    fill("stored", await stored(), "Nothing.");
    fill("records", told(), "None in the last hour.");
    showing = false;
  };

  document.addEventListener("consent:change", ask);
  new PerformanceObserver(show).observe({ type: "resource", buffered: true });
  setInterval(() => document.visibilityState === "visible" && show(), 1000);
  ask();
})();
