// Somebody who has chosen is asked about what is new alone. On a page that is the same for everyone, a tag's or one from
// a cache, the server's first layer for the two notices takes the place of the whole one. Without it, that one stays.
export default (c, form) =>
  new Promise(resolve => {
    if (form.querySelector(".consent-again")) return resolve(); // the server knew
    const { n, t, a } = consent.record,
      open = Object.keys(c.p).filter(
        name => c.p[name] !== 1 && !consent.allows(name) && a[name] !== 0 && !c.e?.includes(name),
      ),
      request = new XMLHttpRequest(),
      asked = { since: n, notice: form.querySelector("[name=notice]").value, r: new URL(c.b, location).searchParams.get("r") || "" };
    request.open("GET", `${c.u}again?${new URLSearchParams(asked)}`);
    request.responseType = "document"; // the browser parses it: no markup passes through script
    request.timeout = 5e3;
    request.onerror = request.ontimeout = resolve;
    request.onload = () => {
      resolve();
      const fresh = request.status === 200 && request.response?.querySelector("form"),
        drop = (selector, of) =>
          fresh.querySelectorAll(selector).forEach(each => of(each) && !open.includes(of(each)) && each.remove());
      if (fresh) {
        drop("[data-of]", line => line.dataset.of);
        drop("[name=purpose]", field => field.value);
        // Each line must be about what is asked here, and each question have its line.
        const told = [...fresh.querySelectorAll("[data-of]")].map(line => line.dataset.of);
        if (told.length && (told.includes("") || open.every(name => told.includes(name)))) {
          const intro = fresh.querySelector(".consent-again"),
            lang = form.closest("[lang]").lang;
          intro.textContent = intro.textContent.replace("{date}", new Date(t * 1e3).toLocaleDateString(lang, { dateStyle: "long" }));
          form.replaceChildren(...form.querySelectorAll("[name=csrf_token],[name=return]"), ...fresh.childNodes);
        }
      }
    };
    request.send();
  });
