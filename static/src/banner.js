// The banner's behaviour over the server's own markup: no words in here, they all come from the notice.
// A no holds at once, before the server answers; a yes holds when the server has recorded it. Either is kept in
// localStorage until it is acknowledged, and sent again under the same idempotency key.
//
// It is built twice: as banner.js for pages that bring the markup, and, with EMBED, as the part of a tag's banner that
// is the same for all (see `consent/web/tag.py`, which puts EMBEDDED before it: that markup as a tree, and its styles).
// And each of these once more with TOLD, for laws that presume until somebody objects: there the server is told that the
// notice was shown, a signal opts out, and pages have more links.
const doc = document,
  root = doc.documentElement,
  centre = () => import(PREFERENCES); // comes when it is asked for
let scope = doc, // where the markup stands: for a tag, a shadow root
  c, // the gate's configuration
  take, // the gate's way to read a token's payload, or the cookie when given none
  memory, // a payload that the browser does not store: it holds for this page
  whole = "", // its token
  current, // the newest answer that is not acknowledged, as it is sent
  said, // what it says
  busy = Promise.resolve(), // answers go one after the other, or an older one could have the last word
  started,
  told, // whether the server was told that the notice is shown
  section,
  timer,
  before; // what had the focus

// The newest token that the server gave, with its signature, which a pending answer's has not. Empty for none.
const held = () => {
  let text = "";
  try {
    text = doc.cookie;
    text += "; " + localStorage.consent_pending;
  } catch {}
  return text.match(new RegExp(`(?:.*; |^)${c.k}=([\\w-]+\\.[\\w-]{85}\\w)|$`))[1] ?? whole;
};

const gpc = () => navigator.globalPrivacyControl;

const place = () => (EMBED ? [c, scope, held()] : [c]);

// The form of the preference centre, which is not in the page.
const unseen = async () => (await (await centre()).load(...place())).querySelector("form");

const asking = () => section && !section.hidden && !root.dataset.consent;

// Words go into the banner while it stands, else into the live region beside it.
const say = slug => {
  const status = scope.getElementById("consent-status");
  if (!status) return;
  const place = asking() ? section.querySelector(".consent-note") : status;
  place.textContent = status.dataset[slug];
  clearTimeout(timer);
  if (place === status && !slug.startsWith("offline")) timer = setTimeout(() => (place.textContent = ""), 8000);
};

// Which words say that somebody is opted out of sale and sharing, among those that an element has; undefined if not.
const out = ({ sold, gpc: words }) => {
  if (sold && consent.record && !sold.split(" ").some(consent.allows)) return words && gpc() ? "gpc" : "out";
};

// The banner stands in the page, as part of it.
const inline = () => section?.dataset.layout === "inline";

const show = () => {
  section.hidden = false;
  delete root.dataset.consent;
  section.setAttribute("role", inline() ? "region" : "dialog"); // not modal: the page stays within reach
  before = doc.activeElement;
  if (before === doc.body && !inline()) section.focus({ preventScroll: true });
  // The law presumes of those who were shown the notice. Who is to say an age says it first.
  if (TOLD && (gpc() || !section.querySelector(".consent-age"))) tell(section.querySelector("form"));
};

const tell = form => {
  if (told) return;
  told = true;
  decide(form, "told");
};

// The focus goes back where it was, else to the start of the page: it is not lost with the banner that it was in.
const leave = () => {
  if (!section) return;
  const inside = section.contains(scope.activeElement),
    target = before?.isConnected ? before : doc.body;
  section.hidden = true;
  if (!inside) return;
  if (target === doc.body) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  if (target === doc.body) target.removeAttribute("tabindex");
};

const secure = () => location.protocol === "https:" ? ";Secure" : "";

// Each place where a host name or a path may be cut, with and without its separator.
const cuts = text => [...text.matchAll(/[./]|$/g)].flatMap(({ index }) => [index, index + 1]);

// Deletes a cookie wherever a script of this page can have set it.
const drop = (name, path) => {
  const host = "." + location.hostname;
  for (const kind of [secure(), secure() && ";Secure;Partitioned"])
    for (const to of cuts(path))
      for (const from of cuts(host)) {
        const domain = host.slice(from);
        doc.cookie = `${name}=;Max-Age=0;Path=${path.slice(0, to) || "/"}${domain && ";Domain=" + domain}${kind}`;
      }
};

// Deletes the stored items of what is not allowed. What something allowed declares too stays.
const sweep = async () => {
  if (!consent.record) return;
  const unwanted = key => {
    const names = Object.keys(c.d).filter(name =>
      c.d[name].split(" ").some(item => (item.endsWith("*") ? key.startsWith(item.slice(0, -1)) : key === item)));
    return names.length && !names.some(consent.allows);
  };
  try {
    for (const cookie of doc.cookie.split("; ")) {
      const name = cookie.split("=")[0];
      if (unwanted(name)) drop(name, location.pathname);
    }
    for (const [kind, store] of [["l:", localStorage], ["s:", sessionStorage]])
      for (const key of Object.keys(store)) if (unwanted(kind + key)) store.removeItem(key);
    for (const { name } of await indexedDB.databases()) if (unwanted("i:" + name)) indexedDB.deleteDatabase(name);
  } catch {} // what is blocked holds nothing
};

const mark = () =>
  doc.querySelectorAll("p[data-sold]:not([id])").forEach(place => (place.textContent = place.dataset[out(place.dataset)] ?? ""));

const close = () => {
  root.dataset.consent = "done";
  leave();
};

// New answers reach everybody: styles, stored items, listeners. `stands`: the banner stays till the page is left.
const settle = stands => {
  if (TOLD && stands) addEventListener("pagehide", close);
  else if (consent.record) root.dataset.consent = "done";
  sweep();
  if (TOLD) mark();
  const answers = Object.fromEntries(Object.keys(c.p).map(name => [name, consent.allows(name)]));
  doc.dispatchEvent(new CustomEvent("consent:change", { detail: { answers } }));
};

// Calls `change` and tells whether it took something away: then what has run can only be stopped by a reload.
const loses = change => {
  const names = [...Object.keys(c.p), ...Object.keys(c.d), ...[...scope.querySelectorAll("[name=except]")].map(box => box.value)],
    had = names.filter(consent.allows);
  change();
  return c.r && !had.every(consent.allows);
};

const keep = value => {
  try {
    if (value) localStorage.consent_pending = value;
    else localStorage.removeItem("consent_pending");
  } catch {}
};

// Whether nobody pressed anything: the server is told that the notice stands there.
const silent = fields => fields.get("choice") === "told" && !fields.get("age");

// Sends an answer, once. What can't be stored now is tried again later; what can't stand is asked again.
const send = async (fields, tries = 0) => {
  let reply, token, expires, problem, detail;
  try {
    reply = await fetch(c.u + "decision", {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
      keepalive: true,
      // Where subdomains share, the server may be one of them, and set the cookie itself.
      credentials: EMBED && c.o ? "include" : "same-origin",
    });
    ({ token, expires, type: problem = "", detail } = await reply.json());
    // Chromium moves the expiry that a server sets by the difference of the clocks, to the microsecond, and shows it to
    // scripts: it would tell apart who refused. What a script sets stays as it is, but only where it must be set.
    const end = new Date(expires * 1e3),
      kept = await window.cookieStore?.get(c.k);
    if (token && ((EMBED && !doc.cookie.includes(token)) || (kept?.expires && kept.expires !== +end))) {
      if (EMBED) drop(c.k, "/"); // also one of another domain, from before the site changed its mind
      doc.cookie = `${c.k}=${token};Path=/;SameSite=Lax;Expires=${end.toUTCString()}${c.o ? ";Domain=" + c.o : ""}${secure()}`;
    }
  } catch {}
  if (fields !== current) return; // a newer answer has the word
  if (token) {
    keep();
    current = 0;
    let stored;
    try {
      stored = doc.cookie.includes(token);
      // On a page from a file, and where cookies alone are blocked, the other storage has it.
      if (EMBED && !stored) {
        keep(`${c.k}=${token}; `);
        stored = localStorage.consent_pending.includes(token);
      }
    } catch {}
    memory = stored ? undefined : token.split(".")[0];
    if (EMBED) whole = token;
    const lost = loses(() => take(memory));
    if (TOLD && silent(fields) && asking() && section.getAttribute("role")) settle(1);
    else {
      leave();
      settle();
    }
    const granted = Object.keys(c.p).some(name => c.p[name] !== 1 && consent.allows(name)),
      opted = TOLD && out(scope.getElementById("consent-status")?.dataset ?? {});
    if (!(TOLD && silent(fields) && !opted)) say(!stored ? "blocked" : (TOLD && opted) || (granted ? "saved" : fields.get("age") === "under" ? "ageResult" : "savedRefused"));
    if (lost) location.reload();
  } else if (!problem || reply.status > 499 || reply.status === 429 || (EMBED && problem.endsWith("/foreign-origin"))) {
    if (EMBED && detail) console.error("consent: " + detail);
    if (!(TOLD && silent(fields))) say(asking() ? "offlineYes" : "offlineNo");
    const again = () => {
      clearTimeout(wait);
      removeEventListener("online", again);
      if (fields === current) busy = busy.then(() => send(fields, tries + 1));
    };
    const wait = setTimeout(again, Math.min(2 ** tries * 2000, 300_000));
    addEventListener("online", again);
  } else {
    if (!EMBED && problem.endsWith("/csrf") && !tries) {
      // A cache kept the page for longer than its form's token lasts.
      try {
        fields.set("csrf_token", (await unseen()).querySelector("[name=csrf_token]").value);
        return send(fields, 1);
      } catch {}
    }
    keep();
    if (TOLD && silent(fields)) {
      // It holds for nothing then; the person is asked.
      current = 0;
      take();
      look();
    } else if (EMBED) {
      // The page is as old as the tag in the browser's cache.
      await fetch(c.j, { cache: "reload", mode: "no-cors" }).catch(() => {});
      location.reload();
    } else if (problem.endsWith("/notice-changed")) location.reload();
    else location = c.u;
  }
};

// A person's answer: the fields that the form itself would post, and what only a script can say.
const decide = async (form, choice, purposes = []) => {
  const fields = new URLSearchParams(new FormData(form));
  let age = form.querySelector(".consent-age");
  if (choice !== "save") ["purpose", "except", "object"].forEach(name => fields.delete(name));
  purposes.forEach(name => fields.append("purpose", name));
  const wanted = fields.getAll("purpose");

  // Only who grants something is asked for an age, where the answer was given.
  if (age?.disabled && (choice === "accept_all" || (TOLD && choice === "told" && !gpc()) || wanted.some(name => !consent.allows(name)))) {
    if (!form.isConnected) age = (form = await (await centre()).open("", ...place())).querySelector(".consent-age");
    else if (section?.contains(form)) show();
    form.asked = purposes;
    const go = age.querySelector("button");
    go.value = choice;
    age.disabled = age.hidden = false;
    form.dataset.step = "age";
    age.querySelector("input").focus();
    return;
  }

  const { record } = consent,
    a = { ...record?.a },
    adds = (TOLD && choice === "told") || choice === "add" || choice === "accept_all",
    keeps = adds || choice === "refuse_new", // which leaves the rest as it is
    noise = crypto.getRandomValues(new Uint8Array(16));
  // The time first, in steps of a minute: the server's index by key then grows at its end.
  new DataView(noise.buffer).setUint32(0, Date.now() / 65536);
  const key = btoa(String.fromCharCode(...noise));
  fields.set("choice", choice);
  fields.set("via", "script");
  fields.set("dnt", navigator.doNotTrack ?? "");
  fields.set("gpc", navigator.globalPrivacyControl ?? "");
  // The same answer again is the same request again: a double click, or a second try while nothing could be reached.
  if (current && said === `${fields}`) return (busy = busy.then(() => current && send(current)));
  said = `${fields}`;
  fields.set("key", key.slice(0, 22).replace(/\W/g, "-"));
  if (EMBED) {
    fields.set("token", held()); // the server of a tag sees no cookie
    if (c.g) fields.set("return", location.pathname);
  }
  if (!adds) for (const name in c.p) if (c.p[name] !== 1 && !wanted.includes(name) && !(keeps && consent.allows(name))) a[name] = 0;
  for (const name of [...fields.getAll("except"), ...fields.getAll("object")]) a[name] = 0;
  // Shaped like a token, so that the gate reads it: every no of this answer, and no new yes.
  const head = btoa(JSON.stringify({ s: c.s, x: 9e9, p: 1, a })).replace(/=/g, "");
  current = fields;
  keep(`${c.k}=${head}.${"-".repeat(86)}; ${fields}`);

  if (!(TOLD && silent(fields))) scope.getElementById("consent-dialog")?.close();
  const lost = loses(() => adds || take((memory = head)));
  if (!adds) {
    leave();
    settle();
  }
  if (!(TOLD && silent(fields))) say(keeps || wanted.length ? "saving" : "savedRefused");
  const sent = (busy = busy.then(() => send(fields)));
  if (lost) {
    // The server gets its time first, but not for ever: the answer is kept.
    await Promise.race([sent, new Promise(resolve => setTimeout(resolve, 3000))]);
    location.reload();
  }
};

const open = async at => {
  try {
    await (await centre()).open(at, ...place());
  } catch {
    if (EMBED) say("offlineNo");
    else location = c.u;
  }
};

// Nothing was clicked: look what there is to do.
const look = () => {
  if (current) return;
  const was = JSON.stringify(consent.record),
    lost = loses(() => take(memory));
  if (was === JSON.stringify(consent.record)) sweep();
  else {
    leave();
    settle();
    if (lost) return location.reload();
  }
  try {
    const [head, body] = localStorage.consent_pending.split("; "),
      fresh = !EMBED && doc.querySelector("#consent-form [name=csrf_token]"); // the kept one may be from another day
    if (head.startsWith(c.k + "=") && body) {
      current = new URLSearchParams(body);
      if (fresh) current.set("csrf_token", fresh.value);
      busy = send(current);
    }
  } catch {} // nothing is pending, or storage is blocked
  // Whose browser sends the signal is not asked, but opted out: also where a yes from before gives way to it (see the gate).
  if (TOLD && !told && gpc() && !root.dataset.consent && (EMBED || !section)) {
    if (section) tell(section.querySelector("form"));
    else unseen().then(tell, () => {});
    return;
  }
  if (section && !root.dataset.consent && !section.getAttribute("role") && (!EMBED || c.a)) {
    // Who has chosen is asked about what is new alone.
    if (consent.record) import(AGAIN).then(again => again.default(c, section.firstElementChild)).catch(() => {}).then(() => root.dataset.consent || show());
    else show();
  }
};

// The server's markup from its tree: no text is parsed, so there is no sink for Trusted Types to guard.
const grow = ([name, attributes, ...children]) => {
  const element = doc.createElement(name);
  for (const each in attributes) element.setAttribute(each, attributes[each]);
  element.append(...children.map(child => (child.map ? grow(child) : child)));
  return element;
};

const dress = (place, text) => {
  const sheet = new CSSStyleSheet(); // needs no leave of the page's policy
  sheet.replaceSync(text);
  place.adoptedStyleSheets.push(sheet);
};

// A tag brings its own markup, in a shadow root beside the body, which an application may exchange as a whole.
const embed = () => {
  const host = doc.createElement("consent-banner");
  scope = host.attachShadow({ mode: "open" });
  dress(scope, EMBEDDED.look);
  dress(doc, EMBEDDED.page);
  scope.append(...EMBEDDED.tree.map(grow));
  section = scope.getElementById("consent");
  section.hidden = true;
  if (TOLD) EMBEDDED.links = EMBEDDED.links.map(grow);
  // Inline it waits for its place, or until it is clear that there is none.
  const put = () => {
    const place = (inline() && (doc.querySelector("[data-consent-banner]") || (doc.readyState > "l" && host))) || doc.documentElement;
    if (!place.contains(host)) place.append(host);
    if (TOLD) for (const link of EMBEDDED.links) if (!link.isConnected) doc.documentElement.append(link);
  };
  put();
  if (TOLD) mark();
  new MutationObserver(put).observe(doc, { childList: true, subtree: true });
  doc.addEventListener("DOMContentLoaded", put);
  doc.addEventListener("consent:ask", () => look());
  // Two cookies of ours, from before the site changed which domain has it.
  try {
    if (doc.cookie.split(c.k + "=")[2]) import(UNITE).then(module => module.default(c));
  } catch {} // blocked
};

const start = () => {
  started = true;
  if (EMBED) embed();
  section = scope.getElementById("consent");
  // From where the banner begins: so much room the page gets at its end (see the styles).
  if (section && !inline())
    new ResizeObserver(() => root.style.setProperty("--consent-room", EMBED && section.hidden ? "" : innerHeight - section.offsetTop + 8 + "px")).observe(section);
  scope.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("#consent-form,#consent-dialog form")) return;
    event.preventDefault();
    // Enter presses a form's first button: while an age is asked that is another, which is hidden by then.
    const go = form.querySelector("[data-step] .consent-age button"),
      by = event.submitter,
      choice = (go && !by?.closest(".consent-age") ? go : by)?.value || "save";
    if (choice === "choose") open();
    else if (TOLD && choice === "told" && !form.querySelector(".consent-age")) close(); // they were, when the banner came
    else decide(form, choice, choice === "add" ? (form.asked ?? new FormData(form).getAll("purpose")) : []);
  });
  // Escape grants nothing and records nothing: the banner is back on the next page.
  doc.addEventListener("keydown", event => {
    if (event.key === "Escape" && asking() && ![doc, scope].some(each => each.querySelector("dialog[open]"))) leave();
  });
};

export default async (config, gate, what) => {
  c = config;
  take = gate;
  if (EMBED) while (!doc.body) await new Promise(resolve => setTimeout(resolve));
  else if (doc.readyState === "loading") await new Promise(resolve => doc.addEventListener("DOMContentLoaded", resolve));
  if (doc.prerendering) await new Promise(resolve => doc.addEventListener("prerenderingchange", resolve, { once: true }));
  if (!started) start();
  if (EMBED && TOLD && c.m) return (c.m = 0); // it is the links alone that the page needs
  if (consent.record) await import(c.u + "quiet.js").then(quiet => quiet.default(c)).catch(() => (c.r = 1)); // else a reload ends it
  const names = what?.dataset?.consentAsk;
  if (!what) look();
  else if (names || what === 2) {
    // A page of somebody who has chosen has no banner: then the form of the preference centre answers.
    const form = scope.getElementById("consent-form") || (await unseen());
    decide(form, names ? "add" : "withdraw", names?.split(" "));
  } else open(what.dataset?.consentOpen);
};
