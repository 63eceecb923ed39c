// Runs in every page before anything else, with the banner's selector ("host >>> inner" reaches into a shadow root):
// writes down when half of the banner's area can be seen, at half its opacity or more, and when there was a click.
(selector => {
  const seen = (window.__seen = { cls: 0 });
  const observe = (type, f) =>
    new PerformanceObserver(l => l.getEntries().forEach(f)).observe({ type, buffered: true });
  observe("paint", e => { if (e.name === "first-contentful-paint") seen.fcp = e.startTime; });
  observe("layout-shift", e => { if (!e.hadRecentInput) seen.cls += e.value; });
  addEventListener("click", e => (seen.clicked = e.timeStamp), true);
  if (!selector) return;
  const path = selector.split(" >>> ");
  const find = () => path.reduce((e, part) => e && (e.shadowRoot || e).querySelector(part), document);
  const above = e => e.parentElement || e.getRootNode().host;
  const opacity = e => (e ? +getComputedStyle(e).opacity * opacity(above(e)) : 1);
  const look = () => {
    const e = find();
    if (e?.checkVisibility({ visibilityProperty: true }) && opacity(e) >= 0.5) {
      const box = e.getBoundingClientRect();
      const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
      if (box.height && height >= box.height / 2) return (seen.visible = performance.now());
    }
    if (performance.now() < 8000) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})
