"""Domains of one owner, two of which share a choice and one that does not, with all that their server was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, request
from playwright.sync_api import Page
from werkzeug.serving import make_server

from consent import Consent
from consent.web.standalone import create_app

from .visitor import until
from .workshop import SERVER, SITE, SITE_ID, Quiet

ONE, TWO, OTHER = "one.localhost", "two.localhost", "other.localhost"
PAGE = """<!doctype html>
<html lang="en">
<head>HEAD<script>window.seen = location.href</script><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"></head>
<body><h1>A page</h1>
<script type="text/plain" data-consent="analytics">window.ran = true</script>
<a id="plain" href="URL/">Next door</a> <a id="part" href="URL/#part">A part</a>
<a id="tab" href="URL/" target="_blank">A tab</a>
<p id="part">A part</p>
</body>
</html>"""
# From a page that has a choice, as the link's own script asks.
ASK = """async ([way, target, token]) => {
  const answer = await fetch(way, {method: "POST", body: new URLSearchParams({to: target, token})});
  return [answer.status, (await answer.json()).ticket];
}"""
HOLD = "document.cookie.match(/consent_workshop=([^;]+)/)[1]"


class Neighbours:
    """The server of the pages and, mounted or not, of consent."""

    def __init__(self, folder: Path, tagged: bool) -> None:
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        self.tagged = tagged
        self.asked: list[str] = []  # what any server or log saw of each request
        shared = ", ".join(f'"{self.origin(host)}"' for host in (ONE, TWO))
        text = SITE.replace("[controller]", f'origins = [{shared}, "{self.origin(OTHER)}"]\n[controller]', 1)
        site_file = folder / "consent.toml"
        site_file.write_text(f"{text}[sharing]\ndomains = [{shared}]\n", encoding="utf-8")
        if tagged:
            self.app = create_app(site_file, folder / "data", production=False)
            self._pages = Flask(__name__)
        else:
            self.app = self._pages = Flask(__name__)
            self.app.config.update(
                CONSENT_SITE=str(site_file), CONSENT_DATA=str(folder / "data"), CONSENT_PRODUCTION=False
            )
            Consent(self.app)
        self._pages.add_url_rule("/", "page", self._page)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def origin(self, host: str) -> str:
        """The origin of a host's pages."""
        return f"http://{host}:{self.port}"

    def url(self, host: str) -> str:
        """The page of a host."""
        return f"{self.origin(host)}/"

    def way(self, name: str) -> str:
        """Where a page's script posts to."""
        return f"http://{SERVER}:{self.port}/s/{SITE_ID}/{name}" if self.tagged else f"/consent/{name}"

    def ticket(self, page: Page, target: str = TWO) -> str:
        """A ticket for the choice of a page."""
        status, ticket = page.evaluate(ASK, [self.way("handover"), self.origin(target), page.evaluate(HOLD)])
        assert status == 200
        return str(ticket)

    def leads(self, page: Page, ticket: str, host: str = TWO) -> None:
        """A page that leads to another with a ticket, by a script of its own."""
        with page.expect_navigation():
            page.evaluate("url => { location.href = url }", f"{self.url(host)}#consent={ticket}")
        assert_clean(page)

    def later(self, seconds: float) -> None:
        """The server's clock is set forward."""
        self.app.extensions["consent"].service._clock = lambda: time.time() + seconds

    def count(self) -> int:
        """How many records there are."""
        return int(self.app.extensions["consent"].service.store.count(SITE_ID))

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        self.app.extensions["consent"].service.store.close()

    def _page(self) -> str:
        head = f'<script src="http://{SERVER}:{self.port}/s/{SITE_ID}.js"></script>' if self.tagged else ""
        other = TWO if request.host.startswith("one") else ONE
        return PAGE.replace("HEAD", head).replace("URL", self.origin(other))

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        seen = ("PATH_INFO", "QUERY_STRING", "HTTP_REFERER", "HTTP_COOKIE")
        self.asked.append(" ".join(str(environ.get(name, "")) for name in seen))
        host = environ["HTTP_HOST"].partition(":")[0]
        return (self.app if host == SERVER else self._pages)(environ, start)


def assert_clean(page: Page) -> None:
    """The ticket is out of the address before any other script of the page could read it."""
    until(page, "window.seen")
    assert "consent=" not in page.evaluate("window.seen") and "consent=" not in page.url
