// Meadow Analytics, a stand-in. Like real ones it finds the widest domain that takes its cookie, keeps counters in
// storage, reports each page, and writes everything once more when the page is left.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const site = location.hostname.split(".")[0];
  const year = 31536000;

  const setCookie = (name, value, seconds, domain) => {
    document.cookie = `${name}=${value}; Max-Age=${seconds}; Path=/; SameSite=Lax${domain ? `; Domain=${domain}` : ""}`;
    return document.cookie.includes(`${name}=${value}`);
  };
  const parents = () => {
    const labels = location.hostname.split(".");
    return labels.map((_, at) => labels.slice(labels.length - 1 - at).join("."));
  };
  const client = () => {
    const found = document.cookie.match(/(?:^|; )_mdw=([^;]+)/);
    return found ? found[1] : `mdw.${Math.random().toString(36).slice(2)}`;
  };
  const write = () => {
    const id = client();
    parents().find(domain => setCookie("_mdw", id, year, domain)) || setCookie("_mdw", id, year);
    setCookie("_mdw_visit", Date.now(), 1800);
    localStorage.mdw_client = id;
    localStorage.mdw_pages = Number(localStorage.mdw_pages || 0) + 1;
    sessionStorage.mdw_session = Number(sessionStorage.mdw_session || 0) + 1;
  };

  window.meadow = {
    report(script) {
      (window.__ran ||= []).push(script);
      return fetch(`${home}/collect`, {
        method: "POST",
        mode: "no-cors",
        keepalive: true,
        body: JSON.stringify({ site, script, page: location.pathname }),
      }).catch(() => {});
    },
  };
  write();
  window.meadow.report("meadow");
  addEventListener("pagehide", write);
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") write();
  });
})();
