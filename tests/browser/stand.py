"""A stand for strict blocking: pages that reach for vendors by every way there is, and a log of who was reached.

All hosts are names of this machine in one server, which is the witness: what is not in its log did not go out.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort
from werkzeug.serving import make_server

from consent import Consent
from consent.web import snippet
from consent.web.standalone import create_app

from .workshop import SERVER, Quiet

HOST = "page.localhost"
CDN = "cdn.localhost"  # always allowed
PARCEL = "parcel.localhost"  # a vendor of what is necessary
MEADOW, LANTERN = "meadow.localhost", "lantern.localhost"  # analytics, marketing
STRANGER = "stranger.localhost"  # in no site file

SITE = f"""
[site]
id = "stand"
name = "Stand"
policy = "https://stand.example/privacy"
effective = 2026-04-06
ORIGINS
[controller]
name = "Stand Ltd"
contact = "privacy@stand.example"
country = "DE"
[blocking]
mode = "strict"
allow = ["{CDN}"]
[vendors.parcel]
name = "Parcel"
country = "DE"
policy = "https://parcel.example/privacy"
hosts = ["{PARCEL}"]
[vendors.meadow]
name = "Meadow Analytics"
country = "DE"
policy = "https://meadow.example/privacy"
hosts = ["{MEADOW}"]
items = [
    {{ name = "mdw*", duration = "13 months" }},
    {{ name = "mdw_*", kind = "local", duration = "13 months" }},
    {{ name = "mdw_*", kind = "session" }},
    {{ name = "mdw_db", kind = "indexeddb", duration = "13 months" }},
]
[vendors.lantern]
name = "Lantern Ads"
country = "DE"
policy = "https://lantern.example/privacy"
hosts = ["{LANTERN}"]
items = [
    {{ name = "ltn*", duration = "6 months" }},
    {{ name = "ltn_*", kind = "local", duration = "6 months" }},
    {{ name = "ltn_*", kind = "session" }},
    {{ name = "ltn_db", kind = "indexeddb", duration = "6 months" }},
]
[purposes.necessary]
retention = "session"
vendors = ["parcel"]
[purposes.functional]
retention = "12 months"
items = [{{ name = "theme", kind = "local", duration = "12 months" }}]
[purposes.analytics]
retention = "13 months"
vendors = ["meadow"]
[purposes.marketing]
retention = "6 months"
vendors = ["lantern"]
"""

HEAD = """<!doctype html>
<html lang="en"><head>TAG<meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
<script>window.ran = [];</script>
"""

# What stands in a page as it comes: U is the vendor's address.
STATIC_HEAD = """<script src="U/head.js?slow"></script>
<script src="U/head-async.js" async></script>
<script type="module" src="U/head-module.js"></script>
<link rel="stylesheet" href="U/head.css">
<link rel="preload" as="script" href="U/head-preload.js">
<link rel="modulepreload" href="U/head-modulepreload.js">
"""
STATIC_BODY = """<script src="U/body.js"></script>
<script>document.write('<script src="U/written.js"></' + 'script><img alt="" src="U/written-image">')</script>
<img alt="" src="U/image"><img alt="" srcset="U/image-set 1x">
<picture><source srcset="U/image-source"><img alt="" src="data:,"></picture>
<iframe title="A" src="U/frame"></iframe>
<iframe title="B" srcdoc='<script src="U/frame-doc.js"></script><img alt="" src="U/frame-doc-image">'></iframe>
<video src="U/video" poster="U/poster"></video><audio preload="auto" src="U/audio"></audio>
<object data="U/object"></object><embed src="U/embed">
<svg><image href="U/svg-image"/></svg>
<p style="background: url(U/background)">Background</p>
<style>@import "U/import.css"; @font-face { font-family: Theirs; src: url(U/font) } p { font-family: Theirs }</style>
<input type="image" alt="" src="U/input">
"""
STATIC = {
    *("head.js", "head-async.js", "head-module.js", "head.css", "head-preload.js", "head-modulepreload.js"),
    *("body.js", "written.js", "written-image", "image", "image-set", "image-source", "frame", "frame-doc.js"),
    *("frame-doc-image", "video", "poster", "audio", "object", "embed", "svg-image", "background", "import.css"),
    *("font", "input"),
}

# What a script does. U is the vendor's address, T when it is done, SUB the vendor's mark on what it stores.
TRIES = """window.tries_SUB = (U, T) => {
  const make = (name, more) => Object.assign(document.createElement(name), more),
    put = (name, more) => document.body.append(make(name, more)),
    fragment = document.createRange(),
    template = make("template"),
    box = make("div"),
    far = make("iframe"),
    request = new XMLHttpRequest(),
    attempt = act => { try { act() } catch (error) { window.threw = error.name } };
  fetch(`${U}/${T}-fetch`).catch(() => {});
  request.open("GET", `${U}/${T}-xhr`);
  attempt(() => request.send());
  navigator.sendBeacon(`${U}/${T}-beacon`, "x");
  attempt(() => new WebSocket(U.replace("http", "ws") + `/${T}-socket`));
  attempt(() => { const events = new EventSource(`${U}/${T}-events`); events.onerror = () => events.close() });
  import(`${U}/${T}-dynamic.js`).catch(() => {});
  put("script", { src: `${U}/${T}-made.js?slow`, async: false });
  const second = make("script", { async: false });
  second.setAttribute("src", `${U}/${T}-attribute.js`);
  document.head.append(second);
  template.content.append(make("script", { src: `${U}/${T}-clone.js` }));
  document.body.append(template.content.cloneNode(true));
  document.body.append(fragment.createContextualFragment(`<script src="${U}/${T}-fragment.js"></` + "script>"));
  new Image().src = `${U}/${T}-pixel`;
  box.innerHTML = `<img src="${U}/${T}-detached">`;
  document.body.insertAdjacentHTML("beforeend", `<iframe src="${U}/${T}-inserted"></iframe>`);
  put("div", { innerHTML: `<img srcset="${U}/${T}-inner 1x">` });
  put("iframe", { src: `${U}/${T}-frame` });
  put("iframe", { srcdoc: `<script>fetch("${U}/${T}-within")</` + "script>" });
  document.body.append(far);
  attempt(() => far.contentWindow.fetch(`${U}/${T}-realm`).catch(() => {}));
  put("link", { rel: "stylesheet", href: `${U}/${T}-style.css` });
  document.body.style.cursor = `url(${U}/${T}-cursor), auto`;
  put("video", { src: `${U}/${T}-video` });
  put("object", { data: `${U}/${T}-object` });
  new FontFace("More", `url(${U}/${T}-font)`).load().catch(() => {});
  new Worker(URL.createObjectURL(new Blob([`fetch("${U}/${T}-worker").catch(() => {});
    try { importScripts("${U}/${T}-imported.js") } catch {}`])));
  document.cookie = `SUB_${T}=1; Path=/; Max-Age=9999`;
  cookieStore.set(`SUBstore_${T}`, "1").catch(() => {});
  localStorage.setItem(`SUB_${T}`, "1");
  sessionStorage.setItem(`SUB_${T}`, "1");
  localStorage[`SUB_${T}_property`] = "1";
  attempt(() => indexedDB.open("SUB_db"));
};
"""
DONE = {
    *("fetch", "xhr", "beacon", "socket", "events", "dynamic.js", "made.js", "attribute.js", "clone.js", "fragment.js"),
    *("pixel", "detached", "inserted", "inner", "frame", "within", "realm", "style.css", "video", "object", "font"),
    *("worker", "imported.js"),
}
ONCE = {"fetch", "xhr", "beacon", "made.js", "attribute.js", "pixel"}  # what no browser asks for twice by itself

LATE = """<script>
addEventListener("load", () => setTimeout(() => { tries_SUB("U", "later"); ran.push("SUB late") }, 50));
</script>"""

OWN = """<script src="/own/script.js"></script><img alt="" src="/own/image"><iframe title="O" src="/own/frame"></iframe>
<script src="CDN/script.js"></script><link rel="stylesheet" href="CDN/style.css">
<script src="PARCEL/script.js"></script>
<script>
  eval("1"); new Function("1")();
  fetch("/own/fetch"); navigator.sendBeacon("/own/beacon", "x"); fetch("CDN/fetch"); fetch("http://sub.PARCELNAME/fetch");
  new WebSocket("ws://" + location.host + "/own/socket"); new WebSocket("CDN/socket".replace("http", "ws"));
  new Worker(URL.createObjectURL(new Blob(['fetch("' + location.origin + '/own/worker")'])));
  document.cookie = "own=1; Path=/"; localStorage.setItem("own", "1"); indexedDB.open("own");
</script>"""
OWN_WAYS = {"script.js", "image", "frame", "fetch", "beacon", "socket", "worker"}


class Stand:
    """The server; `tagged`: the pages have a tag of another origin, instead of consent mounted."""

    def __init__(self, folder: Path, tagged: bool, change: Callable[[str], str] = str) -> None:
        self.asked: list[tuple[str, str]] = []  # host and path of what came to another address than a page's
        self.pages: dict[str, str] = {}
        self.tagged = tagged
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        site_file = folder / "consent.toml"
        site_file.write_text(change(SITE).replace("ORIGINS", f'origins = ["{self.at(HOST)}"]'), encoding="utf-8")
        if tagged:
            self.app = create_app(site_file, folder / "data", production=False)
            self._host = self._site()
        else:
            self._host = self.app = self._site(site_file, folder)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def at(self, host: str) -> str:
        """A host's address."""
        return f"http://{host}:{self.port}"

    def put(self, head: str = "", body: str = "") -> str:
        """Serve a page with this in it, the site's own requests beside it. Returns its address."""
        path = f"/pages/{len(self.pages)}"
        tag = f'<script src="{self.at(SERVER)}/s/stand.js"></script>{snippet.AWAIT}' if self.tagged else ""
        own = OWN.replace("PARCELNAME", f"{PARCEL}:{self.port}")
        own = own.replace("CDN", self.at(CDN)).replace("PARCEL", self.at(PARCEL))
        self.pages[path] = (
            HEAD.replace("TAG", tag) + head + f"</head><body><main><h1>A page</h1>{own}{body}</main></body>"
        )
        return self.at(HOST) + path

    def everything(self, *vendors: tuple[str, str]) -> str:
        """A page that reaches for these (host, mark) by every way, early and late."""
        head, body = [], []
        for host, mark in vendors:
            fill = lambda text, host=host, mark=mark: text.replace('"U"', f'"{self.at(host)}"').replace("SUB", mark)  # noqa: E731
            early = f'document.addEventListener("DOMContentLoaded", () => tries_{mark}("{self.at(host)}", "early"))'
            head.append(f"<script>{fill(TRIES)}{early}; ran.push('{mark} head')</script>")
            head.append(STATIC_HEAD.replace("U/", self.at(host) + "/"))
            body.append(STATIC_BODY.replace("U/", self.at(host) + "/") + fill(LATE))
        return self.put("".join(head), "".join(body))

    def ways(self, host: str) -> list[str]:
        """By which ways a host, or one below it, was reached, in order."""
        return [path for asked, path in list(self.asked) if asked == host or asked.endswith("." + host)]

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        self.app.extensions["consent"].service.store.close()

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host, path = environ["HTTP_HOST"].partition(":")[0], environ["PATH_INFO"]
        if host == SERVER or (host == HOST and not path.startswith("/own/")):
            return (self.app if host == SERVER else self._host)(environ, start)
        self.asked.append((host, path.rpartition("/")[2]))
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            greet(environ)
        if "slow" in environ["QUERY_STRING"]:
            threading.Event().wait(0.2)
        return _answer(host, path.rpartition("/")[2])(environ, start)

    def _site(self, site_file: Path | None = None, folder: Path | None = None) -> Flask:
        app = Flask(__name__, static_folder=None)
        if site_file and folder:
            app.config.update(CONSENT_SITE=str(site_file), CONSENT_DATA=str(folder / "data"), CONSENT_PRODUCTION=False)
            Consent(app)

        @app.get("/pages/<name>")
        def page(name: str) -> str:
            return self.pages.get(f"/pages/{name}") or abort(404)

        return app


def _answer(host: str, what: str) -> Response:
    kind = "text/html"
    body = "<!doctype html><title>Frame</title><p>Frame"
    if what.endswith(".js"):
        kind, body = "text/javascript", f'self.ran?.push("{host.partition(".")[0]} {what}")'
    elif what.endswith(".css"):
        kind, body = "text/css", "h1 { color: rgb(1, 2, 3) }"
    elif what.endswith("events"):
        kind, body = "text/event-stream", "data: hi\n\n"
    elif not what.endswith(("frame", "inserted")):
        kind, body = "image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return Response(body, mimetype=kind, headers=headers)


def greet(environ: dict[str, Any]) -> None:
    """Open a WebSocket, say a word and close it (RFC 6455 §4.2.2, §5.5.1)."""
    key = environ["HTTP_SEC_WEBSOCKET_KEY"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    connection: socket.socket = environ["werkzeug.socket"]
    head = f"{upgrade}Sec-WebSocket-Accept: {accept}\r\n\r\n"
    connection.sendall(head.encode() + b"\x81\x02hi" + b"\x88\x02\x03\xe8")
    connection.shutdown(socket.SHUT_WR)  # nothing more is to be written
    raise ConnectionAbortedError
