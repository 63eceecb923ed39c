"""Each tool's configuration becomes a site file that passes the check, and none of its keys is lost unsaid."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.importing import vanilla
from consent.importing.draft import Imported
from consent.importing.read import read
from consent.importing.report import join
from consent.importing.tools import TOOLS, detect
from consent.importing.write import write
from consent.site.compat import meanings
from consent.site.load import loads, reads
from consent.site.model import Purpose, Site
from consent.site.write import Answers

from .samples import COOKIEBOT_TABLES, SAMPLES


def answers(imported: Imported) -> Answers:
    draft = imported.draft
    return Answers(
        "Shop", "https://shop.example", "Shop Ltd", "p@shop.example", draft.policy or "/privacy", dt.date(2026, 4, 6),
        tuple(draft.languages),
    )  # fmt: skip


def brought(text: str) -> tuple[Site, Imported, str]:
    tool, config = detect(read(text))
    imported = tool.convert(config, "en")
    made = write(imported.draft, answers(imported), tool=tool.title)
    return loads(made), imported, made


def stored(site: Site, purpose: str) -> list[str]:
    found = site.purpose(purpose)
    assert found is not None
    return [item.name for item in found.items]


def asked(site: Site) -> dict[str, bool]:
    return {purpose.id: purpose.asked for purpose in site.purposes}


def purpose(site: Site, id_: str) -> Purpose:
    found = site.purpose(id_)
    assert found is not None
    return found


def leaves(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, join(path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, join(path, index))
    elif value not in ({}, []):
        yield path


def covered(path: str, imported: Imported) -> bool:
    """Whether a key is carried over, or it or what it stands in is listed."""
    left = [one.what for one in imported.left]
    return path in imported.carried or any(path == what or path.startswith((f"{what}.", f"{what}[")) for what in left)


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_written_passes_the_check(name: str) -> None:
    tool, _ = detect(read(SAMPLES[name]))
    assert tool is TOOLS[name]
    _, _, text = brought(SAMPLES[name])
    assert [mistake for mistake in reads(text).mistakes if mistake.severity == "error"] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_no_key_is_dropped_silently(name: str) -> None:
    _, config = detect(read(SAMPLES[name]))
    _, imported, _ = brought(SAMPLES[name])
    assert [path for path in leaves(config) if not covered(path, imported)] == []


@given(st.sampled_from(list(SAMPLES)), st.data())
def test_no_strange_key_is_dropped_silently(name: str, data: st.DataObject) -> None:
    tool, config = detect(read(SAMPLES[name]))
    config = copy.deepcopy(config)
    tables: list[tuple[str, Any]] = [("", config)]
    for path, table in tables:
        for key, value in table.items() if isinstance(table, dict) else enumerate(table):
            if isinstance(value, dict | list):
                tables.append((join(path, key), value))
    path, table = data.draw(st.sampled_from(tables))
    value = data.draw(st.sampled_from([1, "x", True, None, 0.5, [], ["y"], {}, {"z": 1}, "\x1b[31m", "‮\ud800"]))
    key = data.draw(
        st.sampled_from(["__proto__", "strange", "name", "cookies", "title", "purposes", "\ud800", "a b", ""])
    )
    if isinstance(table, dict):
        table[key] = value
    else:
        table.append(value)
    imported = tool.convert(config, "en")
    assert [path for path in leaves(config) if not covered(path, imported)] == []
    assert reads(write(imported.draft, answers(imported), tool=tool.title)).site is not None


HOSTILE = st.sampled_from(
    [
        "By using this site you agree.",
        "Hurry, only 3 minutes left!",
        "x" * 5000,
        "a b",
        "*",
        "consent_*",
        "co*",
        "_ga",
        "\u202eevil",
        "\x00\n\r",
        "\u2028# [x]",
        '"""\n[site]',
        "javascript:alert(1)",
        "http://[",
        "forever",
        "zz_ZZ",
        10**400,
        -1,
        float("inf"),
        ["necessary", "necessary"],
        {"": {"": {}}},
        [[[[]]]],
        "necessary",
        "analytics",
    ]
)


@given(st.sampled_from(list(SAMPLES)), st.lists(HOSTILE, min_size=1, max_size=4), st.data())
def test_hostile_values_never_make_a_bad_file(name: str, values: list[Any], data: st.DataObject) -> None:
    tool, config = detect(read(SAMPLES[name]))
    config = copy.deepcopy(config)
    for value in values:
        places: list[tuple[Any, Any]] = []
        waiting: list[Any] = [config]
        while waiting:
            table = waiting.pop()
            for key, inner in table.items() if isinstance(table, dict) else enumerate(table):
                places.append((table, key))
                if isinstance(inner, dict | list):
                    waiting.append(inner)
        if places:
            table, key = data.draw(st.sampled_from(places))
            table[key] = copy.deepcopy(value)
    imported = tool.convert(config, "en")
    text = write(imported.draft, answers(imported), tool=tool.title)
    assert [str(mistake) for mistake in reads(text).mistakes if mistake.severity == "error"] == []
    assert [path for path in leaves(config) if not covered(path, imported)] == []


def test_vanilla() -> None:
    site, imported, text = brought(SAMPLES["vanilla"])
    assert asked(site) == {"necessary": False, "analytics": True, "marketing": True}
    assert stored(site, "analytics") == ["_mdw*", "mdw_id", "mw1_*", "mw2_*"]
    assert purpose(site, "analytics").items[1].duration.count == 6
    assert purpose(site, "analytics").name == {"en": "Counting", "fr": "Mesure"}
    assert purpose(site, "analytics").text == {"en": "See our policy."}
    assert (site.languages, site.look.layout, site.cookie_domain) == (("en", "fr"), "corner", "shop.example")
    left = {one.what: one.why for one in imported.left}
    assert "Planet49" in left["mode"] and "Planet49" in left["categories.analytics.enabled"]
    assert "WCAG" not in left["disablePageInteraction"] and "GDPR 7(4)" in left["disablePageInteraction"]
    assert "R2" in left["guiOptions.consentModal.equalWeightButtons"] and "R9" in left["cookie.expiresAfterDays"]
    assert "never run" in left["categories.analytics.services.meadow.onAccept"] or "scripts" in left["onConsent"]
    assert "pressure" in left["language.translations.en.preferencesModal.sections[3].description"]
    assert "brook" not in text and "categories.analytics.autoClear.cookies[2].name" in left
    assert "# assumed: the longest time" in text and "# [vendors.meadow_analytics]" in text


def test_klaro() -> None:
    site, imported, _ = brought(SAMPLES["klaro"])
    assert asked(site) == {"necessary": False, "analytics": True, "chat": True}
    assert stored(site, "analytics") == ["_mdw_*", "mdw", "_ga"]
    assert purpose(site, "analytics").items[0].text == {"de": "Zählt Besuche.", "en": "Counts visits."}
    assert "basket" in stored(site, "necessary")
    assert (site.languages, site.look.scheme, site.policy) == (("de", "en"), "dark", "/privacy")
    left = {one.what for one in imported.left}
    assert {"default", "mustConsent", "services[0].optOut", "services[2].required", "storageName"} <= left


def test_orejime() -> None:
    site, imported, _ = brought(SAMPLES["orejime"])
    assert asked(site) == {"necessary": False, "basket": False, "analytics": True, "films": True}
    assert stored(site, "analytics") == ["_mdw", "mdw"]
    assert site.languages == ("fr",) and site.policy == "https://shop.example/privacy"
    assert {"purposes[1].isExempt", "purposes[1].default", "purposes[1].cookies[2]"} <= {w.what for w in imported.left}


def test_tarteaucitron() -> None:
    site, imported, _ = brought(SAMPLES["tarteaucitron"])
    assert [vendor.id for vendor in purpose(site, "analytics").vendors] == ["ga4"]
    assert [vendor.id for vendor in purpose(site, "external").vendors] == ["youtube"]
    assert "_gid" in stored(site, "analytics") and stored(site, "external") == ["fold_id"]
    assert (site.dnt, site.languages, site.cookie_domain) == ("honour", ("fr",), "shop.example")
    assert {"init.DenyAllCta", "init.highPrivacy", "init.somethingNew", "job[1]"} <= {w.what for w in imported.left}


def test_cookiebot() -> None:
    site, imported, _ = brought(SAMPLES["cookiebot"])
    basket = purpose(site, "necessary").items[0]
    assert (basket.name, basket.http_only, basket.duration.unit) == ("basket", True, "session")
    mdw = purpose(site, "analytics").items[0]
    assert (mdw.name, mdw.duration.count, mdw.duration.unit) == ("_mdw_*", 6, "month")
    assert [(item.kind, item.duration.unit) for item in purpose(site, "marketing").items] == [("local", "forever")]
    assert stored(site, "unclassified") == ["odd"] and "cookies[3].Name" in {one.what for one in imported.left}


def test_the_tables_and_the_tag_of_cookiebot() -> None:
    site, _, _ = brought(COOKIEBOT_TABLES)
    assert "basket" in stored(site, "necessary") and stored(site, "marketing") == ["_brk"]
    tag = '<script id="Cookiebot" src="https://consent.cookiebot.com/uc.js" data-cbid="1" data-culture="de"></script>'
    assert brought(tag)[0].languages == ("de",)


def test_onetrust() -> None:
    site, imported, text = brought(SAMPLES["onetrust"])
    assert asked(site) == {"necessary": False, "analytics": True}
    assert stored(site, "analytics") == ["_mdw_*", "_brk"]
    assert [item.duration.count for item in purpose(site, "analytics").items] == [180, 30]
    assert '# policy = "https://brook.example/p"' in text
    assert {"DomainData.Groups[1].Status", "DomainData.Groups[2].Type"} <= {one.what for one in imported.left}
    tag = '<script src="https://cdn.example/otSDKStub.js" data-domain-script="1"></script>'
    assert brought(tag)[0].purposes


def service(name: str, purpose: str, *cookies: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "purposes": [purpose], "cookies": list(cookies), **more}


def vendors(*services: dict[str, Any]) -> tuple[dict[str, list[str]], Imported, str]:
    """The vendors of each purpose that such services of Klaro become."""
    imported = TOOLS["klaro"].convert({"services": list(services)}, "en")
    text = write(imported.draft, answers(imported))
    return {p.id: [v.id for v in p.vendors] for p in loads(text).purposes if p.vendors}, imported, text


def test_a_known_vendor_is_named_by_its_id() -> None:
    found, imported, text = vendors(
        service("google-analytics", "analytics", "_ga", "mine"),
        service("fb", "advertising", "_fbp", title="Facebook Pixel"),
        service("matomo", "analytics", "_pk_id"),  # may be one's own
    )
    assert found == {"analytics": ["ga4"], "marketing": ["meta"]}
    left = {one.what: one.why for one in imported.left}
    assert "“ga4”" in left["services[0].cookies[0]"] and "services[0].cookies[1]" not in left
    assert "# [vendors.matomo]" in text and "# [vendors.ga4]" not in text and "# [vendors.fb]" not in text


def test_a_known_vendor_is_left_where_it_would_be_wrong() -> None:
    assert vendors(service("gtm", "shop", required=True))[0] == {}  # it is asked about, never shown alone
    assert vendors(service("turnstile", "shop", required=True))[0] == {"necessary": ["turnstile"]}
    twice = vendors(service("gtag", "analytics"), service("ga4", "analytics"), service("ga4", "marketing"))[0]
    assert twice == {"analytics": ["ga4"]}
    assert vendors(service("b", "chat", "_fbp"), service("facebookpixel", "marketing"))[0] == {}  # withdrawing chat
    assert vendors(service("shop", "shop", "intercom-session-x", required=True), service("intercom", "chat"))[0] == {}


MEANT = {
    "vanilla": {"meadow": "analytics", "ads": "marketing", "necessary": "necessary", "more": None},
    "klaro": {"meadow": "analytics", "basket": "necessary", "talk": "chat"},
    "orejime": {"audience": "analytics", "films": "films", "group": None},
    "tarteaucitron": {"gtag": "analytics/ga4", "youtube": "external/youtube", "fold": "external"},
    "cookiebot": {"statistics": "analytics", "marketing": "marketing", "preferences": None, "necessary": "necessary"},
    "onetrust": {"C0001": "necessary", "C0002": "analytics", "C0004": None, "IAB1": None},
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_marks_in_pages_keep_their_meaning(name: str) -> None:
    site, _, _ = brought(SAMPLES[name])
    assert site.compat.markers == (name,)
    known = meanings(site)
    assert {mark: known.get(mark) for mark in MEANT[name]} == MEANT[name]


STORED = {
    "vanilla": "shop_cc",
    "klaro": "shop-klaro",
    "orejime": "shop",
    "tarteaucitron": "citron",
    "cookiebot": "CookieConsent",
    "onetrust": "OptanonConsent",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_where_the_old_choices_lie_is_named_and_off(name: str) -> None:
    site, _, text = brought(SAMPLES[name])
    assert site.compat.choices == () and f'\n# choices = ["{STORED[name]}"] #' in text
    assert loads(text.replace("\n# choices", "\nchoices")).compat.choices == (STORED[name],)


def test_a_mark_that_means_a_no_or_cannot_be_a_name_is_not_carried_over() -> None:
    site, _, _ = brought('{"categories": {"!stats": {}, "two words": {}, "café": {}}, "language": {}}')
    assert site.compat.names == {"café": "cafe"}


def test_a_tracker_is_never_necessary() -> None:
    config = {"categories": {"necessary": {"readOnly": True, "autoClear": {"cookies": [{"name": "_ga"}]}}}}
    imported = vanilla.convert(config)
    assert [item.name for item in imported.draft.purposes["analytics"].items] == ["_ga"]
    assert "tracker" in imported.left[0].why


def test_what_was_called_necessary_but_could_be_refused_is_asked() -> None:
    imported = vanilla.convert({"categories": {"necessary": {}, "statistics": {"readOnly": True}}})
    assert [(p.id, p.needed) for p in imported.draft.purposes.values()] == [
        ("not_necessary", False),
        ("analytics", False),
    ]
    assert reads(write(imported.draft, answers(imported))).site is not None
