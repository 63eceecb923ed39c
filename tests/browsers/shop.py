"""The tests' own site with a log of all that its server was asked: what is not in there did not go out.

Every page tells the server of what the browser complains about.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.workshop import SERVER, SITE_ID, VENDOR, Workshop

BOUND = 30  # seconds that an answer may be held back
PATIENCE = 10  # seconds that a vendor may be waited for
OUTSIDE = "outside.localhost"  # a page of somebody else that has ours in a frame
NARROW = "/narrow"  # a page of ours that has another in a frame of 320 pixels
TELLS = """<script nonce="NONCE">
for (const type of ["error", "unhandledrejection", "securitypolicyviolation"])
  addEventListener(type, ({ message, reason, violatedDirective, blockedURI }) => {
    const text = [type, message, reason, violatedDirective, blockedURI].filter(Boolean).join(" ");
    navigator.sendBeacon("/say/" + encodeURIComponent(text.replaceAll("/", "|")));
  });
</script>"""
FRAME = '<!doctype html><html lang="en"><title>A frame</title><iframe src="{}" width="{}" height="640"></iframe>'

STRICT = """
[blocking]
mode = "strict"
[vendors.harbour]
name = "Harbour Maps"
role = "processor"
country = "DE"
policy = "https://harbour.example/privacy"
hosts = ["vendor.localhost"]
[purposes.functional]
retention = "6 months"
vendors = ["harbour"]
"""


@dataclass(frozen=True)
class Asked:
    """A request. `signals` are the values of Sec-GPC and DNT."""

    host: str
    method: str
    path: str
    signals: tuple[str | None, str | None]


class Shop(Workshop):
    """`free` is not set while decisions are held back; while `away` nobody answers for us at all."""

    def __init__(self, folder: Path, tagged: bool, more: str = "") -> None:
        self.asked: list[Asked] = []
        self.away = False
        self.free = threading.Event()
        self.free.set()
        super().__init__(folder, tagged, more)

    def put(
        self, head: str = "", body: str = "", path: str = "", trusted: bool = True, options: str | None = ""
    ) -> str:
        url = super().put(head, body, path, trusted, options)
        key = url.removeprefix(self.url(""))
        head, body, trusted = self._pages[key]
        self._pages[key] = (TELLS + head, body, trusted)
        return url

    def framed(self, url: str) -> str:
        """A page of somebody else, with this one in a frame."""
        return f"http://{OUTSIDE}:{self.port}/?{url}"

    def narrow(self, url: str) -> str:
        """A page of ours, with this one in a frame of 320 pixels."""
        return f"{self.url(NARROW)}?{url}"

    def to_vendor(self) -> list[str]:
        """What the vendors were asked for."""
        return [each.path.lstrip("/") for each in self.asked if each.host == VENDOR]

    def sends_out(self, *names: str) -> None:
        """Wait until the vendors were asked for so many files; then see that it was these."""
        wanted, end = sorted(names), time.monotonic() + PATIENCE
        while sorted(self.to_vendor()) != wanted and time.monotonic() < end:
            time.sleep(0.02)
        assert sorted(self.to_vendor()) == wanted

    def to_us(self) -> list[str]:
        """What was asked for because of us, pages themselves left out."""
        return [each.path for each in self.asked if self._ours(each.host, each.path)]

    def records(self) -> list[dict[str, Any]]:
        """The public part of each record, oldest first."""
        service = self.app.extensions["consent"].service
        return [entry.record.fields for entry in service.store.stream(SITE_ID)]

    def _ours(self, host: str, path: str) -> bool:
        return host == SERVER if self.tagged else path.startswith("/consent/")

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host, path = environ["HTTP_HOST"].partition(":")[0], environ["PATH_INFO"]
        signals = environ.get("HTTP_SEC_GPC"), environ.get("HTTP_DNT")
        self.asked.append(Asked(host, environ["REQUEST_METHOD"], path, signals))
        if host == OUTSIDE or path == NARROW:
            start("200 OK", [("Content-Type", "text/html; charset=utf-8")])
            return [FRAME.format(environ["QUERY_STRING"], 320 if path == NARROW else 900).encode()]
        if self._ours(host, path):
            if self.away:
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                raise ConnectionResetError
            if path.endswith("/decision"):
                assert self.free.wait(BOUND)
        return super()._dispatch(environ, start)
