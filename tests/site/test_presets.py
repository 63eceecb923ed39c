"""Vendors that are known by name: each is a right declaration, and a site file need only name it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.site import values
from consent.site.load import loads, reads
from consent.site.mistakes import Report
from consent.site.model import Call, StoredItem, Vendor
from consent.site.patterns import Found
from consent.site.presets import names, preset
from consent.site.schema import VENDOR, Spot, fill
from consent.site.standard import STANDARD

from .samples import changed, only

# What a preset may be warned about: a vendor's own long default, and a safeguard that could not be confirmed.
WARNED = "thirteen months", "no safeguard is named", "longer than 400 days"

each = pytest.mark.parametrize("name", names())


def site(name: str) -> str:
    """A site file in which the usual purpose of a known vendor names it."""
    found = preset(name)
    assert found
    head, *_ = changed().partition("[purposes.necessary]")
    own = "" if found.purpose == "necessary" else 'retention = "13 months"\n'
    return f'{head}[purposes.{found.purpose}]\n{own}vendors = ["{name}"]\n'


@each
def test_to_name_it_is_enough(name: str) -> None:
    reading = reads(site(name))
    assert reading.site, reading.mistakes
    found = preset(name)
    assert found
    purpose = reading.site.purpose(found.purpose)
    assert purpose
    (vendor,) = purpose.vendors
    assert (vendor.id, vendor.name, vendor.country) == (name, found.vendor["name"], found.vendor["country"])
    assert len(vendor.items) == len(found.vendor.get("items", []))
    assert vendor.hosts == tuple(found.vendor.get("hosts", ()))
    assert not [mistake for mistake in reading.mistakes if not any(known in mistake.problem for known in WARNED)]


@each
def test_its_table_has_no_mistake(name: str) -> None:
    """Mistakes of a preset's own table are nobody's to mend but ours, so `consent check` does not print them."""
    found = preset(name)
    assert found
    spot = Spot(Report(name), ("vendors", name))
    assert Vendor(id=name, **fill(dict(found.vendor), VENDOR, spot)).name
    assert spot.report.found == []


def test_all_of_them_at_once() -> None:
    """No two store the same thing for different purposes, and none would delete what a necessary one stores."""
    served: dict[str, list[str]] = {}
    for found in filter(None, map(preset, names())):
        served.setdefault(found.purpose, []).append(found.id)
    assert served.keys() <= STANDARD.keys()
    head, *_ = changed().partition("[purposes.necessary]")
    tables = "".join(
        f"[purposes.{purpose}]\nvendors = {vendors}\n" + ("" if purpose == "necessary" else 'retention = "13 months"\n')
        for purpose, vendors in served.items()
    )
    assert loads(head + tables)


def test_two_makers_never_claim_the_same_host() -> None:
    def maker(name: str) -> str:
        found = preset(name)
        assert found
        return ".".join((urlsplit(found.vendor["policy"]).hostname or "").split(".")[-2:])

    def hosts(name: str) -> list[str]:
        found = preset(name)
        return found.vendor.get("hosts", []) if found else []

    for one, other in combinations(names(), 2):
        for a in hosts(one):
            for b in hosts(other):
                nested = a == b or a.endswith(f".{b}") or b.endswith(f".{a}")
                assert not nested or maker(one) == maker(other), (one, other, a, b)


@each
def test_it_reads_the_same_in_a_file_of_its_own(name: str) -> None:
    """What a preset says passes every check that a site's own table passes, with the same result."""
    found = preset(name)
    assert found
    assert found.vendor.keys() <= VENDOR.keys()
    lines = []
    for key, value in found.in_languages(["en"]).items():
        if key == "items":
            rows = (", ".join(f"{k} = {_toml(v)}" for k, v in item.items()) for item in value)
            lines.append("items = [" + ", ".join(f"{{ {row} }}" for row in rows) + "]")
        else:
            lines.append(f"{key} = {_toml(value)}")
    declared = loads(site(name) + f"[vendors.{name}]\n" + "\n".join(lines))
    assert declared == loads(site(name))


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


@each
def test_the_file_is_in_order(name: str) -> None:
    found = preset(name)
    assert found
    assert values.ident(name) == name
    data = tomllib.loads(files("consent.site.presets").joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    assert data.keys() == {"purpose", "sources", "vendor"}
    assert list(found.vendor.get("hosts", [])) == [host.lower() for host in found.vendor.get("hosts", [])]
    assert found.sources and all(values.url(source).startswith("https://") for source in found.sources)
    assert len(set(found.sources)) == len(found.sources)


MEASURING = [found.id for found in filter(None, map(preset, names())) if found.purpose in ("analytics", "marketing")]


@pytest.mark.parametrize("name", [*MEASURING, "gtm", "intercom"])
def test_naming_one_does_not_make_it_necessary(name: str) -> None:
    head, *_ = changed().partition("[purposes.necessary]")
    refused = reads(f'{head}[purposes.necessary]\nvendors = ["{name}"]\n')
    assert refused.site is None
    assert any("not asked" in mistake.problem for mistake in refused.mistakes)


def test_a_table_of_the_sites_own_stands_in_its_place() -> None:
    own = '[vendors.ga4]\nname = "Google Analytics"\ncountry = "IE"\npolicy = "https://policies.google.com/privacy"\n'
    analytics = loads(site("ga4") + own).purpose("analytics")
    assert analytics
    assert (analytics.vendors[0].country, analytics.vendors[0].items) == ("IE", ())


def test_its_words_are_in_the_languages_of_the_site() -> None:
    german = loads(site("ga4").replace('languages = ["en"]', 'languages = ["de", "en"]')).purpose("analytics")
    french = loads(site("ga4").replace('languages = ["en"]', 'languages = ["fr"]')).purpose("analytics")
    assert german and list(german.vendors[0].safeguard) == ["de", "en"]
    assert french and list(french.vendors[0].safeguard) == ["en"]


def test_words_of_ours_are_not_the_sites_to_translate() -> None:
    french = reads(site("posthog").replace('languages = ["en"]', 'languages = ["fr"]'))
    assert not [mistake for mistake in french.mistakes if "There are no words" in mistake.problem]


def test_one_may_serve_another_purpose() -> None:
    text = site("youtube").replace("[purposes.functional]", "[purposes.marketing]")
    marketing = loads(text).purpose("marketing")
    assert marketing and [vendor.name for vendor in marketing.vendors] == ["YouTube"]


def test_what_its_scripts_are_told() -> None:
    def vendor(name: str) -> Vendor:
        return next(Found(loads(site(name)), {}, Report("")).vendors())

    assert vendor("ga4").consent_mode == ("analytics_storage",)
    assert vendor("google_ads").consent_mode == ("ad_storage", "ad_user_data", "ad_personalization")
    assert vendor("uet").uet_consent and vendor("clarity").clarity_consentv2
    assert vendor("posthog").opt_out == Call("posthog.opt_out_capturing")
    assert vendor("matomo").opt_in == Call("_paq.push", (("setConsentGiven",),))
    assert vendor("plausible").opt_in is None


def test_some_store_nothing() -> None:
    def stored(name: str) -> tuple[StoredItem, ...]:
        return next(Found(loads(site(name)), {}, Report("")).vendors()).items

    assert stored("matomo_cookieless") == stored("plausible") == stored("umami") == ()
    assert stored("matomo")


def test_a_slip_finds_the_known_name() -> None:
    for slip, meant in (
        ("posthgo", "posthog"),
        ("google-ads", "google_ads"),
        ("matomo-cookieless", "matomo_cookieless"),
    ):
        assert only(('vendors = ["meadow"]', f'vendors = ["meadow", "{slip}"]')).remedy == f'Did you mean "{meant}"?'


@pytest.mark.parametrize("name", ["../ga4", "GA4", "", "ga4.toml", "__init__"])
def test_no_other_name_is_looked_up(name: str) -> None:
    assert preset(name) is None


def test_the_command() -> None:
    run = CliRunner().invoke
    listed = run(main, ["vendors"])
    assert listed.exit_code == 0
    assert all(name in listed.output for name in names())
    shown = run(main, ["vendors", "ga4"])
    assert "_ga_*, 2 years" in shown.output
    assert "https://support.google.com/analytics/answer/11397207" in shown.output
    missing = run(main, ["vendors", "ga5"])
    assert missing.exit_code == 1
    assert 'Did you mean "ga4"?' in missing.output
    assert "posthog.opt_out_capturing()" in run(main, ["vendors", "posthog"]).output
    assert 'fbq("consent", "revoke")' in run(main, ["vendors", "meta"]).output


def test_the_page_is_fresh() -> None:
    page = Path(__file__).parents[2] / "docs" / "vendors.py"
    assert subprocess.run([sys.executable, page, "--check"]).returncode == 0, "run: python docs/vendors.py"
