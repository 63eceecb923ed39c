"""Which language a page of ours speaks, and the choice of it (R10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from consent.locale import available
from tests.conftest import SITE, Clock

from .worlds import Visitor, action, fields, make_app, newest, own_cookies, service_of

EVERY = SITE.replace('["en", "de", "ar"]', '"all"')


def pages(app: Flask) -> None:
    for tag in ("fr", "zh-TW", "xx", "pt-BR"):
        page = f'<!doctype html><html lang="{tag}"><head><title>Shop</title></head><body></body></html>'
        app.add_url_rule(f"/in/{tag}", tag, lambda page=page: page)


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    made = make_app(tmp_path_factory.mktemp("languages") / "shop", site=EVERY, after=pages, clock=Clock())
    yield made
    service_of(made).store.close()


def spoken(page: str) -> str:
    found = re.search(r'<section id="consent"[^>]* lang="([^"]+)"', page)
    assert found
    return found[1]


def test_the_page_comes_first_then_the_person_then_the_site(everywhere: Flask) -> None:  # R10
    visitor = Visitor(everywhere)
    polish = {"Accept-Language": "tlh, pl-PL;q=0.9, de;q=0.8"}
    assert spoken(visitor.get("/in/fr", headers=polish).text) == "fr"
    assert spoken(visitor.get("/in/zh-TW", headers=polish).text) == "zh-Hant"
    assert spoken(visitor.get("/in/xx", headers=polish).text) == "pl"
    assert spoken(visitor.get("/in/xx", headers={"Accept-Language": "tlh"}).text) == "en"


def test_the_way_to_the_choices_leads_to_the_same_language(everywhere: Flask) -> None:
    visitor = Visitor(everywhere)
    visitor.press("reject_all")
    way = re.search(r'<a href="([^"]+)" data-consent-open>([^<]+)</a>', visitor.get("/in/pt-BR").text)
    assert way
    reply = visitor.get(way[1], headers={"Accept-Language": "de"})
    assert reply.headers["Content-Language"] == "pt-BR" and '<html lang="pt-BR"' in reply.text


@pytest.mark.parametrize("path", ["/consent/", "/consent/declaration", "/consent/me", "/consent/s/demo/declaration"])
def test_each_language_is_one_link_away_and_nothing_is_kept_of_it(everywhere: Flask, path: str) -> None:
    visitor = Visitor(everywhere)
    page = visitor.get(path).text
    links = re.findall(r'<li><a href="(\?[^"]+)" lang="([^"]+)" hreflang="\2"[^>]*><bdi>([^<]+)</bdi></a>', page)
    assert {tag.replace("-", "_") for _, tag, _ in links} == set(available())
    assert ("ar", "العربية") in {(tag, words) for _, tag, words in links}
    assert page.count('aria-current="true"') == 1 and page.count('<details class="consent-languages"') == 1
    way = next(link for link, tag, _ in links if tag == "ar").replace("&amp;", "&")
    reply = visitor.get(path + way, headers={"Accept-Language": "de"})
    assert '<html lang="ar" dir="rtl"' in reply.text and not own_cookies(reply) and "Set-Cookie" not in reply.headers
    assert '<html lang="de"' in visitor.get(path, headers={"Accept-Language": "de"}).text


def test_what_is_answered_in_a_language_is_recorded_in_it(everywhere: Flask) -> None:
    visitor = Visitor(everywhere)
    page = visitor.get("/consent/?locale=ka").text
    data = {**fields(page, "consent-preferences"), "choice": "save", "purpose": ["analytics"]}
    assert visitor.client.post(action(page, "consent-preferences"), data=data).status_code == 303
    assert newest(everywhere)["locale"] == "ka"


def test_a_site_of_one_language_offers_no_choice(tmp_path: Path) -> None:
    app = make_app(tmp_path, site=SITE.replace('["en", "de", "ar"]', '["de"]'))
    assert "consent-languages" not in Visitor(app).get("/consent/?locale=en").text


@pytest.mark.parametrize("tag", ["../../etc/passwd", "a" * 5000, "<script>", "de\x00", "%s%s", "🂡"])
def test_a_hostile_language_is_none(everywhere: Flask, tag: str) -> None:
    reply = Visitor(everywhere).get("/consent/", query_string={"locale": tag})
    assert reply.status_code == 200 and tag not in reply.text and '<html lang="en"' in reply.text
