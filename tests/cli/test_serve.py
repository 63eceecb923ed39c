from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from consent.cli.serve import Plan, application, dangers, is_loopback, load
from consent.errors import KeysError
from consent.keys import Keys
from consent.web.standalone import AmbiguousHost, by_host, create_app

from .conftest import Run

SAFE = Plan((), None, "127.0.0.1", 8000, 1, "", None, 0, None, None, development=False)
OWN = "tests.cli.app_of_ones_own"


# what is refused


def test_what_is_safe_is_not_refused() -> None:
    assert dangers(SAFE, debug=False) == []
    for host in ("::1", "127.1.2.3"):
        assert dangers(replace(SAFE, host=host), debug=False) == []
    assert dangers(replace(SAFE, host="0.0.0.0", trust_proxy=1), debug=False) == []
    assert dangers(replace(SAFE, host="0.0.0.0", certificate="c", key="k"), debug=False) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "::ffff:192.168.1.2", "shop.example", ""])
def test_plain_http_on_a_public_address_is_refused(host: str) -> None:
    assert not is_loopback(host)
    (words,) = dangers(replace(SAFE, host=host), debug=False)
    assert "--trust-proxy" in words and "--certificate" in words


def test_debug_mode_is_refused_and_everything_is_said_at_once() -> None:
    (words,) = dangers(SAFE, debug=True)
    assert "Debug" in words
    assert len(dangers(replace(SAFE, host="0.0.0.0"), debug=True)) == 2


def test_nothing_is_refused_in_development() -> None:
    assert dangers(replace(SAFE, host="0.0.0.0", development=True), debug=True) == []


def test_the_command_refuses(run: Run, site_file: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(site_file)
    said = run("serve", file, fails=True).output
    assert "There are no keys at" in said and "consent keys new demo" in said
    run("keys", "new", "demo")
    assert "plain HTTP" in run("serve", file, "--host", "0.0.0.0", fails=True).output
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert "Debug mode" in run("serve", file, fails=True).output
    monkeypatch.delenv("FLASK_DEBUG")
    assert "go together" in run("serve", file, "--certificate", file, fails=True).output
    assert "not both" in run("serve", file, "--app", f"{OWN}:plain", fails=True).output
    assert "no consent.toml here" in run("serve", fails=True).output
    assert "CONSENT_DATA itself" in run("serve", "--app", OWN, "--data", str(data), fails=True).output


def test_an_address_that_is_taken_or_is_none_is_told_before_anything_starts(
    run: Run, site_file: Path, ring: Keys
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = run("serve", str(site_file), "--host", "localhost", "--port", port, fails=True).output
    assert f"Cannot listen on localhost, port {port}: Address already in use." in said
    assert "Cannot listen on" in run("serve", str(site_file), "--host", "a..b", fails=True).output
    assert "Cannot listen on" in run("serve", str(site_file), "--host", "no-such-host.invalid", fails=True).output


def test_a_site_file_with_mistakes_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[site]\nidd = 1\n")
    assert "bad.toml" in run("serve", str(path), fails=True).output


def test_without_granian_it_says_how_to_get_it(run: Run, site_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "granian.server", None)
    assert "consent-ledger[serve]" in run("serve", str(site_file), fails=True).output


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_module:app", "no module"),
        (f"{OWN}:none", "has no none"),
        (OWN, "has no app"),
        (f"{OWN}:NUMBER", "not a WSGI"),
    ],
)
def test_an_application_that_is_not_there(run: Run, target: str, words: str) -> None:
    assert words in run("serve", "--app", target, fails=True).output


def test_an_application_of_ones_own(
    run: Run, site_file: Path, data: Path, ring: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OWN_SITE", str(site_file))
    monkeypatch.setenv("OWN_DATA", str(data))
    assert isinstance(load(f"{OWN}:create_app"), Flask)
    assert callable(load(f"{OWN}:plain"))
    monkeypatch.setenv("OWN_DEBUG", "1")
    assert "Debug mode" in run("serve", "--app", f"{OWN}:create_app", "--host", "127.0.0.1", fails=True).output
    monkeypatch.delenv("OWN_DEBUG")
    monkeypatch.setenv("OWN_PRODUCTION", "0")
    assert "CONSENT_PRODUCTION" in run("serve", "--app", f"{OWN}:create_app", fails=True).output


# what is served


@pytest.fixture
def plan(site_file: Path, data: Path, ring: Keys) -> Plan:
    return replace(SAFE, sites=(str(site_file),), data=str(data))


def test_the_front_page_leads_to_the_choices(plan: Plan) -> None:
    client = Client(application(plan))
    front = client.get("/")
    assert (front.status_code, front.headers["Location"]) == (302, "/consent/")
    assert client.get("/healthz").json == {"status": "ok"}
    assert "Set-Cookie" not in front.headers
    assert client.get("/none").status_code == 404


def test_keys_are_made_in_development_only(site_file: Path, data: Path) -> None:
    with pytest.raises(KeysError, match="consent keys new demo"):
        create_app(site_file, data)
    create_app(site_file, data, production=False)
    assert (data / "keys" / "demo.keys.json").stat().st_mode & 0o777 == 0o600


def test_health_is_not_well_without_a_database(plan: Plan, data: Path) -> None:
    (data / "consent.sqlite3").mkdir(parents=True)
    answer = Client(application(plan)).get("/healthz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable"})


def test_exactly_so_many_proxies_are_believed(plan: Plan) -> None:
    client = Client(application(replace(plan, trust_proxy=1)))

    def asked(proto: str, host: str = "shop.example") -> int:
        headers = {"X-Forwarded-Proto": proto, "X-Forwarded-Host": host, "X-Forwarded-Prefix": "/evil"}
        answer = client.get("/", headers=headers)
        if answer.status_code == 302:
            assert answer.headers["Location"] == "/consent/"
        return answer.status_code

    assert asked("https") == 302
    assert asked("http") == 403
    assert asked("https, http") == 403  # a visitor's own header, and what the one proxy says
    assert client.get("/").status_code == 403
    assert client.get("/healthz").status_code == 200
    assert (
        Client(application(replace(plan, trust_proxy=2))).get("/", headers={"X-Forwarded-Proto": "https"}).status_code
        == 403
    )
    assert Client(application(plan)).get("/", headers={"X-Forwarded-Proto": "https"}).status_code == 302


def another(site_file: Path, site: str, *origins: str) -> Path:
    path = site_file.with_name(f"{site}.toml")
    listed = ", ".join(f'"{origin}"' for origin in origins)
    text = site_file.read_text().replace('id = "demo"', f'id = "{site}"\norigins = [{listed}]')
    path.write_text(text)
    return path


def test_several_sites_are_told_apart_by_host(site_file: Path, data: Path) -> None:
    one = another(site_file, "one", "https://one.example", "https://www.one.example")
    two = another(site_file, "two", "https://two.example:8443")
    apps = [create_app(path, data, production=False) for path in (one, two)]
    client = Client(by_host(apps))

    def site(host: str) -> object:
        answer = client.get("/consent/keys.json", headers={"Host": host})
        return json.loads(answer.data)["site"] if answer.status_code == 200 else answer.status_code

    assert [site(h) for h in ("one.example", "WWW.one.example:443", "two.example:8443")] == ["one", "one", "two"]
    assert [site(h) for h in ("two.example", "evil.example", "")] == [421, 421, 421]
    assert client.get("/healthz").json == {"status": "ok"}


def test_sites_that_cannot_be_told_apart_are_refused(run: Run, site_file: Path, data: Path) -> None:
    one = another(site_file, "one", "https://same.example")
    two = another(site_file, "two", "https://same.example")
    for pair in ((one, two), (site_file, one)):
        with pytest.raises(AmbiguousHost):
            by_host([create_app(path, data, production=False) for path in pair])
    assert "same.example" in run("serve", str(one), str(two), fails=True).output


# a real server


@contextmanager
def serving(*words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-c", "from consent.cli import main; main()", "serve", *words, "--port", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


def fetch(port: int, path: str, process: subprocess.Popen[str], within: float = 40) -> tuple[int, bytes]:
    """What the server answers, once it listens."""
    deadline = time.monotonic() + within
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(process.communicate()[0]) from None
            time.sleep(0.1)


def test_a_real_server_answers_and_stops_when_it_is_told(site_file: Path, data: Path, ring: Keys) -> None:
    with serving(str(site_file), "--data", str(data), "--workers", "2") as (process, port):
        status, page = fetch(port, "/consent/", process)
        assert status == 200 and b"Demo Ltd" in page
        assert fetch(port, "/healthz", process)[0] == 200
        assert json.loads(fetch(port, "/consent/keys.json", process)[1])["keys"][0]["id"] == ring.current.id
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()


def test_a_real_server_serves_an_application_of_ones_own(site_file: Path, data: Path, ring: Keys) -> None:
    environment = {"OWN_SITE": str(site_file), "OWN_DATA": str(data)}
    with serving("--app", f"{OWN}:create_app", "--workers", "1", **environment) as (process, port):
        assert fetch(port, "/consent/keys.json", process)[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
