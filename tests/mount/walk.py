"""Mounts into an application from PyPI and walks through it; runs in an environment that has that application.

python walk.py httpbin|ihatemoney SITE_FILE FOLDER: prints what it saw as JSON.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
import zlib
from pathlib import Path
from typing import Any

from flask import Flask

from consent import Consent

GATE, BANNER, LINK = "<script>(", 'id="consent-form"', "data-consent-open"


def application(name: str, folder: Path) -> Flask:
    """Somebody else's application, as it comes."""
    if name == "httpbin":
        from httpbin import app  # type: ignore[import-not-found]

        return app  # type: ignore[no-any-return]
    from ihatemoney.run import create_app  # type: ignore[import-not-found]

    settings = folder / "settings.py"
    settings.write_text(
        f"SECRET_KEY = 'of the test'\nSQLALCHEMY_DATABASE_URI = 'sqlite:///{folder}/money.db'\n"
        "ACTIVATE_DEMO_PROJECT = True\nSESSION_COOKIE_SECURE = False\n"
    )
    os.environ["IHATEMONEY_SETTINGS_FILE_PATH"] = str(settings)
    return create_app()  # type: ignore[no-any-return]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of our form."""
    form = page[page.index(BANNER) :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)[:4])


def marks(page: str) -> dict[str, bool]:
    return {"gate": GATE in page, "banner": BANNER in page, "link": LINK in page}


LEFT_ALONE = ["/encoding/utf8", "/gzip", "/deflate", "/brotli", "/stream/3", "/range/64", "/xml", "/image/png", "/json"]
ZIPPED = {"gzip": lambda body: zlib.decompress(body, 31), "deflate": zlib.decompress}


def touched(client: Any) -> list[str]:
    """Those of httpbin's fragments, files, streams and data that have anything of ours in them."""
    found = []
    for path in LEFT_ALONE:
        reply = client.get(path)
        body = ZIPPED.get(reply.headers.get("Content-Encoding", ""), bytes)(reply.data)
        if reply.status_code != 200 or not body or b"consent" in body:
            found.append(path)
    return found


def own_form(name: str, client: Any, forged: bool = False) -> int:
    """Send a form of the application's own, with its own CSRF token where it has one."""
    if name == "httpbin":
        return int(client.post("/post", data={"custname": "A"}).status_code)
    client.application.test_client().get("/demo")  # makes the project that the form leads into
    page = client.get("/authenticate?project_id=demo").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, "the application's own form has its own token"
    data = {"csrf_token": "forged" if forged else token[1], "id": "demo", "password": "demo"}
    return int(client.post("/authenticate?project_id=demo", data=data).status_code)


def main() -> None:
    name, site_file, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    warnings.simplefilter("ignore")
    app = application(name, folder)

    app.config.update(CONSENT_SITE=site_file, CONSENT_DATA=str(folder / "consent"), CONSENT_PRODUCTION=False)
    consent = Consent(app)
    allowed: list[bool] = []
    app.before_request(lambda: allowed.append(consent.allows("analytics")))

    page_path = "/html" if name == "httpbin" else "/"
    client = app.test_client()
    first = client.get(page_path)
    seen: dict[str, Any] = {"first": {"status": first.status_code, **marks(first.text)}}
    head = client.head(page_path)
    seen["head"] = (head.status_code, head.headers.get("Content-Length") is not None, head.data == b"")
    seen["json"] = client.get("/get").is_json if name == "httpbin" else None
    seen["own_form_before"] = own_form(name, client)
    answer = client.post("/consent/decision", data={**hidden(first.text), "choice": "accept_all"})
    seen["answer"] = (answer.status_code, answer.headers["Location"])
    then = client.get(page_path)
    seen["then"] = {"status": then.status_code, **marks(then.text)}
    seen["allowed"] = (allowed[0], allowed[-1])
    chosen = app.test_client()  # not logged in yet
    chosen.set_cookie("consent_demo", client.get_cookie("consent_demo").value)
    seen["own_form_after"] = own_form(name, chosen)
    seen["own_form_forged"] = own_form(name, app.test_client(), forged=True)
    seen["touched"] = touched(app.test_client()) if name == "httpbin" else []
    german = app.test_client().get(page_path, headers={"Accept-Language": "de"}).text
    seen["speaks"] = re.findall('class="consent" lang="([a-z]+)"', german)
    seen["settings"] = client.get("/consent/").status_code
    withdrawal = client.post("/consent/decision", data={**hidden(first.text), "choice": "withdraw"})
    client.get(page_path)
    seen["withdrawn"] = (withdrawal.status_code, allowed[-1])
    with app.app_context():
        seen["records"] = [entry.record.fields["method"] for entry in consent.service.store.stream("demo", None, None)]
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
