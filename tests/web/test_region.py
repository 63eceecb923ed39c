"""Where a person is, from what the operator says, and what comes of it: each source, and those that lie."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from consent.regimes import REGIONS
from consent.web import region as regions
from consent.web.answers import Refused
from consent.web.region import Database, Fixed, Headers, RegionError
from tests.conftest import SITE, Clock

from .test_tag import LISTED, ask, decide, served
from .worlds import PAGE, Visitor, hold, make_app, newest, service_of, stored

CALIFORNIA = "US-CA"


def entry(country: str, part: str = "") -> dict[str, Any]:
    """As MaxMind's databases of cities have it."""
    parts = {"subdivisions": [{"iso_code": part, "names": {"en": part}}]} if part else {}
    return {"country": {"iso_code": country, "geoname_id": 1}, **parts}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real file, of a few networks of both kinds."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Tests-City", int_type="u32")
    writer.insert_network(IPSet(["198.51.100.0/24"]), entry("US", "CA"))
    writer.insert_network(IPSet(["203.0.113.0/25"]), entry("FR", "IDF"))
    writer.insert_network(IPSet(["203.0.113.128/25"]), entry("CA"))
    writer.insert_network(IPSet(["2001:db8:1::/48"]), entry("JP"))
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"traits": {"user_count": 1}})
    writer.insert_network(IPSet(["192.0.3.0/24"]), {"country": "US", "subdivisions": "CA"})
    path = tmp_path_factory.mktemp("geo") / "city.mmdb"
    writer.to_db_file(str(path))
    return path


def at(source: regions.Source, **headers: str) -> str | None:
    return source({f"HTTP_{name.upper()}": value for name, value in headers.items()})


# what is believed


@pytest.mark.parametrize(
    ("provider", "headers", "wanted"),
    [
        ("cloudflare", {"cf_ipcountry": "US", "cf_region_code": "CA"}, "US-CA"),
        ("cloudflare", {"cf_ipcountry": "FR"}, "FR"),
        ("cloudflare", {"cf_ipcountry": "T1"}, None),  # Tor
        ("cloudflare", {"cf_ipcountry": "XX"}, None),
        ("Fastly", {"client_geo_country": "US", "client_geo_region": "TX"}, "US-TX"),
        ("fastly", {"client_geo_country": "US", "client_geo_region": "?"}, "US"),
        ("cloudfront", {"cloudfront_viewer_country": "BR", "cloudfront_viewer_country_region": "SP"}, "BR-SP"),
        ("vercel", {"x_vercel_ip_country": "CA", "x_vercel_ip_country_region": "QC"}, "CA-QC"),
        ("appengine", {"x_appengine_country": "US", "x_appengine_region": "ca"}, "US-CA"),
        ("appengine", {"x_appengine_country": "ZZ"}, None),
        ("header:X-Where", {"x_where": "us-ca"}, "US-CA"),
        ("header:X-Country, X-State", {"x_country": "US", "x_state": "US-CO"}, "US-CO"),
        ("header:X-Where", {"cf_ipcountry": "US"}, None),
    ],
)
def test_each_provider(provider: str, headers: dict[str, str], wanted: str | None) -> None:
    assert at(regions.read(provider, Path()), **headers) == wanted


@pytest.mark.parametrize(
    "hostile",
    ["", " ", "US,FR", "USA", "U", "U$", "ＵＳ", "us\x00", "US;", "12", "-", "US-CALI", "../..", "'", "A" * 10_000],
)
def test_what_is_no_region_is_unknown(hostile: str) -> None:  # design, decision 9
    source = Headers(("X-Where",))
    assert at(source, x_where=hostile) in (None, "US")  # half of a code may be one
    assert regions.code(hostile) in (None, "US") and (regions.code(hostile) is None or hostile.startswith("US-"))


@given(st.text(max_size=12), st.text(max_size=8))
def test_any_text_is_a_region_or_none(country: str, part: str) -> None:
    found = regions.code(country, part)
    assert found is None or (len(found) <= 6 and found.isascii() and found == found.upper())


def test_a_province_that_nobody_knows_is_the_strictest_of_its_country() -> None:  # Law 25, where the country's is laxer
    assert regions.code("CA") == "CA-QC" and regions.code("CA", "ON") == "CA-ON"
    assert regions.code("US") == "US"  # of which California's rules hold, as the table says


def test_from_a_database(database: Path) -> None:
    source = Database(database)
    wanted = {
        "198.51.100.7": "US-CA",
        "::ffff:198.51.100.7": "US-CA",  # as a server on both kinds of address sees it
        "203.0.113.1": "FR-IDF",
        "203.0.113.200": "CA-QC",
        "2001:db8:1::5": "JP",
        "2001:db8:2::5": None,
        "192.0.2.1": None,  # in it, but of no country
        "192.0.3.1": None,  # of another form
        "10.0.0.1": None,
        "192.168.1.1": None,
        "127.0.0.1": None,
        "::1": None,
        "fe80::1%eth0": None,
        "": None,
        "localhost": None,
        "198.51.100.7, 1.1.1.1": None,
    }
    assert {address: source({"REMOTE_ADDR": address}) for address in wanted} == wanted
    assert source({}) is None and source.by_address and source.varies == ()


def test_a_database_of_old_addresses_alone(tmp_path: Path) -> None:
    writer = MMDBWriter(ip_version=4, database_type="Tests-Country")
    writer.insert_network(IPSet(["198.51.100.0/24"]), entry("DE"))
    writer.to_db_file(str(tmp_path / "four.mmdb"))
    source = Database(tmp_path / "four.mmdb")
    assert source({"REMOTE_ADDR": "198.51.100.1"}) == "DE" and source({"REMOTE_ADDR": "2001:db8::1"}) is None


def test_a_database_that_cannot_be_used_is_an_error_at_start(tmp_path: Path, database: Path) -> None:
    def refused(name: str, words: str) -> None:
        with pytest.raises(RegionError, match=words):
            make_app(tmp_path / "shop", CONSENT_REGION=f"database:{tmp_path / name}")

    refused("none.mmdb", "cannot be read")
    (tmp_path / "broken.mmdb").write_bytes(database.read_bytes()[:200])
    refused("broken.mmdb", "Download it again")
    (tmp_path / "text.mmdb").write_text("country,US")
    refused("text.mmdb", "Download it again")
    (tmp_path / "empty.mmdb").write_bytes(b"")
    refused("empty.mmdb", "Download it again")
    writer = MMDBWriter(ip_version=4, database_type="Tests-ASN")
    writer.insert_network(IPSet(["198.51.100.0/24"]), {"autonomous_system_number": 1})
    writer.to_db_file(str(tmp_path / "asn.mmdb"))
    refused("asn.mmdb", "has no countries")


def test_a_database_that_is_damaged_inside_gives_unknown(tmp_path: Path, database: Path) -> None:
    whole = bytearray(database.read_bytes())
    start = whole.index(b"iso_code") - 40
    whole[start : start + 120] = b"\xff" * 120
    (tmp_path / "bad.mmdb").write_bytes(whole)
    source = Database(tmp_path / "bad.mmdb")
    assert source({"REMOTE_ADDR": "198.51.100.7"}) is None


def test_a_relative_path_is_one_beside_the_application(tmp_path: Path, database: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    shutil.copy(database, folder / "geo.mmdb")
    app = make_app(folder, CONSENT_REGION="database:geo.mmdb")
    page = Visitor(app, REMOTE_ADDR="198.51.100.7").get("/")
    assert "do_not_sell" in page.text and page.headers["Cache-Control"] == "private"
    assert "do_not_sell" not in Visitor(app, REMOTE_ADDR="203.0.113.1").get("/").text


@pytest.mark.parametrize(
    "setting", ["Mars", "ZZ", "cloudflair", "header:", "header:A,B,C", "header:a b", "database:", 7, "a:b"]
)
def test_a_setting_that_means_nothing_is_an_error_that_says_what_would(tmp_path: Path, setting: Any) -> None:
    with pytest.raises(RegionError, match="cloudflare, cloudfront"):
        make_app(tmp_path / "shop", CONSENT_REGION=setting)


def test_without_a_setting_nobody_is_anywhere() -> None:
    assert regions.read(None, Path()) == Fixed() == regions.read("", Path())
    assert regions.read("us-ca", Path()) == Fixed("US-CA") and regions.read("CA", Path()) == Fixed("CA-QC")


# what pages make of it


def shop(folder: Path, **config: Any) -> Flask:
    def public(app: Flask) -> None:
        app.add_url_rule("/public", "public", lambda: Response(PAGE, headers={"Cache-Control": "public, max-age=60"}))

    return make_app(folder / "shop", clock=Clock(), after=public, **config)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = shop(tmp_path, CONSENT_REGION="cloudflare")
    yield made
    service_of(made).store.close()


def from_(code: str, **more: str) -> dict[str, str]:
    country, _, part = code.partition("-")
    return {"CF-IPCountry": country, **({"CF-Region-Code": part} if part else {}), **more}


def names(header: str | None) -> set[str]:
    return {name.strip().lower() for name in (header or "").split(",")}


def test_a_forged_header_says_nothing_where_no_proxy_is_named(tmp_path: Path) -> None:
    """Attack: a visitor of a server that knows no regions claims to be where less is asked."""
    app = shop(tmp_path)
    visitor = Visitor(app)
    page = visitor.get("/", headers=from_(CALIFORNIA, **{"X-Vercel-IP-Country": "US", "Sec-GPC": "1"}))
    assert "Nothing optional starts before you say yes" in page.text and "data-told" not in page.text
    assert "do_not_sell" not in page.text and "cf-ipcountry" not in names(page.headers["Vary"])
    lax = service_of(app).notice("en", region=CALIFORNIA).id
    refused = visitor.send("told", notice=lax, headers=from_(CALIFORNIA))
    assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (409, "notice-changed")
    assert stored(app) == 0


@pytest.mark.parametrize("choice", ["told", "accept_all", "save"])
def test_an_answer_to_a_laxer_notice_is_none(app: Flask, choice: str) -> None:
    """Attack: somebody in France, or a page that a cache gave them, answers what Californians are shown."""
    lax = service_of(app).notice("en", region=CALIFORNIA).id
    visitor = Visitor(app)
    for headers in (from_("FR"), from_("CA"), from_("ZZ"), {}):
        refused = visitor.send(choice, notice=lax, headers=headers)
        assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (409, "notice-changed")
    assert stored(app) == 0 and not visitor.token
    # A stricter one is good anywhere.
    assert visitor.send("accept_all", headers=from_(CALIFORNIA)).status_code == 201


def test_told_is_no_answer_in_france(app: Flask) -> None:  # R1
    visitor = Visitor(app)
    french = service_of(app).notice("en", region="FR").id
    refused = visitor.send("told", notice=french, headers=from_("FR"))
    assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (422, "unknown-choice")
    assert stored(app) == 0 and not any(visitor.allows(name) for name in ("analytics", "marketing"))


@pytest.mark.parametrize("way", ["json", "form"])
def test_told_opens_what_the_law_presumes_and_only_when_it_is_recorded(app: Flask, way: str) -> None:
    visitor = Visitor(app)
    page = visitor.get("/", headers=from_(CALIFORNIA))
    assert "data-told" in page.text and not visitor.allows("analytics")  # shown, and nothing more
    assert {"cf-ipcountry", "cf-region-code"} <= names(page.headers["Vary"])
    lax = service_of(app).notice("en", region=CALIFORNIA).id
    if way == "json":
        assert visitor.send("told", notice=lax, headers=from_(CALIFORNIA)).status_code == 201
    else:
        data = {**visitor.body("told", notice=lax)}
        sent = visitor.client.post("/consent/decision", data=data, headers=from_(CALIFORNIA))
        assert sent.status_code == 303
    assert (newest(app)["method"], newest(app)["regime"]) == ("told", "us-ca")
    assert visitor.allows("analytics marketing") and not visitor.allows("ai_training")
    later = visitor.get("/", headers=from_(CALIFORNIA)).text
    assert '<section id="consent"' not in later and "Do Not Sell" in later


def test_what_a_shared_cache_may_keep_is_the_strictest_for_all(app: Flask) -> None:
    nobody = Visitor(app, jar=False)
    everyone = [nobody.get("/public", headers=headers) for headers in ({}, from_("FR"), from_(CALIFORNIA))]
    everyone.append(nobody.get("/public", headers=from_(CALIFORNIA, **{"Sec-GPC": "1"})))
    assert len({each.data for each in everyone}) == 1 and "data-told" not in everyone[0].text
    assert not any("cf-ipcountry" in names(each.headers.get("Vary")) for each in everyone)
    assert not any("Set-Cookie" in each.headers for each in everyone) and stored(app) == 0


def test_where_everybody_is_in_one_place_shared_pages_are_of_that_place(tmp_path: Path) -> None:
    app = shop(tmp_path, CONSENT_REGION=CALIFORNIA)
    page = Visitor(app).get("/public")
    assert (
        "Do Not Sell" in page.text and "data-told" in page.text and page.headers["Cache-Control"].startswith("public")
    )


def test_the_links_stand_beside_a_pages_own_way_to_the_settings(tmp_path: Path) -> None:  # R23
    def own(app: Flask) -> None:
        app.add_url_rule("/own", "own", lambda: PAGE.replace("</h1>", "</h1><a data-consent-open>Privacy</a>"))

    app = make_app(tmp_path / "shop", after=own, CONSENT_REGION=CALIFORNIA)
    page = Visitor(app).get("/own").text
    assert page.count('data-consent-open="do_not_sell"') == 1 and "Cookie settings</a>" not in page
    colorado = make_app(tmp_path / "other", after=own, CONSENT_REGION="US-CO")
    page = Visitor(colorado).get("/").text
    assert page.count('data-consent-open="privacy_choices"') == 1 and 'class="consent-pill" aria-hidden="true"' in page
    france = make_app(tmp_path / "third", after=own, CONSENT_REGION="FR")
    assert Visitor(france).get("/own").text.count("data-consent-open") == 1 + gates(Visitor(france).get("/own").text)


def gates(page: str) -> int:
    """How often the gate itself has the word."""
    return page.partition("</script>")[0].count("data-consent-open")


def test_limiting_the_use_is_offered_where_something_is_sensitive(tmp_path: Path) -> None:  # R23, CCPA regs §7014
    plain = make_app(tmp_path / "plain", CONSENT_REGION=CALIFORNIA)
    assert "limit_sensitive" not in Visitor(plain).get("/").text
    text = SITE.replace("[purposes.analytics]", "[purposes.analytics]\nsensitive = true")
    app = make_app(tmp_path / "careful", site=text, CONSENT_REGION=CALIFORNIA)
    visitor = Visitor(app)
    visitor.send("told", notice=service_of(app).notice("en", region=CALIFORNIA).id)
    assert visitor.allows("analytics marketing")  # the right is to limit
    assert "Limit the Use of My Sensitive" in visitor.get("/").text
    centre = visitor.get("/consent/").text
    assert "This uses sensitive personal information." in centre
    assert visitor.client.post("/consent/decision", data=out(centre, "limit_sensitive")).status_code == 303
    assert not visitor.allows("analytics") and visitor.allows("marketing")
    none = SITE.replace("[purposes.marketing]", "[purposes.marketing]\nsale = false")
    assert "do_not_sell" not in Visitor(make_app(tmp_path / "none", site=none, CONSENT_REGION=CALIFORNIA)).get("/").text


def out(centre: str, name: str) -> dict[str, list[str]]:
    """What the one press sends."""
    found = re.search(rf'<form id="consent-{name}-form".*?</form>', centre, re.DOTALL)
    assert found and f'form="consent-{name}-form" name="choice" value="save"' in centre
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', found[0])
    data: dict[str, list[str]] = {"choice": ["save"]}
    for key, value in pairs:
        data.setdefault(key, []).append(html.unescape(value))
    return data


def test_without_script_one_press_opts_out_of_sale_alone_and_it_is_said(app: Flask) -> None:  # R22, R23
    visitor = Visitor(app)
    here = from_(CALIFORNIA)
    lax = service_of(app).notice("en", region=CALIFORNIA).id
    visitor.send(
        "save", notice=lax, purpose=["analytics", "marketing"], headers=here, **{"except": ["analytics/brook"]}
    )
    centre = visitor.get("/consent/?return=/", headers=here).text
    assert "This includes selling or sharing personal information." in centre
    sent = visitor.client.post("/consent/decision", data=out(centre, "do_not_sell"), headers=here)
    assert sent.status_code == 303
    assert newest(app)["answers"] == {"analytics": True, "marketing": False, "ai_training": False, "security": True}
    assert newest(app)["vendors"] == {"analytics/brook": False}
    said = "You are opted out: your personal information is not sold or shared."
    for path in ("/", "/consent/", "/consent/me"):
        assert said in visitor.get(path, headers=here).text.replace(f'data-out="{said}"', "")
    assert '<button id="consent-do_not_sell"' not in visitor.get("/consent/", headers=here).text  # done


@pytest.mark.parametrize(
    ("code", "words", "address"),
    [
        ("FR", "CNIL", "https://www.cnil.fr/"),
        ("US-CA", "California Privacy Protection Agency", "https://cppa.ca.gov/"),
        (
            "ZZ",
            "Die Datenschutzaufsichtsbehörden",
            "https://www.bfdi.bund.de/",
        ),  # nobody knows: where the controller is
    ],
)
def test_the_authority_is_named_with_its_address(app: Flask, code: str, words: str, address: str) -> None:  # promise D9
    visitor = Visitor(app)
    for path in ("/consent/", "/consent/?fragment=1", "/consent/me"):
        page = visitor.get(path, headers=from_(code)).text
        assert "You may complain to a supervisory authority:" in page
        assert f'<a href="{address}" rel="noreferrer"><bdi>{words}' in page


def test_what_is_shown_of_a_purpose_goes_by_the_law(app: Flask, tmp_path: Path) -> None:  # R14
    text = SITE.replace("[purposes.analytics]", "[purposes.analytics]\nprofiling = true")
    profiling = shop(tmp_path / "two", site=text, CONSENT_REGION="cloudflare")
    quebec = Visitor(profiling).get("/consent/", headers=from_("CA-QC")).text
    assert (
        "It stays off until you switch it on here." in quebec
        and "selling or sharing" not in quebec.partition("<dl>")[0]
    )
    assert "It stays off until you switch it on here." not in Visitor(app).get("/consent/", headers=from_("CA-QC")).text


def test_the_declaration_is_the_same_everywhere(app: Flask) -> None:
    pages = [Visitor(app).get("/consent/declaration", headers=from_(code)) for code in ("FR", CALIFORNIA)]
    assert pages[0].data == pages[1].data and "cf-ipcountry" not in names(pages[0].headers["Vary"])


# tags


def tagged(folder: Path, region: str | None) -> Flask:
    folder.mkdir(exist_ok=True)
    (folder / "consent.toml").write_text(LISTED, encoding="utf-8")
    from consent.web.standalone import create_app

    app = create_app(folder / "consent.toml", folder / "data", production=False, region=region)
    hold(app, Clock())
    return app


def test_by_tag_the_region_is_in_the_address_and_any_cache_may_keep_it(tmp_path: Path) -> None:
    app = served(tmp_path)
    tag = ask(app, "GET", "/s/demo.js")
    assert '"q"' not in tag.text and '"y":"CA|MX|US"' in tag.text and "CF-IPCountry" not in tag.headers.get("Vary", "")
    for listed, kind in (
        ("", "opt-in"),
        ("FR", "opt-in"),
        ("US-CA", "opt-out"),
        ("JP", "notice"),
        ("US-CA,FR", "opt-in"),
    ):
        module = ask(app, "GET", f"/s/demo/banner.js?l=en&r={listed}", headers=from_("FR"))
        assert ("data-told" in module.text) == (kind != "opt-in"), listed
        assert ('"data-consent-open":"do_not_sell"' in module.text) == (listed == "US-CA")
        assert module.headers["Cache-Control"].startswith("public")
    for hostile in ("-", "Mars", "US-CA,", "US-CA,,,,", "A" * 5000, "US-CA;x", "US-CA,Mars"):
        assert "data-told" not in ask(app, "GET", "/s/demo/banner.js", query_string={"l": "en", "r": hostile}).text


def test_by_tag_a_server_that_knows_the_region_puts_it_into_the_tag(tmp_path: Path, database: Path) -> None:
    app = tagged(tmp_path, "cloudflare")
    tags = {
        code: ask(app, "GET", "/s/demo.js", headers=from_(code)) for code in ("FR", "US-CA", "US-CO", "ZZ", "FR-75")
    }
    assert [f'"q":"{code}"' in tags[code].text for code in ("FR", "US-CA", "US-CO")] == [True] * 3
    assert '"q":"-"' in tags["ZZ"].text and '"q":"FR"' in tags["FR-75"].text
    assert '"y":"US"' in tags["US-CA"].text and '"y"' not in tags["FR"].text
    assert "CF-IPCountry" in tags["FR"].headers["Vary"] and tags["FR"].headers["Cache-Control"].startswith("public")
    by_address = tagged(tmp_path / "other", f"database:{database}")
    tag = ask(by_address, "GET", "/s/demo.js", environ_overrides={"REMOTE_ADDR": "198.51.100.9"})
    assert '"q":"US-CA"' in tag.text and "private" in tag.headers["Cache-Control"]
    assert "public" not in tag.headers["Cache-Control"] and tag.headers["Access-Control-Allow-Origin"] == "*"


def test_by_tag_the_pages_word_counts_where_nothing_is_known_or_where_it_is_stricter(tmp_path: Path) -> None:
    """Attack: a page, or who forges one, claims a region where less is asked than where the server sees the person."""
    knows, not_knows = tagged(tmp_path / "a", "cloudflare"), tagged(tmp_path / "b", None)
    lax = {app: service_of(app).notice("en", region=CALIFORNIA).id for app in (knows, not_knows)}

    def told(app: Flask, said: str, here: str = "") -> int:
        return decide(app, choice="told", notice=lax[app], region=said, headers=from_(here) if here else {}).status_code

    assert (
        told(not_knows, "US-CA") == 201
        and told(not_knows, "") == told(not_knows, "FR") == told(not_knows, "Mars") == 409
    )
    assert told(knows, "US-CA", "FR") == told(knows, "US-CA") == told(knows, "FR,US-CA", "US-CA") == 409
    assert told(knows, "US-CA", "US-CA") == told(knows, "", "US-CA") == 201
    assert told(not_knows, "A" * 33) == 400


def test_by_tag_the_centre_is_that_of_the_region(tmp_path: Path) -> None:
    app = tagged(tmp_path, None)
    headers = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}

    def centre(region: str, **more: str) -> str:
        fields = {"token": "", "locale": "en", "region": region}
        return ask(app, "POST", "/s/demo/centre", data=fields, headers={**headers, **more}).text

    assert "California Privacy Protection Agency" in centre("US-CA") and "consent-do_not_sell" in centre("US-CA")
    assert "CNIL" in centre("FR") and "consent-do_not_sell" not in centre("FR")
    assert "not sold or shared" not in centre("FR", **{"Sec-GPC": "1"})
    assert "has opted you out" in centre("US-CA", **{"Sec-GPC": "1"}).partition("consent-status")[0]


def test_programs_of_a_mounted_site_cannot_say_a_region(app: Flask) -> None:
    refused = Visitor(app).send("accept_all", region="US-CA")
    assert refused.status_code == 400 and stored(app) == 0
    assert issubclass(Refused, Exception)


def test_every_region_of_the_table_can_be_set(tmp_path: Path) -> None:
    for code in REGIONS:
        assert regions.read(code, tmp_path) == Fixed("CA-QC" if code == "CA" else code)
