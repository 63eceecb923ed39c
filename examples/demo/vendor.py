"""The stand-in vendors of the demo: scripts, a pixel, a film, and a log of all that reached them."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Flask, Response, request

SCRIPTS = Path(__file__).resolve().parent / "scripts"
MAX_ENTRIES = 5_000
MAX_BODY = 4_096  # bytes of a report
_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".html": "text/html"}


class Log:
    """What reached the vendors, newest last, of bounded length. Safe to share between threads."""

    def __init__(self, length: int = MAX_ENTRIES) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=length)
        self._lock = Lock()

    def add(self, site: str, kind: str, name: str) -> None:
        """Note a request for a file (`request`) or what a script said of itself (`report`)."""
        entry = {"at": round(time.time(), 3), "site": site[:64], "kind": kind, "name": name[:128]}
        with self._lock:
            self._entries.append(entry)

    def of(self, site: str | None) -> list[dict[str, Any]]:
        """The entries of a site, or of all."""
        with self._lock:
            return [entry for entry in self._entries if site is None or entry["site"] == site]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()


def create_vendor() -> Flask:
    """The application of `vendor.localhost`."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    log = Log()

    def served(name: str) -> Response:
        log.add(request.args.get("site", ""), "request", name)
        path = SCRIPTS / name
        return Response(path.read_text(encoding="utf-8"), mimetype=_TYPES[path.suffix])

    @app.get("/<any('meadow.js', 'lantern.js', 'fern.js', 'insight.mjs', 'lantern.css'):name>")
    def script(name: str) -> Response:
        return served(name)

    @app.get("/video")
    def video() -> Response:
        return served("video.html")

    @app.get("/pixel.gif")
    def pixel() -> Response:
        log.add(request.args.get("site", ""), "request", "pixel.gif")
        return Response(_PIXEL, mimetype="image/gif")

    @app.post("/collect")
    def collect() -> Response:
        try:
            said = json.loads(request.get_data(cache=False))
            log.add(str(said["site"]), "report", str(said["script"]))
        except (ValueError, KeyError, TypeError):
            return Response("A report is a JSON object with `site` and `script`.\n", 400, mimetype="text/plain")
        return Response(status=204)

    @app.get("/log")
    def entries() -> Response:
        return Response(json.dumps(log.of(request.args.get("site"))), mimetype="application/json")

    @app.post("/log/reset")
    def reset() -> Response:
        log.clear()
        return Response(status=204)

    @app.after_request
    def open_to_all(response: Response) -> Response:
        # modules are fetched with CORS; nothing may be cached, so that each use is seen
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
