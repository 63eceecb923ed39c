"""A path on the host's own domain, by the very lines that docs/first-party.md shows, in a real nginx with TLS."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Response, expect

from .visitor import Visitor, acknowledged, button, until
from .workshop import SITE, SITE_ID

DOCS = (Path(__file__).parents[2] / "docs" / "first-party.md").read_text(encoding="utf-8")
HOST = "shop.localhost"
UPSTREAM = "127.0.0.1:8000"  # as the page of the docs has it
READY = 40  # seconds that a server may take to listen
PAGE = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><script src="/choices/{SITE_ID}.js"></script><title>A page</title>
<link rel="icon" href="data:,"></head>
<body><h1>A page</h1>
<script type="text/plain" data-consent="analytics">window.ran = true</script>
</body></html>"""
CONFIGURATION = """
daemon off;
error_log stderr warn;
pid nginx.pid;
events {}
http {
    access_log access.log;
    types { text/html html; }
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:PORT ssl;
        server_name shop.localhost;
        ssl_certificate certificate.pem;
        ssl_certificate_key key.pem;
        root pages;
        LOCATION
    }
}
"""
# What a browser does that shows scripts no expiry, such as Safari; and every cookie that a script writes is noted.
LIKE_SAFARI = """
delete window.cookieStore;
window.written = [];
const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
Object.defineProperty(document, "cookie", {
  get: () => cookie.get.call(document),
  set: text => { window.written.push(text); cookie.set.call(document, text); },
});
"""


@dataclass(frozen=True)
class Shop:
    """Static pages of a host with a path to a consent server."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/"

    def records(self) -> list[dict[str, Any]]:
        """What the server has recorded, by its own command."""
        out = consent("export", SITE_ID, "--data", str(self.folder / "data"), "--format", "jsonl")
        return [json.loads(line) for line in out.splitlines()]


def consent(*words: str) -> str:
    command = [sys.executable, "-c", "from consent.cli import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def locations() -> str:
    """The lines that the docs show."""
    found = re.search(r"```nginx\n(.*?)```", DOCS, re.DOTALL)
    assert found and UPSTREAM in found[1]
    return found[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, out: Path) -> Iterator[None]:
    """A program that listens on a port, as long as the block lasts."""
    with out.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            end = time.monotonic() + READY
            while True:
                with socket.socket() as attempt:
                    if attempt.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None and time.monotonic() < end, out.read_text(encoding="utf-8")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def certify(folder: Path) -> None:
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that nginx may read, which gives up root's rights: pytest's own are closed."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert program, "There is no nginx: let .ci/system install it."
    port, behind = free_port(), free_port()
    # No `origins`: a page of the server's own host needs none.
    (folder / "consent.toml").write_text(SITE, encoding="utf-8")
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "pages" / "favicon.ico").touch()  # our own pages name none
    certify(folder)
    data = ["--data", str(folder / "data")]
    consent("keys", "new", SITE_ID, *data)
    block = locations().replace(UPSTREAM, f"127.0.0.1:{behind}")
    text = CONFIGURATION.replace("PORT", str(port)).replace("LOCATION", block)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    serve = [
        "serve",
        str(folder / "consent.toml"),
        *data,
        "--trust-proxy",
        "1",
        "--workers",
        "1",
        "--port",
        str(behind),
    ]
    server = [sys.executable, "-c", "from consent.cli import main; main()", *serve]
    proxy = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with running(server, behind, folder / "server.txt"), running(proxy, port, folder / "nginx.txt"):
        yield Shop(port, folder)


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    return visit(ignore_https_errors=True)


def choose(visitor: Visitor, choice: str) -> Response:
    """Press a button; the answer to the decision, once the page has it."""
    page = visitor.page
    with page.expect_response(lambda response: response.url.endswith("/decision")) as answer:
        button(page, choice).click()
    acknowledged(page)
    return answer.value


def set_by(answer: Response) -> SimpleCookie:
    """What `Set-Cookie` keeps."""
    header = answer.header_value("set-cookie")
    assert header, "the server set no cookie"
    return SimpleCookie(header)


def test_the_choice_is_set_by_the_hosts_own_domain(shop: Shop, visitor: Visitor) -> None:
    before = len(shop.records())
    page = visitor.goes(shop.url, banner=True)
    assert page.evaluate("window.ran") is None
    answer = choose(visitor, "accept_all")

    assert answer.status == 201
    assert answer.url == f"{shop.url}choices/{SITE_ID}/decision"
    assert {urlsplit(request.url).netloc for request in visitor.requests} == {f"{HOST}:{shop.port}"}
    sent = answer.request.all_headers()
    assert (sent["origin"], sent["sec-fetch-site"]) == (shop.url.rstrip("/"), "same-origin")

    (morsel,) = set_by(answer).values()
    assert morsel.key == f"consent_{SITE_ID}" and morsel["secure"] and not morsel["domain"]
    expires = answer.json()["expires"]
    assert (
        dt.datetime.strptime(morsel["expires"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=dt.UTC).timestamp()
        == expires
    )
    held = visitor.holds(SITE_ID)
    assert held and held["value"] == morsel.value == answer.json()["token"]
    assert held["secure"] and held["expires"] == expires and held["domain"] == HOST

    until(page, "window.ran")
    assert len(shop.records()) == before + 1
    visitor.requests.clear()
    visitor.goes(shop.url, banner=False)
    until(page, "window.ran")
    assert [urlsplit(request.url).path for request in visitor.requests] == [
        "/",
        f"/choices/{SITE_ID}.js",
    ], "who returns asks for nothing but the page and the tag"


@pytest.mark.parametrize("choice", ["accept_all", "reject_all"])
def test_no_script_writes_the_cookie_again(shop: Shop, visitor: Visitor, choice: str) -> None:
    """Safari would keep what a script writes for seven days."""
    visitor.context.add_init_script(LIKE_SAFARI)
    page = visitor.goes(shop.url, banner=True)
    answer = choose(visitor, choice)
    name = f"consent_{SITE_ID}="
    assert [text for text in page.evaluate("window.written") if text.startswith(name)] == []
    held = visitor.holds(SITE_ID)
    assert held and held["value"] == answer.json()["token"]
    assert abs(held["expires"] - answer.json()["expires"]) < 60
    visitor.goes(shop.url, banner=False)


def test_a_change_of_mind_replaces_the_cookie(shop: Shop, visitor: Visitor) -> None:
    visitor.context.add_init_script(LIKE_SAFARI)
    page = visitor.goes(shop.url, banner=True)
    choose(visitor, "accept_all")
    visitor.withdraws()
    ours = [cookie for cookie in visitor.cookies() if cookie["name"] == f"consent_{SITE_ID}"]
    assert len(ours) == 1 and page.evaluate("consent.record.i") is None
    assert [text for text in page.evaluate("window.written") if text.startswith(f"consent_{SITE_ID}=")] == []


def test_the_pages_for_people_are_whole(shop: Shop, visitor: Visitor) -> None:
    page = visitor.goes(shop.url, banner=True)
    choose(visitor, "accept_all")
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))
    centre = visitor.opens_centre()
    link = centre.locator("a[href$=declaration]").get_attribute("href")
    mine = centre.locator(f"a[href*='/choices/{SITE_ID}/me?']").first.get_attribute("href")
    assert link == f"{shop.url}choices/{SITE_ID}/declaration" and mine
    page.goto(link)
    expect(page.locator(".consent-declaration")).to_contain_text("_mdw")
    page.goto(mine)
    expect(page.locator("main")).to_contain_text("Accepted all")
    assert len([each for each in answers if each.url.endswith(".css") or ".css?" in each.url]) >= 2
    assert {each.status for each in answers} <= {200, 304}


def test_what_goes_around_the_proxy_is_refused(shop: Shop) -> None:
    text = (shop.folder / "nginx.conf").read_text(encoding="utf-8")
    found = re.search(r"127\.0\.0\.1:(\d+)/s/", text)
    assert found
    with socket.create_connection(("127.0.0.1", int(found[1])), 10) as direct:
        direct.sendall(f"GET /s/{SITE_ID}.js HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        assert b" 403 " in direct.makefile("rb").readline(), "plain HTTP, and no proxy that says otherwise"
