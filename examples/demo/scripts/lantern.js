// Lantern Ads, a stand-in: a cookie, localStorage and a database whose connection stays open, as with real ones.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const site = location.hostname.split(".")[0];
  let opening;

  const database = () =>
    (opening ||= new Promise((resolve, reject) => {
      const request = indexedDB.open("lantern_db", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("seen", { autoIncrement: true });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }));
  const write = () => {
    document.cookie = `_ltn=click.${Date.now()}; Max-Age=15552000; Path=/; SameSite=Lax`;
    localStorage.ltn_click = location.pathname;
    localStorage.ltn_pages = Number(localStorage.ltn_pages || 0) + 1;
    database()
      .then(open => open.transaction("seen", "readwrite").objectStore("seen").add({ page: location.pathname }))
      .catch(() => {});
  };

  window.lantern = {
    report(script) {
      (window.__ran ||= []).push(script);
      const body = JSON.stringify({ site, script, page: location.pathname });
      navigator.sendBeacon(`${home}/collect`, body);
    },
  };
  write();
  window.lantern.report("lantern");
  addEventListener("pagehide", write);
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") write();
  });
})();
