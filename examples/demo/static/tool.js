// The tool remembers its form, but only where the site file declares it and only after a yes.
// `consent.allows` is asked at each write; what was written before a withdrawal is taken away by the gate.
(() => {
  const form = document.querySelector("form[data-remember]");
  if (!form || !window.consent) return;
  const names = JSON.parse(form.dataset.remember);
  const state = () => JSON.stringify(Object.fromEntries(new FormData(form)));

  const keep = {
    cookie: name => (document.cookie = `${name}=${encodeURIComponent(form.shape.value)}; Max-Age=31536000; Path=/; SameSite=Lax`),
    local: name => localStorage.setItem(name, state()),
    session: name => sessionStorage.setItem(name, state()),
    indexeddb: name => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("drafts");
      request.onsuccess = () => {
        const change = request.result.transaction("drafts", "readwrite");
        change.objectStore("drafts").put(state(), "last");
        change.oncomplete = () => request.result.close();
      };
    },
  };
  const remember = () => {
    for (const { purpose, kind, name } of names) {
      try {
        if (consent.allows(purpose)) keep[kind](name);
      } catch {}
    }
  };
  form.addEventListener("input", remember);
  form.addEventListener("submit", remember);
})();
