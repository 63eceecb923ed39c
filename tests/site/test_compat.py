"""`[compat]`: what the names of another tool mean here."""

from __future__ import annotations

import pytest

from consent.site.compat import MARKS, embeds, marks, meanings
from consent.site.load import loads, reads
from consent.site.model import Site
from consent.web import snippet
from tests.conftest import SITE

ALL = ", ".join(f'"{tool}"' for tool in MARKS)


def site(text: str) -> Site:
    return loads(SITE + text)


def wrong(text: str) -> list[str]:
    return [f"{one.key}: {one.problem} {one.remedy}" for one in reads(SITE + text).mistakes if one.severity == "error"]


def test_without_the_table_nobody_pays_for_it() -> None:
    assert snippet.pieces(site("")) == ["gate.js"]
    assert "compat" not in snippet.inline(site(""), "/consent/")
    assert snippet.pieces(site('[compat]\nmarkers = ["klaro"]')) == ["gate.js", "compat.js"]
    assert snippet.pieces(site('[compat.names]\nx = "analytics"')) == ["gate.js"]


def test_standard_names_mean_the_standard_purposes_that_there_are() -> None:
    known = meanings(site('[compat]\nmarkers = ["cookiebot", "onetrust"]'))
    assert (known["statistics"], known["C0002"], known["C0001"]) == ("analytics", "analytics", "necessary")
    assert known["analytics"] == "analytics" and "C0005" not in known and "preferences" not in known
    assert "statistics" not in meanings(site('[compat]\nmarkers = ["klaro"]'))


def test_what_the_site_says_counts_first() -> None:
    known = meanings(site('[compat]\nmarkers = ["cookiebot"]\n[compat.names]\nstatistics = "marketing"'))
    assert known["statistics"] == "marketing"


def test_a_vendor_is_known_by_its_id_where_it_serves_one_purpose() -> None:
    more = """
[purposes.one]
name = "One"
text = "First."
basis = "consent"
retention = "1 day"
vendors = ["vimeo"]
[purposes.two]
name = "Two"
text = "Second."
basis = "consent"
retention = "1 day"
vendors = ["hcaptcha", "google_maps"]
[compat]
markers = ["tarteaucitron"]
"""
    known = meanings(site(more))
    assert (known["vimeo"], known["google_maps"]) == ("one/vimeo", "two/google_maps")
    assert {place: meant for place, (meant, *_) in embeds(site(more)).items()} == {
        "vimeo_player": "one/vimeo",
        "googlemapsembed": "two/google_maps",
    }
    assert snippet.pieces(site(more)) == ["gate.js", "compat.js", "embeds.js"]
    assert "hcaptcha" not in meanings(site(more.replace('vendors = ["vimeo"]', 'vendors = ["vimeo", "hcaptcha"]')))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[compat]\nmarkers = ["cookybot"]', "cookiebot"),
        ('[compat]\nmarkers = "klaro"', "brackets"),
        ('[compat]\nmarker = ["klaro"]', "markers"),
        ('[compat]\nnames = ["a"]', "not a table"),
        (
            '[compat.names]\nstats = "analytic"',
            'compat.names.stats: There is no “analytic” here. Did you mean "analytics"',
        ),
        ('[compat.names]\nstats = "analytics/nobody_at_all"', "There is no"),
        ("[compat.names]\nstats = 1", "quotes"),
        ('[compat.names]\n"two words" = "analytics"', "without spaces"),
        ('[compat.names]\n"!stats" = "analytics"', "cannot be a name"),
        ('[compat.names]\n"" = "analytics"', "cannot be a name"),
        ("[compat.names]\n" + "\n".join(f'n{i} = "analytics"' for i in range(257)), "256"),
    ],
)
def test_mistakes(text: str, says: str) -> None:
    found = wrong(text)
    assert len(found) == 1 and says in found[0]


def test_a_name_cannot_end_the_script_that_it_stands_in() -> None:
    assert "cannot be a name" in wrong('[compat.names]\n"a</script>" = "analytics"')[0]


def test_each_tool_has_a_selector_that_bears_none_of_ours() -> None:
    made = marks(site(f"[compat]\nmarkers = [{ALL}]"))
    assert made["q"].endswith(":not([data-consent])") and made["o"].endswith(":not([data-consent-open])")
    assert made["a"] == ["data-cookieconsent", "data-name", "class", "data-purpose", "data-category", "data-service"]
