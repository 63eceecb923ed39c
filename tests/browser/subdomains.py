"""A shop on several hosts of one domain, which may or may not share a choice: the setting changes while it is open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from consent import Consent
from consent.web.standalone import create_app

from .visitor import Visitor
from .workshop import SERVER, SITE, SITE_ID, Quiet

DOMAIN = "shop.localhost"
HOSTS = (f"a.{DOMAIN}", f"b.{DOMAIN}")
SISTER = f"consent.{DOMAIN}"  # the consent server under a name of the same domain
PAGE = """<!doctype html>
<html lang="en">
<head>HEAD<meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,"></head>
<body><h1>A page</h1><script type="text/plain" data-consent="analytics">window.ran = true</script></body>
</html>"""


class Shop:
    """One site, one store, two settings; `shared` says which is in force."""

    def __init__(self, folder: Path, way: str) -> None:
        """`way`: mounted, a tag of another domain, or one of the same domain (sister)."""
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        self.way = way
        self.shared = False
        self._name = SISTER if way == "sister" else SERVER
        self._apps = {shared: self._made(folder, shared) for shared in (False, True)}
        self._pages = Flask(__name__)
        self._pages.add_url_rule("/", "page", self._page)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def url(self, host: str) -> str:
        """The page of a host."""
        return f"http://{host}:{self.port}/"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()
        for app in self._apps.values():
            app.extensions["consent"].service.store.close()

    def _made(self, folder: Path, shared: bool) -> Flask:
        origins = ", ".join(f'"http://{host}:{self.port}"' for host in HOSTS)
        text = SITE.replace("[controller]", f"origins = [{origins}]\n[controller]", 1)
        if shared:
            text += f'[cookie]\ndomain = "{DOMAIN}"\n'
        site_file = folder / f"{shared}.toml"
        site_file.write_text(text, encoding="utf-8")
        if self.way != "mounted":
            return create_app(site_file, folder / "data", production=False)
        app = Flask(f"{__name__}.{shared}")
        app.config.update(CONSENT_SITE=str(site_file), CONSENT_DATA=str(folder / "data"), CONSENT_PRODUCTION=False)
        Consent(app)
        app.add_url_rule("/", "page", lambda: PAGE.replace("HEAD", ""))
        return app

    def _page(self) -> str:
        # A browser keeps the tag for minutes: another address stands for their end.
        tag = f"http://{self._name}:{self.port}/s/{SITE_ID}.js?{self.shared}"
        return PAGE.replace("HEAD", f'<script src="{tag}"></script>')

    def _dispatch(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = environ["HTTP_HOST"].partition(":")[0]
        app = self._apps[self.shared] if self.way == "mounted" or host == self._name else self._pages
        return app(environ, start)


def cookies(visitor: Visitor, host: str) -> list[dict[str, Any]]:
    """The cookies of ours that a page of `host` gets."""
    return [
        cookie
        for cookie in visitor.cookies()
        if cookie["name"] == f"consent_{SITE_ID}"
        and (cookie["domain"] == host or (cookie["domain"].startswith(".") and f".{host}".endswith(cookie["domain"])))
    ]
