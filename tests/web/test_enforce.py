"""A policy made from the answers: pure, beside the host's own, and nothing personal where a cache may keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, make_response, redirect
from flask_compress import Compress
from flask_talisman import Talisman

from consent.site.load import loads
from consent.web.enforce import MOST, MOST_ENTRIES, OPEN, PolicyError, everybody, policy, read
from tests.conftest import Clock

from .worlds import PAGE, Visitor, make_app


def vendor(name: str, *hosts: str) -> str:
    listed = ", ".join(f'"{host}"' for host in hosts)
    return (
        f'[vendors.{name}]\nname = "{name.title()}"\ncountry = "DE"\n'
        f'policy = "https://{name}.example/privacy"\nhosts = [{listed}]\n'
    )


def site_of(*till: str) -> str:
    """Analytics by Meadow and Brook with a yes, Wall until somebody objects, or with a yes, Till always."""
    return f"""
[site]
id = "demo"
name = "Demo"
policy = "https://demo.example/privacy"
effective = 2026-04-06
[controller]
name = "Demo Ltd"
contact = "privacy@demo.example"
{vendor("meadow", "meadow.example")}
{vendor("brook", "brook.example", "cdn.brook.example")}
{vendor("wall", "wall.example")}
{vendor("till", *till)}
[purposes.analytics]
retention = "13 months"
vendors = ["meadow", "brook"]
[purposes.functional]
retention = "12 months"
vendors = ["wall"]
[purposes.security]
name = "Security"
text = "We look for abuse."
basis = "legitimate_interest"
retention = "30 days"
vendors = ["wall"]
[purposes.payment]
name = "Payment"
text = "You can pay."
basis = "contract"
retention = "10 years"
vendors = ["till"]
"""


ON = site_of("till.example")


def nobody(_: str) -> bool:
    return False


def sources(text: str) -> set[str]:
    """What a policy adds to itself and inline code, without sockets."""
    assert text.startswith(OPEN) and ";" not in text and "," not in text
    return {source for source in text.removeprefix(OPEN).split() if not source.startswith("ws")}


def ours(response: Any) -> str:
    """The one policy that a response got from us."""
    (found,) = [text for text in response.headers.getlist("Content-Security-Policy") if text.startswith(OPEN)]
    return str(found)


def below(*hosts: str) -> set[str]:
    return {form for host in hosts for form in (host, f"*.{host}")}


ALWAYS = below("till.example", "wall.example")  # without an answer

# the policy itself


def test_who_is_allowed_by_nobody_is_not_in_it() -> None:
    assert policy(loads(ON), nobody) == OPEN


def test_a_vendor_is_in_it_with_all_below_its_hosts_and_their_sockets() -> None:
    text = policy(loads(ON), lambda name: name == "analytics/meadow")
    assert text.removeprefix(OPEN).split() == [
        "meadow.example",
        "*.meadow.example",
        "ws://meadow.example",
        "ws://*.meadow.example",
    ]


def test_one_purpose_of_several_is_enough() -> None:
    asked: list[str] = []

    def allows(name: str) -> bool:
        asked.append(name)
        return name == "security/wall"

    assert sources(policy(loads(ON), allows)) == below("wall.example")
    assert sorted(asked) == ["analytics/brook", "analytics/meadow", "functional/wall", "payment/till", "security/wall"]


def test_a_host_below_another_is_not_said_twice() -> None:
    assert sources(policy(loads(ON), lambda name: name == "analytics/brook")) == below("brook.example")


def test_origins_and_what_is_always_allowed() -> None:
    site = loads(ON.replace('name = "Demo"\n', 'name = "Demo"\norigins = ["https://shop.example:8443"]\n', 1))
    text = policy(site, nobody, ("cdn.example", "http://localhost:3000"))
    assert sources(text) == {"https://shop.example:8443", "http://localhost:3000"} | below("cdn.example")
    assert "wss://shop.example:8443" in text and "ws://localhost:3000" in text


def test_names_beyond_ascii_are_written_as_browsers_compare_them() -> None:
    text = policy(loads(ON), nobody, ("bücher.example", "cdn.bücher.example", "https://straße.example:8443"))
    assert text.isascii() and "xn--bcher-kva.example" in text and ":8443" in text
    assert "cdn." not in text


def test_it_is_the_same_text_in_any_order() -> None:
    site = loads(ON)
    assert policy(site, everybody, ("b.example", "a.example")) == policy(site, everybody, ("a.example", "b.example"))


# the setting


@pytest.mark.parametrize(("setting", "wanted"), [(None, None), (False, None), (True, ()), ([], ())])
def test_on_and_off(setting: object, wanted: tuple[str, ...] | None) -> None:
    assert read(setting, loads(ON)) == wanted


def test_hosts_and_origins_in_it() -> None:
    assert read(("CDN.Example.com", "https://Static.example:8443"), loads(ON)) == (
        "cdn.example.com",
        "https://static.example:8443",
    )


@pytest.mark.parametrize(
    "bad",
    [
        "cdn.example",
        1,
        {"cdn.example": True},
        [""],
        [None],
        ["*"],
        ["*.example.com"],
        ["'unsafe-inline'"],
        ["https:"],
        ["data:"],
        ["cdn.example; script-src *"],
        ["cdn.example\r\nX-Header: 1"],
        ["cdn.example, default-src *"],
        ["https://cdn.example/scripts/"],
        ["http://cdn.example"],
        ["com"],
        ["cdn.example"] * (MOST_ENTRIES + 1),
    ],
)
def test_what_it_cannot_be_is_said_at_start(tmp_path: Path, bad: object) -> None:
    with pytest.raises(PolicyError, match="CONSENT_CSP"):
        make_app(tmp_path / "shop", site=ON, CONSENT_CSP=bad)


def test_a_header_that_servers_would_refuse_is_refused_at_start() -> None:
    hosts = [f"host-{number}.of-a-vendor.example" for number in range(30)]
    with pytest.raises(PolicyError, match="Name fewer hosts"):
        read(True, loads(site_of(*hosts)))
    near = site_of(*hosts[:20])
    assert read(True, loads(near)) == () and len(policy(loads(near), everybody)) <= MOST


# what pages get


def test_off_by_default(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "shop", site=ON))
    page = visitor.get("/")
    assert "Content-Security-Policy" not in page.headers and "location.reload" not in page.text


def test_it_follows_the_answers(tmp_path: Path, clock: Clock) -> None:
    visitor = Visitor(make_app(tmp_path / "shop", site=ON, clock=clock, CONSENT_CSP=["cdn.example"]))
    always = below("till.example", "wall.example", "cdn.example")
    first = visitor.get("/")
    assert sources(ours(first)) == always and "cookie" in first.headers["Vary"].lower()
    assert "location.reload" in first.text  # the piece that loads the page again after a yes
    visitor.press("reject_all")
    assert sources(ours(visitor.get("/"))) == always
    visitor.send("accept_all")
    assert sources(ours(visitor.get("/"))) == always | below("meadow.example", "brook.example")
    visitor.send("save", purpose=["analytics"], **{"except": ["analytics/brook"]})
    assert sources(ours(visitor.get("/"))) == always | below("meadow.example")
    clock.time += 400 * 86_400
    assert sources(ours(visitor.get("/"))) == always
    clock.time -= 400 * 86_400
    visitor.send("withdraw")
    assert sources(ours(visitor.get("/"))) == always


def test_an_objection_counts(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True))
    assert sources(ours(visitor.get("/"))) == below("till.example", "wall.example")
    visitor.send("save", object=["security"])
    assert sources(ours(visitor.get("/"))) == below("till.example")


def test_a_token_that_is_not_believed_allows_nothing(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True))
    visitor.send("accept_all")
    assert "meadow.example" in ours(visitor.get("/"))
    visitor.token = visitor.token[:-4] + "AAAA"
    assert sources(ours(visitor.get("/"))) == ALWAYS


def hosts_policy(app: Flask) -> None:
    @app.after_request
    def say(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'self'; script-src 'self' 'nonce-abc'"
        return response


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_hosts_own_policy_stays_as_it_is(tmp_path: Path, order: str) -> None:
    app = make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True, **{order: hosts_policy})  # type: ignore[arg-type]
    page = Visitor(app).get("/")
    own, added = page.headers.getlist("Content-Security-Policy")
    assert own == "default-src 'self'; script-src 'self' 'nonce-abc'" and added.startswith(OPEN)
    assert '<script nonce="abc">' in page.text


@pytest.mark.parametrize("order", ["before", "after"])
def test_beside_talisman_and_compress(tmp_path: Path, order: str) -> None:
    def setup(app: Flask) -> None:
        Talisman(app, force_https=False, content_security_policy={"default-src": "'self'"})
        Compress(app)

    app = make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True, COMPRESS_MIN_SIZE=1, **{order: setup})  # type: ignore[arg-type]
    plain, packed = Visitor(app).get("/"), Visitor(app).get("/", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] in ("br", "gzip")
    for page in (plain, packed):
        own, added = page.headers.getlist("Content-Security-Policy")
        assert own == "default-src 'self'" and sources(added) == below("till.example", "wall.example")


def test_a_policy_that_allows_nothing_inline_gets_the_piece_in_a_file(tmp_path: Path) -> None:
    def strict(app: Flask) -> None:
        app.after_request(
            lambda response: response.headers.set("Content-Security-Policy", "script-src 'self'") or response
        )

    visitor = Visitor(make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True, before=strict))
    page = visitor.get("/").text
    address = page.partition('<script src="')[2].partition('"')[0]
    assert address.startswith("/consent/gate.js?v=") and "location.reload" in visitor.get(address).text


def kinds(app: Flask) -> None:
    app.add_url_rule("/stream", "stream", lambda: Response(iter([PAGE[:30], PAGE[30:]]), mimetype="text/html"))
    app.add_url_rule("/fragment", "fragment", lambda: "<p>A part of a page</p>")
    app.add_url_rule("/data", "data", lambda: {"a": 1})
    app.add_url_rule("/gone", "gone", lambda: abort(410))
    app.add_url_rule("/fails", "fails", lambda: 1 // 0)
    app.add_url_rule("/away", "away", lambda: redirect("/"))

    @app.get("/kept")
    def kept() -> Response:
        response = make_response(b"br")
        response.headers.update({"Content-Encoding": "br", "ETag": '"1"'})
        return response

    @app.get("/unchanged")
    def unchanged() -> Response:
        return Response(status=304, mimetype="text/html")

    for name in ("public", "max-age=60", "s-maxage=60"):
        app.add_url_rule(f"/shared/{name}", name, lambda name=name: (PAGE, {"Cache-Control": name}))
    app.add_url_rule("/own", "own", lambda: (PAGE, {"Cache-Control": "private, max-age=60"}))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/stream", 200),
        ("/fragment", 200),
        ("/gone", 410),
        ("/nowhere", 404),
        ("/fails", 500),
        ("/kept", 200),
        ("/own", 200),
        ("/unchanged", 304),  # a browser takes the headers of the answer for those of the page that it has
    ],
)
def test_every_page_of_the_hosts(tmp_path: Path, path: str, status: int) -> None:
    app = make_app(
        tmp_path / "shop", site=ON, CONSENT_CSP=True, after=kinds, PROPAGATE_EXCEPTIONS=False, CONSENT_PRODUCTION=False
    )
    visitor = Visitor(app)
    page = visitor.get(path)
    assert page.status_code == status
    assert sources(ours(page)) == ALWAYS and "cookie" in page.headers["Vary"].lower()
    visitor.send("accept_all")
    assert "meadow.example" in ours(visitor.get(path))


def test_what_is_no_page_gets_none(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True, after=kinds))
    assert "Content-Security-Policy" not in visitor.get("/data").headers
    assert "Content-Security-Policy" not in visitor.send().headers


def test_our_own_pages_keep_their_stricter_one(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True))
    for path in ("/consent/", "/consent/declaration"):
        (only,) = visitor.get(path).headers.getlist("Content-Security-Policy")
        assert only.startswith("default-src 'self';")


@pytest.mark.parametrize("path", ["/shared/public", "/shared/max-age=60", "/shared/s-maxage=60"])
def test_what_a_shared_cache_may_keep_is_the_same_for_everyone(tmp_path: Path, path: str) -> None:
    """It would otherwise hold back from one what another has not allowed, or tell a cache what somebody chose."""
    app = make_app(tmp_path / "shop", site=ON, CONSENT_CSP=["cdn.example"], after=kinds)
    everyone = [Visitor(app) for _ in range(3)]
    everyone[1].press("reject_all")
    everyone[2].press("accept_all")
    replies = [visitor.get(path) for visitor in everyone]
    for reply in replies:
        assert dict(reply.headers) == dict(replies[0].headers) and reply.data == replies[0].data
        assert "cookie" not in reply.headers.get("Vary", "").lower()
        assert sources(ours(reply)) == ALWAYS | below("cdn.example", "meadow.example", "brook.example")


def test_decisions_are_still_answered_in_front_of_flask(tmp_path: Path) -> None:
    """The policy needs no hook of its own, so `Direct` still sees that nobody else looks."""
    app = make_app(tmp_path / "shop", site=ON, CONSENT_CSP=True)
    visitor = Visitor(app)
    visitor.get("/")
    seen: list[str] = []
    flask = app.full_dispatch_request
    app.full_dispatch_request = lambda: seen.append("flask") or flask()  # type: ignore[method-assign, func-returns-value]
    assert visitor.send("accept_all").status_code == 201 and seen == []
    assert "meadow.example" in ours(visitor.get("/")) and seen == ["flask"]
