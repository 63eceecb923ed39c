// The piece for the empty elements that tarteaucitron fills with a frame: videos, maps, pages of others.
//
// Configuration: embeds by class: what has to be allowed, the attribute that says what to show, what its address begins with.
(c => {
  let doc = document,
    look = () => {
      for (let name in c.embeds) {
        let [consent, attribute, base] = c.embeds[name];
        for (let el of doc.querySelectorAll(`.${name}:empty`)) {
          let frame = doc.createElement("iframe"),
            src = base + el.getAttribute(attribute);
          if (/^(https?:)?\/\//.test(src)) {
            Object.assign(frame.dataset, { consent, src });
            for (let key of ["title", "width", "height"]) frame.setAttribute(key, el.getAttribute(key) || "");
            frame.allowFullscreen = true;
            el.append(frame);
          }
        }
      }
    };
  look();
  new MutationObserver(look).observe(doc, { childList: 1, subtree: 1 });
  return c;
})
