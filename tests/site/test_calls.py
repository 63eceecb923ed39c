"""What a vendor's table says of its scripts: hosts, signals and calls. It is checked, and it stands in no notice."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from consent.notice import build, fingerprints, wanted
from consent.regimes import for_region
from consent.site.calls import MOST_ARGS, MOST_CHARACTERS, MOST_PARTS, call
from consent.site.load import loads
from consent.site.mistakes import Bad
from consent.site.model import Call, Site, Vendor

from .samples import GOOD, only

TOLD = """\
hosts = ["meadow.example", "cdn.meadow.example"]
consent_mode = ["analytics_storage"]
uet_consent = true
clarity_consentv2 = true
opt_in = { call = "meadow.optIn", args = ["all", true, 3, 0.5, ["a", "b"]] }
opt_out = { call = "meadow.optOut" }
"""


def meadow(site: Site) -> Vendor:
    analytics = site.purpose("analytics")
    assert analytics
    return analytics.vendors[0]


def test_all_of_it_is_read() -> None:
    vendor = meadow(loads(GOOD + TOLD))
    assert vendor.hosts == ("meadow.example", "cdn.meadow.example")
    assert vendor.consent_mode == ("analytics_storage",)
    assert vendor.uet_consent and vendor.clarity_consentv2
    assert vendor.opt_in == Call("meadow.optIn", ("all", True, 3, 0.5, ("a", "b")))
    assert vendor.opt_out == Call("meadow.optOut")


def test_without_it_nothing_is_told() -> None:
    vendor = meadow(loads(GOOD))
    assert (vendor.hosts, vendor.consent_mode, vendor.opt_in, vendor.opt_out) == ((), (), None, None)
    assert not vendor.uet_consent and not vendor.clarity_consentv2


def test_nobody_is_asked_again_for_it() -> None:
    """The notice and the fingerprints are those of the same site without it, to the byte."""
    plain, told = loads(GOOD), loads(GOOD + TOLD)
    assert plain != told
    assert fingerprints(plain) == fingerprints(told)
    regime = for_region(None)
    notices = [build(site, regime, "en", str) for site in (plain, told)]
    assert notices[0].body == notices[1].body
    assert wanted(plain) == wanted(told)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('hosts = ["https://meadow.example"]', "hosts[0]"),
        ('hosts = ["*.meadow.example"]', "hosts[0]"),
        ('hosts = ["com"]', "hosts[0]"),
        ('hosts = ["meadow.example:443"]', "hosts[0]"),
        ('hosts = ["meadow.example", "meadow.example"]', "hosts[1]"),
        ("hosts = [" + ", ".join(f'"h{n}.example"' for n in range(65)) + "]", "hosts"),
        ('consent_mode = ["analytics"]', "consent_mode[0]"),
        ('consent_mode = "analytics_storage"', "consent_mode"),
        ('uet_consent = "yes"', "uet_consent"),
        ("clarity_consentv2 = 1", "clarity_consentv2"),
        ('opt_out = "posthog.opt_out_capturing()"', "opt_out"),
        ("opt_in = {}", "opt_in"),
    ],
)
def test_what_is_wrong_is_named(line: str, key: str) -> None:
    assert only(more=line + "\n").key == f"vendors.meadow.{key}"


def test_a_slip_in_a_type_finds_the_right_one() -> None:
    assert 'Did you mean "analytics_storage"?' in only(more='consent_mode = ["analytic_storage"]\n').remedy


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"args": []},
        {"call": "a", "arg": []},
        {"call": 1},
        {"call": ""},
        {"call": "a()"},
        {"call": "a.b;c"},
        {"call": "a[0]"},
        {"call": "a..b"},
        {"call": "a b"},
        {"call": "1a"},
        {"call": "a\n"},
        {"call": "ä"},
        {"call": "a" * 65},
        {"call": ".".join("a" * (MOST_PARTS + 1))},
        {"call": "eval", "args": ["1"]},
        {"call": "window.eval"},
        {"call": "setTimeout", "args": ["1"]},
        {"call": "a.constructor.constructor"},
        {"call": "a.__proto__.b"},
        {"call": "document.write"},
        {"call": "a", "args": "b"},
        {"call": "a", "args": [None]},
        {"call": "a", "args": [{}]},
        {"call": "a", "args": [[["b"]]]},
        {"call": "a", "args": ["b" * (MOST_CHARACTERS + 1)]},
        {"call": "a", "args": ["\u2028"]},
        {"call": "a", "args": [10**30]},
        {"call": "a", "args": [float("nan")]},
        {"call": "a", "args": [float("inf")]},
        {"call": "a", "args": [0] * (MOST_ARGS + 1)},
        {"call": "a", "args": [[0] * (MOST_ARGS + 1)]},
    ],
)
def test_no_code_and_no_bulk(wrong: Any) -> None:
    with pytest.raises(Bad):
        call(wrong)


def test_calls_are_values() -> None:
    told = call({"call": "_paq.push", "args": [["setConsentGiven"]]})
    assert hash(told) == hash(dataclasses.replace(told))
