// The piece that reads the marks of other consent tools: they become ours, in what is on the page and in what comes,
// each time before the gate looks. A name that is not known becomes one that nobody can allow.
//
// Configuration: compat, with q selector of marked elements, a attributes that hold their names, n ours by their name,
// o selector of what opened the other tool's settings.
(c => {
  let doc = document,
    done = new WeakSet(), // an opened frame still bears its old mark
    { q, a, n, o } = c.compat,
    look = () => {
      for (let el of doc.querySelectorAll(q))
        if (!done.has(el)) {
          let data = el.dataset,
            src = data.cookieblockSrc || data.src;
          done.add(el);
          data.consent = a.flatMap(name => el.getAttribute(name)?.match(name == "class" ? /(?<=\boptanon-category-(\S+-)?)[^\s-]+/g : /[^\s,]+/g) || []).map(name => n[name] || "?").join(" ");
          // A script's address may be set while it is text. A page under Trusted Types that refuses stays shut.
          if (src) try {
            (el.noModule == null ? data : el).src = src;
          } catch {}
        }
      for (let el of doc.querySelectorAll(o)) {
        el.dataset.consentOpen = "";
        el.onclick = null;
      }
    };
  look();
  new MutationObserver(look).observe(doc, { childList: 1, subtree: 1 });
  return c;
})
