"""Mounted into applications as they are: factories, prefixes, proxies, languages, other extensions, signals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, render_template_string, request, session
from flask_babel import Babel
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.csrf import generate_csrf
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client
from wtforms import StringField

from consent import Consent, decision_recorded, decision_withdrawn
from consent.errors import KeysError
from tests.conftest import SITE, Clock

from .worlds import (
    PAGE,
    Visitor,
    action,
    expired,
    fields,
    has_banner,
    has_gate,
    hold,
    make_app,
    newest,
    own_cookies,
    state_of,
    stored,
)

# in, or by hand

BY_HAND = """<!doctype html><html><head>{{ consent.head() }}</head><body>
{{ consent.declaration() }}{{ consent.placeholder("marketing", "<b>film</b>", vendor="Vimeo") }}
<footer>{{ consent.settings_link() }}</footer>{{ consent.banner() }}</body></html>"""


def by_hand(app: Flask) -> None:
    app.add_url_rule("/hand", "hand", lambda: render_template_string(BY_HAND))


@pytest.mark.parametrize("inject", [True, False])
def test_by_hand_everything_is_there_once(tmp_path: Path, inject: bool) -> None:
    visitor = Visitor(make_app(tmp_path / "x", after=by_hand, CONSENT_INJECT=inject))
    page = visitor.get("/hand").text
    assert page.index("<head><script") and page.count('{"s":"demo"') == 1
    assert page.count('<section id="consent"') == 1 and page.index("<footer>") < page.index('<section id="consent"')
    assert len(re.findall(r"<a [^>]*data-consent-open", page)) == 1 and 'consent-settings"' not in page
    assert 'data-consent="marketing"' in page and "<template><b>film</b></template>" in page
    assert "Meadow Analytics" in page and '<div class="consent-declaration"' in page
    assert visitor.press("accept_all", at="/hand").status_code == 303
    after = visitor.get("/hand").text
    assert has_gate(after) and not has_banner(after) and 'data-consent="marketing"' in after


def test_inline_it_stands_where_the_template_says(tmp_path: Path) -> None:
    place = "<main><p>Before</p>{{ consent.banner() }}<p>After</p></main>"
    site = SITE + '[look]\nlayout = "inline"\n'

    def view(app: Flask) -> None:
        page = f"<!doctype html><html><head><title>A</title></head><body>{place}</body></html>"
        app.add_url_rule("/place", "place", lambda: render_template_string(page))

    visitor = Visitor(make_app(tmp_path / "x", site=site, after=view))
    page = visitor.get("/place").text
    assert page.count('<section id="consent"') == 1 and 'data-layout="inline"' in page
    assert page.index("Before") < page.index('<section id="consent"') < page.index("After")
    assert visitor.get("/").text.index("Welcome") < visitor.get("/").text.index('<section id="consent"')


def test_not_injected_means_untouched(tmp_path: Path) -> None:
    response = Visitor(make_app(tmp_path / "x", CONSENT_INJECT=False)).get("/")
    assert response.text == PAGE and "Vary" not in response.headers


def test_in_templates(tmp_path: Path) -> None:
    def setup(app: Flask) -> None:
        template = "{% if consent.allows('analytics') %}counted{% else %}not counted{% endif %}"
        app.add_url_rule("/counted", "counted", lambda: render_template_string(template))

    visitor = Visitor(make_app(tmp_path / "x", after=setup))
    assert visitor.get("/counted").text == "not counted"
    visitor.send("accept_all")
    assert visitor.get("/counted").text == "counted"


def test_allows_only_on_a_recorded_yes(visitor: Visitor) -> None:
    asked = ("analytics", "analytics/meadow", "analytics/brook", "marketing", "ai_training")
    assert not any(visitor.allows(name) for name in asked)
    assert visitor.allows("necessary") and visitor.allows("security")
    for unknown in ("nope", "Analytics", "analytics nope", "__proto__", "%20"):
        assert not visitor.allows(unknown)
    visitor.send("save", purpose=["analytics", "ai_training"], **{"except": ["analytics/brook"]})
    assert [name for name in asked if visitor.allows(name)] == ["analytics", "analytics/meadow", "ai_training"]
    assert visitor.allows("analytics ai_training") and not visitor.allows("analytics marketing")
    visitor.send("withdraw")
    assert not any(visitor.allows(name) for name in asked)


def test_an_objection_counts(visitor: Visitor) -> None:
    visitor.send("save", object=["security"])
    assert not visitor.allows("security") and visitor.allows("necessary")


def test_required(tmp_path: Path) -> None:
    consent = Consent()

    def setup(app: Flask) -> None:
        @app.get("/news/<name>")
        @consent.required("marketing analytics")
        def news(name: str) -> str:
            """The view's own words."""
            return f"news of {name}"

        assert news.__name__ == "news" and news.__doc__ == "The view's own words."

    app = make_app(tmp_path / "x", after=setup)
    visitor = Visitor(app)
    refused = visitor.get("/news/today")
    assert refused.status_code == 403 and refused.mimetype == "text/html"
    assert "Advertising" in refused.text and "Statistics" in refused.text and 'href="/consent/"' in refused.text
    assert "news of" not in refused.text and refused.headers["Cache-Control"] == "no-store"
    problem = visitor.get("/news/today", headers={"Accept": "application/json"})
    assert problem.status_code == 403 and problem.mimetype == "application/problem+json"
    assert problem.get_json()["type"].endswith("/consent-required")
    visitor.send("accept_all")
    assert visitor.get("/news/today").text == "news of today"


def test_the_record_at_hand(tmp_path: Path) -> None:
    seen: list[Any] = []

    def setup(app: Flask) -> None:
        app.add_url_rule("/record", "record", lambda: (seen.append(Consent().record), "")[1])

    app = make_app(tmp_path / "x", after=setup)
    visitor = Visitor(app)
    visitor.get("/record")
    record = visitor.send("accept_all").get_json()["record"]
    visitor.get("/record")
    visitor.send("withdraw")
    visitor.get("/record")
    assert seen[0] is None
    assert seen[1].record == record and seen[1].site == "demo" and seen[1].notice == newest(app)["notice"]
    assert seen[2].record is None and set(seen[2].answers.values()) == {0}


# signals


@contextmanager
def heard(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """What the host's receivers hear of this application."""
    heard: list[tuple[str, Any]] = []

    def recorded(sender: Flask, outcome: Any) -> None:
        heard.append(("recorded", outcome))

    def withdrawn(sender: Flask, outcome: Any, withdrawn: list[str]) -> None:
        heard.append(("withdrawn", withdrawn))

    with decision_recorded.connected_to(recorded, app), decision_withdrawn.connected_to(withdrawn, app):
        yield heard


def test_a_decision_is_announced_once(app: Flask, visitor: Visitor) -> None:
    with heard(app) as signals:
        body = visitor.body("accept_all", key="k" * 22)
        for _ in range(3):  # the network made the browser ask again
            assert visitor.client.post("/consent/decision", json=body).status_code == 201
    assert [name for name, _ in signals] == ["recorded"]
    outcome = signals[0][1]
    assert outcome.fresh and outcome.record.fields["id"] == newest(app)["id"] and outcome.subject
    assert stored(app) == 1


def test_a_withdrawal_is_announced_with_what_was_withdrawn(app: Flask, visitor: Visitor) -> None:
    visitor.send("accept_all")
    with heard(app) as signals:
        visitor.send("save", purpose=["marketing"])
        visitor.send("reject_all")
        visitor.send("reject_all")
    assert [(name, what) for name, what in signals if name == "withdrawn"] == [
        ("withdrawn", ["analytics"]),
        ("withdrawn", ["marketing"]),
    ]
    assert [name for name, _ in signals].count("recorded") == 3


def test_what_is_refused_is_not_announced(app: Flask, visitor: Visitor) -> None:
    with heard(app) as signals:
        assert visitor.send("save", purpose=["nope"]).status_code == 422
        assert visitor.send("accept_all", csrf_token="x").status_code == 403
    assert signals == []


# mounting


def test_a_factory_and_several_applications_with_sites_of_their_own(tmp_path: Path) -> None:
    consent = Consent()

    def factory(name: str) -> Flask:
        folder = tmp_path / name
        folder.mkdir()
        text = SITE.replace('id = "demo"', f'id = "{name}"').replace('name = "Demo"', f'name = "The {name}"')
        (folder / "consent.toml").write_text(text, encoding="utf-8")
        app = Flask(name, root_path=str(folder), instance_path=str(folder / "instance"))
        app.config["TESTING"] = True
        consent.init_app(app)
        app.add_url_rule("/", "home", lambda: PAGE)
        app.add_url_rule("/allows/<path:what>", "allows", lambda what: {"allows": consent.allows(what)})
        hold(app, Clock())
        return app

    one, two = Visitor(factory("one")), Visitor(factory("two"))
    assert '{"s":"one"' in one.get("/").text and '{"s":"two"' in two.get("/").text
    assert one.press("accept_all").status_code == 303
    assert one.token and one.allows("analytics") and not two.allows("analytics")
    two.token = one.token  # a token of one site says nothing on another
    assert not two.allows("analytics") and has_banner(two.get("/").text)
    assert stored(one.app) == 1 and stored(two.app) == 0
    assert state_of(one.app).keys.current.id != state_of(two.app).keys.current.id


def test_a_url_prefix(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", CONSENT_URL_PREFIX="/privacy/choices/"), "/privacy/choices/")
    page = visitor.get("/").text
    assert action(page) == "/privacy/choices/decision" and '"u":"/privacy/choices/"' in page
    assert visitor.get("/privacy/choices/").status_code == 200 and visitor.get("/consent/").status_code == 404
    assert visitor.get(re.search(r'"b":"([^"]+)"', page)[1]).status_code == 200  # type: ignore[index]
    assert visitor.press("accept_all").status_code == 303 and visitor.allows("analytics")


def test_below_a_dispatcher(tmp_path: Path) -> None:
    inner = make_app(tmp_path / "x")
    client = Client(DispatcherMiddleware(Flask("front"), {"/shop": inner}))
    page = client.get("/shop/?a=1&b=%26").text
    assert action(page) == "/shop/consent/decision" and '"u":"/shop/consent/"' in page
    assert fields(page)["return"] == "/shop/?a=1&b=%26"
    response = client.post("/shop/consent/decision", data={**fields(page), "choice": "accept_all"})
    assert response.status_code == 303 and response.headers["Location"] == "/shop/?a=1&b=%26"
    assert "; Path=/;" in own_cookies(response)[0]
    page = client.get("/shop/").text
    assert has_gate(page) and not has_banner(page)
    centre = client.get("/shop/consent/").text
    assert action(centre, "consent-preferences") == "/shop/consent/decision" and 'href="/shop/"' in centre
    for address in re.findall(r'(?:href|src)="(/[^"]*)"', centre):
        assert address.startswith("/shop/")
        assert client.get(address).status_code == 200


def test_server_name(tmp_path: Path) -> None:
    app = make_app(tmp_path / "x", SERVER_NAME="shop.example:5000")
    visitor = Visitor(app, HTTP_HOST="shop.example:5000")
    assert visitor.press("accept_all").headers["Location"] == "/"
    response = visitor.send("accept_all", headers={"Origin": "http://shop.example:5000"})
    assert response.status_code == 201
    assert visitor.send("accept_all", headers={"Origin": "http://shop.example"}).status_code == 403


FORGED = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil"}


def test_forwarded_headers_of_a_stranger_are_nothing(visitor: Visitor) -> None:
    page = visitor.get("/", headers=FORGED).text
    assert "evil" not in page
    response = visitor.press("accept_all", headers={**FORGED, "Origin": "http://localhost"})
    assert response.headers["Location"] == "/" and "Secure" not in own_cookies(response)[0]
    assert visitor.send("reject_all", headers={**FORGED, "Origin": "https://evil.example"}).status_code == 403


def test_forwarded_headers_count_once_the_host_trusts_its_proxy(tmp_path: Path) -> None:
    app = make_app(tmp_path / "x")
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1, x_proto=1, x_prefix=1)  # type: ignore[method-assign]
    visitor = Visitor(app)
    headers = {"X-Forwarded-Host": "shop.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/shop"}
    page = visitor.get("/", headers=headers).text
    assert action(page) == "/shop/consent/decision"
    response = visitor.send("accept_all", headers={**headers, "Origin": "https://shop.example"})
    assert response.status_code == 201 and "; Secure" in own_cookies(response)[0]


def test_without_keys_in_production_it_says_how_to_make_some(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="consent keys new demo"):
        make_app(tmp_path / "x", CONSENT_PRODUCTION=True)


# the cookie


def test_attributes_of_the_cookie(visitor: Visitor) -> None:
    cookie = own_cookies(visitor.press("accept_all"))[0]
    parts = SimpleCookie(cookie)["consent_demo"]
    assert parts["path"] == "/" and parts["samesite"] == "Lax" and parts["expires"]
    assert not parts["httponly"] and not parts["secure"] and not parts["domain"] and not parts["max-age"]
    secure = Visitor(visitor.app, **{"wsgi.url_scheme": "https"})
    assert "; Secure" in own_cookies(secure.press("accept_all"))[0]


def test_secure_when_told(tmp_path: Path) -> None:
    assert "; Secure" in own_cookies(Visitor(make_app(tmp_path / "x", CONSENT_SECURE=True)).press("accept_all"))[0]


def test_one_cookie_an_answer_and_none_on_a_page(visitor: Visitor) -> None:
    assert "Set-Cookie" not in visitor.get("/").headers and "Set-Cookie" not in visitor.get("/consent/").headers
    assert len(visitor.press("accept_all").headers.getlist("Set-Cookie")) == 1


LEFT_OVER = ("_mdw_srv", "_mdw_id", "_ads", "session", "theirs")


def test_cookies_of_what_is_refused_are_expired_and_again_on_the_next_page(visitor: Visitor) -> None:
    for name in LEFT_OVER:
        visitor.client.set_cookie(name, "1")
    assert expired(visitor.get("/")) == set()  # nothing before the first choice
    assert expired(visitor.press("reject_all")) == {"_mdw_srv", "_mdw_id", "_ads"}
    assert expired(visitor.get("/")) == set()
    visitor.client.set_cookie("_mdw_srv", "again")  # a client that writes while the page unloads
    assert expired(visitor.get("/")) == {"_mdw_srv"}
    assert visitor.client.get_cookie("_mdw_srv") is None and visitor.client.get_cookie("session") is not None


def test_cookies_are_expired_on_withdrawal_only_of_what_was_withdrawn(visitor: Visitor) -> None:
    visitor.send("accept_all")
    for name in LEFT_OVER:
        visitor.client.set_cookie(name, "1")
    assert expired(visitor.get("/")) == set()
    assert expired(visitor.send("save", purpose=["marketing"])) == {"_mdw_srv", "_mdw_id"}
    assert expired(visitor.send("withdraw")) == {"_ads"}


def test_a_cookie_is_expired_wherever_it_may_have_been_set(visitor: Visitor) -> None:
    shop = Visitor(visitor.app, jar=False, HTTP_HOST="www.shop.example")
    response = shop.send("reject_all", headers={"Cookie": "_ads=1"})
    places = [value for value in response.headers.getlist("Set-Cookie") if value.startswith("_ads=")]
    assert {re.search("Domain=([^;]*)", place)[1] for place in places if "Domain" in place} == {  # type: ignore[index]
        "www.shop.example",
        "shop.example",
    }
    assert any("Domain" not in place for place in places)


@pytest.mark.parametrize(
    "host", ["a..b", ".", "x" * 70 + ".example", "[::1]", "127.0.0.1:80", ".example", "a." * 40, "é"]
)
def test_a_strange_host_is_no_crash(visitor: Visitor, host: str) -> None:
    visitor.send("reject_all")
    stranger = Visitor(visitor.app, jar=False, HTTP_HOST=host)
    header = {"Cookie": f"consent_demo={visitor.token}; _ads=1"}
    assert stranger.get("/", headers=header).status_code in (200, 400)


# languages


def speaking(app: Flask) -> None:
    for tag in ("de", "ar-EG", "fr", "de-AT"):
        app.add_url_rule(f"/{tag}", tag, lambda tag=tag: PAGE.replace("<html>", f"<html lang='{tag}'>"))


@pytest.mark.parametrize(
    ("path", "accepted", "lang"),
    [
        ("/", "", "en"),
        ("/", "de-AT,de;q=0.9", "de"),
        ("/", "fr, ar;q=0.5, de;q=0.4", "ar"),
        ("/", "xx-bad-tag-!!, \x7f", "en"),
        ("/de", "ar", "de"),  # the banner speaks the page's language (regulation R10)
        ("/de-AT", "ar", "de"),
        ("/ar-EG", "de", "ar"),
        ("/fr", "de", "de"),  # which the site does not speak: then the person's
    ],
)
def test_whose_language(tmp_path: Path, path: str, accepted: str, lang: str) -> None:
    visitor = Visitor(make_app(tmp_path / "x", after=speaking))
    page = visitor.get(path, headers={"Accept-Language": accepted}).text
    assert f'class="consent" lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}"' in page
    assert fields(page)["locale"] == lang


def test_flask_babel_comes_before_the_browser(tmp_path: Path) -> None:
    def setup(app: Flask) -> None:
        speaking(app)
        Babel(app, locale_selector=lambda: request.args.get("hl", "de"))

    visitor = Visitor(make_app(tmp_path / "x", after=setup))
    for path, lang in (("/", "de"), ("/?hl=ar", "ar"), ("/ar-EG", "ar"), ("/?hl=fr", "en")):
        page = visitor.get(path, headers={"Accept-Language": "en"}).text
        assert f'class="consent" lang="{lang}"' in page, path


def test_the_host_may_say_the_language_itself(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", CONSENT_LOCALE=lambda: request.args.get("l", "")))
    assert 'class="consent" lang="ar"' in visitor.get("/?l=ar", headers={"Accept-Language": "de"}).text
    assert 'class="consent" lang="de"' in visitor.get("/", headers={"Accept-Language": "de"}).text


def test_the_answer_is_recorded_in_the_language_that_was_shown(tmp_path: Path) -> None:
    app = make_app(tmp_path / "x", after=speaking)
    visitor = Visitor(app)
    visitor.press("accept_all", at="/ar-EG")
    assert newest(app)["locale"] == "ar"
    notice = visitor.get(f"/consent/notices/{newest(app)['notice']}").get_json()
    assert notice["locale"] == "ar" and notice["dir"] == "rtl"


# the way back


@pytest.mark.parametrize(
    "path",
    ["/a%20b", "/caf%C3%A9", "/100%25", "/what%3F", "/q?x=%C3%A9&y=a%20b", "/q?next=//evil.example", "/a;b=c,d"],
)
def test_back_to_the_very_page_also_without_a_referrer(tmp_path: Path, path: str) -> None:
    def setup(app: Flask) -> None:
        app.add_url_rule("/<path:rest>", "rest", lambda rest: PAGE)

    response = Visitor(make_app(tmp_path / "x", after=setup)).press("accept_all", at=path)
    assert response.status_code == 303 and response.headers["Location"] == path


def test_a_page_with_a_very_long_address_can_be_answered(visitor: Visitor) -> None:
    response = visitor.press("reject_all", at="/?q=" + "a" * 3000)
    assert response.status_code == 303 and response.headers["Location"] == "/"


# other extensions


class Name(FlaskForm):  # type: ignore[misc]
    """A form of the host's."""

    name = StringField()


def guarded_forms(app: Flask) -> None:
    @app.route("/name", methods=["GET", "POST"])
    def name() -> str:
        form = Name()
        if form.validate_on_submit():
            return f"Hello {form.name.data}"
        return render_template_string(
            "<!doctype html><html><body><form id=host method=post>{{ form.csrf_token }}</form></body></html>", form=form
        )

    app.add_url_rule("/plain", "plain", lambda: "done", methods=["POST"])
    app.add_url_rule("/token", "token", lambda: generate_csrf())


@pytest.mark.parametrize("order", ["before", "after"])
def test_the_hosts_csrf_protection_and_ours_live_together(tmp_path: Path, order: str) -> None:
    def before(app: Flask) -> None:
        if order == "before":
            CSRFProtect(app)

    def after(app: Flask) -> None:
        guarded_forms(app)
        if order == "after":
            CSRFProtect(app)

    app = make_app(tmp_path / "x", before=before, after=after)
    first = Visitor(app)
    assert first.send("accept_all").status_code == 201  # the very first request that there is
    visitor = Visitor(app)
    assert visitor.press("accept_all").status_code == 303 and visitor.allows("analytics")
    assert visitor.client.get_cookie("session") is None  # no identifier of the host's by our form
    assert visitor.client.post("/plain").status_code == 400  # theirs stay guarded
    token = visitor.get("/token").text
    assert visitor.client.post("/plain", data={"csrf_token": token}).text == "done"
    page = visitor.get("/name").text
    theirs = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', page)
    assert theirs
    assert visitor.client.post("/name", data={"csrf_token": theirs[1], "name": "Ann"}).text == "Hello Ann"
    assert visitor.client.post("/name", data={"csrf_token": "x", "name": "Ann"}).status_code == 400


def test_a_host_that_switched_its_csrf_off_does_not_switch_ours_off(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", WTF_CSRF_ENABLED=False))
    assert visitor.press("accept_all", csrf_token="no").status_code == 403
    assert visitor.press("accept_all").status_code == 303


class User(UserMixin):  # type: ignore[misc]
    """Somebody who is logged in."""

    def __init__(self, name: str) -> None:
        self.id = name


def login(app: Flask) -> None:
    manager = LoginManager(app)
    manager.user_loader(User)

    @app.post("/login")
    def enter() -> str:
        login_user(User("ann"), remember=True)
        session["basket"] = "pears"
        return "in"

    @app.get("/me")
    def me() -> Any:
        return jsonify(name=current_user.get_id(), basket=session.get("basket"))


def test_a_login_goes_on_through_every_decision(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", after=login))
    visitor.client.post("/login")
    remembered = visitor.client.get_cookie("remember_token")
    assert remembered is not None
    for choice in ("accept_all", "withdraw", "reject_all"):
        response = visitor.press(choice) if choice == "accept_all" else visitor.send(choice)
        assert {value.partition("=")[0] for value in response.headers.getlist("Set-Cookie")} == {"consent_demo"}
        assert visitor.get("/me").get_json() == {"name": "ann", "basket": "pears"}
        visitor.get("/")
    assert visitor.client.get_cookie("remember_token") == remembered


def test_a_host_that_reads_every_body_first_changes_nothing(tmp_path: Path) -> None:
    def before(app: Flask) -> None:
        app.before_request(lambda: (request.get_data(), request.form, None)[2])

    def form_only(app: Flask) -> None:
        app.before_request(lambda: (request.form, None)[1])

    for number, setup in enumerate((before, form_only)):
        visitor = Visitor(make_app(tmp_path / str(number), before=setup))
        assert visitor.press("accept_all").status_code == 303
        assert visitor.send("reject_all").status_code == 201
        script = visitor.client.post(
            "/consent/decision", data=visitor.body("accept_all"), headers={"Accept": "application/json"}
        )
        assert script.status_code == 201 and visitor.allows("analytics")


def test_a_host_with_small_bodies_only(tmp_path: Path) -> None:
    visitor = Visitor(make_app(tmp_path / "x", MAX_CONTENT_LENGTH=100))
    assert visitor.press("accept_all").status_code == 303
