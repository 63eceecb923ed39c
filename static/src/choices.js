// The piece that hands in what another consent tool has stored, once: the server keeps it as evidence, and it counts
// for nothing. It goes from the device first, so that no other page sends it as well; what is not taken comes back.
//
// Configuration: choices, the names of cookies or keys of the local storage.
(c => {
  let doc = document,
    write = (name, value, more) => (doc.cookie = `${name}=${value};Path=/;SameSite=Lax${more}`),
    read = name => doc.cookie.split("; ").find(each => each.startsWith(name + "="))?.slice(name.length + 1);
  addEventListener("load", () => {
    for (let name of c.choices) try {
      let cookie = read(name),
        content = cookie ?? localStorage.getItem(name),
        body = new URLSearchParams({ name, content }),
        back = () => cookie ? write(name, cookie, "") : localStorage.setItem(name, content);
      if (content && `${body}`.length < 8193) {
        if (cookie) location.hostname.split(".").map((_, at, all) => ["", ";Domain=" + all.slice(at).join(".")].map(domain => write(name, "", ";Max-Age=0" + domain)));
        else localStorage.removeItem(name);
        // A cookie of another path cannot be taken away, and would be sent again and again.
        if (read(name) == null) fetch(c.u + "imported", { method: "POST", body, keepalive: true, credentials: "omit" }).then(reply => reply.ok || back(), back);
      }
    } catch {}
  });
  return c;
})
