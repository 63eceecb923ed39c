// The piece of sites whose domains share a choice: a link to another of them takes it along, in the fragment, which no
// server sees. A choice that is there already stays.
//
// Configuration beside the gate's: f the origins that share.
(c => {
  let doc = document,
    root = doc.documentElement,
    next = c.t,
    [mark, ticket] = location.hash.match(/[#&]consent=([\w.-]+)$/) || [],
    stop,
    last, // the newest click

    post = async (path, fields, time) => {
      stop = new AbortController();
      setTimeout(stop.abort.bind(stop), time);
      return (
        await fetch(c.u + path, {
          method: "POST",
          body: new URLSearchParams(fields),
          credentials: c.o ? "include" : "same-origin",
          signal: stop.signal,
        })
      ).json();
    },

    arrive = async ticket => {
      let kept;
      root.dataset.consent = "done"; // no question while the answer is on its way
      try {
        let { token, expires } = await post("arrive", { ticket, from: doc.referrer }, 3000),
          end = new Date(expires * 1e3),
          set = await window.cookieStore?.get(c.k);
        // As in banner.js: Chromium moves the expiry that a server sets, and shows it.
        if (token && !consent.record && (!doc.cookie.includes(token) || (set?.expires && set.expires !== +end)))
          doc.cookie = `${c.k}=${token};Path=/;SameSite=Lax;Expires=${end.toUTCString()}${c.o ? ";Domain=" + c.o : ""}${location.protocol > "https" ? ";Secure" : ""}`;
        kept = token && doc.cookie.includes(token);
      } catch {}
      if (!kept && !consent.record) delete root.dataset.consent;
      c.l(); // takes it, or asks
    };

  // Out of the address before anything else reads it.
  if (mark) history.replaceState(history.state, "", location.href.slice(0, -mark.length));

  c.t = () => {
    next?.();
    if (consent.record) stop?.abort();
    else if (ticket) arrive(ticket);
    ticket = 0;
  };

  if (c.f.includes(location.origin))
    addEventListener("click", async event => {
      let link = event.target.closest?.("a[href]"),
        origin = link?.origin,
        token;
      last = event;
      if (origin === location.origin || !c.f.includes(origin)) return;
      // What somebody else wrote there goes.
      if (/[#&]consent=/.test(link.hash)) link.hash = link.hash.replace(/[#&]consent=.*/, "");
      try {
        token = ("; " + doc.cookie).match(`.*; ${c.k}=([\\w-]+\\.[\\w-]{86})(?![\\w-])`)[1];
      } catch {}
      if (!token || !consent.record || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      let ticket;
      try {
        ({ ticket } = await post("handover", { token, to: origin }, 1000));
      } catch {}
      if (last !== event) return; // another click has the word
      // A copy, outside of the page: nobody hears of a second click.
      link = link.cloneNode();
      link.onclick = null;
      if (ticket) link.hash = (link.hash ? link.hash + "&" : "") + "consent=" + ticket;
      link.click();
    });
  return c;
})
