"""A shop whose pages load vendors without any marker, so that nothing but the browser's own policy can hold them back.

The vendors are hosts of their own in the same server, which writes down who asked it for what. A policy names hosts
without ports, so the browser is told to find port 80 here.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, Response
from flask import request as current
from werkzeug.serving import make_server

from consent import Consent

from .workshop import Quiet

HOST = "www.shop.localhost"
CDN = "cdn.localhost"  # always allowed
MEADOW, BROOK = "meadow.localhost", "brook.localhost"  # vendors of one purpose
STRANGER = "stranger.localhost"  # in no site file
ADDRESS = f"http://{HOST}"

SITE = f"""
[site]
id = "shop"
name = "Shop"
policy = "https://shop.example/privacy"
effective = 2026-04-06
[controller]
name = "Shop Ltd"
contact = "privacy@shop.example"
country = "DE"
[vendors.meadow]
name = "Meadow Analytics"
country = "DE"
policy = "https://meadow.example/privacy"
hosts = ["{MEADOW}"]
[vendors.brook]
name = "Brook Heatmaps"
country = "DE"
policy = "https://brook.example/privacy"
hosts = ["{BROOK}"]
[purposes.necessary]
retention = "session"
[purposes.analytics]
retention = "13 months"
vendors = ["meadow", "brook"]
"""

# Everything at once: HOST is the vendor's. Each way in has a name in the vendor's log.
LIVE = """<script src="http://HOST/script"></script>
<link rel="stylesheet" href="http://HOST/style">
<img src="http://HOST/picture" alt="">
<iframe src="http://deep.below.HOST/frame" title="A frame"></iframe>
<script>{
  const hears = name => () => told.push("HOST " + name);
  fetch("http://HOST/fetch").then(hears("fetch"), () => {});
  navigator.sendBeacon("http://HOST/beacon", "x");
  new WebSocket("ws://HOST/socket").onmessage = hears("socket");
  new FontFace("Theirs", "url(http://HOST/font)").load().catch(() => {});
  import("http://HOST/module").then(hears("module"), () => {});
}</script>"""
WAYS = {"script", "style", "picture", "frame", "fetch", "beacon", "socket", "font", "module"}

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">
<script>window.told = [];</script>
<link rel="stylesheet" href="/own/style"><link rel="stylesheet" href="http://CDN/style">
</head>
<body><main><h1>A shop</h1>
LIVE
<script src="/own/script"></script>
<script>
  eval('told.push("eval")');
  fetch("/own/fetch").then(() => told.push("own fetch"));
  new Worker(URL.createObjectURL(new Blob(["postMessage(1)"]))).onmessage = () => told.push("worker");
</script>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="" onload="told.push('data')">
GATED
</main></body>
</html>"""
OWN = {"eval", "own fetch", "worker", "data", f"{HOST} script"}  # what a page of the shop's does by itself
GATED = '<script type="text/plain" data-consent="analytics">fetch("/own/gated")</script>'


class Shop:
    """The server, for a browser that finds port 80 at `port`."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[str, str]] = []  # host and path of each request that came to another host than the shop
        self.gated = 0  # how often the gated script ran
        (folder / "consent.toml").write_text(SITE, encoding="utf-8")
        self.app = self._shop(folder)
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def ways(self, host: str) -> set[str]:
        """By which ways a host, or one below it, was reached."""
        return {path for asked, path in self.asked if asked == host or asked.endswith("." + host)}

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        self.app.extensions["consent"].service.store.close()

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = environ["HTTP_HOST"].partition(":")[0]
        if host == HOST:
            return self.app(environ, start)
        path = environ["PATH_INFO"].strip("/")
        self.asked.append((host, path))
        if path == "socket":
            _greet(environ)
        return _answer(host, path)(environ, start)

    def _shop(self, folder: Path) -> Flask:
        app = Flask("shop")
        app.config.update(CONSENT_SITE=str(folder / "consent.toml"), CONSENT_DATA=str(folder / "data"))
        app.config.update(CONSENT_PRODUCTION=False, CONSENT_CSP=[CDN])
        Consent(app)

        def page(*hosts: str, gated: str = "") -> Response:
            live = "\n".join(f"<div>{LIVE.replace('HOST', host)}</div>" for host in hosts)
            text = PAGE.replace("LIVE", live).replace("CDN", CDN).replace("GATED", gated)
            return Response(text, mimetype="text/html")

        app.add_url_rule("/", "home", lambda: page(MEADOW, BROOK, STRANGER))
        app.add_url_rule("/gated", "gated", lambda: page(gated=GATED))

        @app.get("/shared")
        def shared() -> Response:
            response = page(MEADOW, STRANGER)
            response.headers["Cache-Control"] = "public, max-age=60"
            return response

        @app.get("/own/<what>")
        def own(what: str) -> Response:
            self.gated += what == "gated"
            return _answer(current.host, what)

        return app


def _answer(host: str, what: str) -> Response:
    bodies = {
        "script": (f'told.push("{host} script")', "text/javascript"),
        "module": ("export default 1", "text/javascript"),
        "style": ("h1 { color: rgb(1, 2, 3) }", "text/css"),
        "picture": ('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "image/svg+xml"),
        "frame": ("<!doctype html><title>Frame</title><p>Frame", "text/html"),
    }
    body, kind = bodies.get(what, ("", "text/plain"))
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return Response(body, mimetype=kind, headers=headers)


def _greet(environ: dict[str, Any]) -> None:
    """Open a WebSocket, say a word and close it (RFC 6455 §4.2.2, §5.5.1)."""
    key = environ["HTTP_SEC_WEBSOCKET_KEY"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head = f"{upgrade}Sec-WebSocket-Accept: {accept}\r\n\r\n"
    connection: socket.socket = environ["werkzeug.socket"]
    connection.sendall(head.encode() + b"\x81\x02hi" + b"\x88\x02\x03\xe8")
    connection.shutdown(socket.SHUT_WR)  # nothing more is to be written
    raise ConnectionAbortedError
