"""Vendors that are known by name: each is a right declaration, and a site file need only name it."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from click.testing import CliRunner

from consent.cli import main
from consent.site import values
from consent.site.load import loads, reads
from consent.site.presets import names, preset
from consent.site.schema import VENDOR

from .samples import changed, only

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
    assert len(vendor.items) == len(found.vendor["items"]) > 0
    lasting = [mistake for mistake in reading.mistakes if "thirteen months" not in mistake.problem]
    assert lasting == [], "only a vendor's own long default is warned about"


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
        elif isinstance(value, dict):
            lines.append(f"{key} = {{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }")
        else:
            lines.append(f"{key} = {_toml(value)}")
    declared = loads(site(name) + f"[vendors.{name}]\n" + "\n".join(lines))
    assert declared == loads(site(name))


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


@each
def test_the_file_is_in_order(name: str) -> None:
    found = preset(name)
    assert found
    assert values.ident(name) == name
    data = tomllib.loads(files("consent.site.presets").joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    assert data.keys() == {"purpose", "hosts", "sources", "vendor"}
    assert found.hosts and all(values.host(host) and host == host.lower() for host in found.hosts)
    assert len(set(found.hosts)) == len(found.hosts)
    assert found.sources and all(source.startswith("https://") for source in found.sources)


@pytest.mark.parametrize("name", ["ga4", "meta", "clarity", "hotjar", "posthog", "uet", "google_ads", "matomo"])
def test_naming_one_does_not_make_it_necessary(name: str) -> None:
    reading = reads(
        site(name).replace("[purposes.", "[purposes.necessary]\n[purposes.").replace("necessary]\n", "necessary]\n")
    )
    assert reading.site
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


def test_a_slip_finds_the_known_name() -> None:
    assert only(('vendors = ["meadow"]', 'vendors = ["meadow", "posthgo"]')).remedy == 'Did you mean "posthog"?'


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
