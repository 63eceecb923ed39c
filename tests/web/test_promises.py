"""The example sites, as their pages: promises B1, C1, D1, D2 and E8, where only a page can show that they are kept."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import Clock

from .worlds import Visitor, make_app, newest, service_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "sites"
FIVE = sorted(path.stem for path in EXAMPLES.glob("*.toml"))
Open = Callable[[str], Flask]


@pytest.fixture
def example(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    made: list[Flask] = []

    def open_(name: str) -> Flask:
        text = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
        made.append(make_app(tmp_path / name, site=text, clock=clock))
        return made[-1]

    yield open_
    for app in made:
        service_of(app).store.close()


def page(app: Flask, path: str = "/consent/") -> str:
    return html.unescape(Visitor(app).get(path).text)


def group(centre: str, purpose: str) -> str:
    """What the preference centre says of one purpose."""
    start = centre.index(f'aria-labelledby="consent-{purpose}-name"')
    end = centre.find('<div class="consent-purpose"', start)
    return centre[start : end if end > 0 else centre.index('<details class="consent-history"', start)]


@pytest.mark.parametrize(
    ("ticked", "other"), [("product_improvement", "analytics"), ("analytics", "product_improvement")]
)
def test_improving_the_product_is_asked_apart_from_statistics(example: Open, ticked: str, other: str) -> None:  # B1
    app = example("image2")
    centre = page(app)
    for purpose in (ticked, other):
        assert f'name="purpose" value="{purpose}"' in group(centre, purpose)
    visitor = Visitor(app)
    visitor.send("save", purpose=[ticked])
    assert visitor.allows(ticked) and not visitor.allows(other)
    assert list(newest(app)["fingerprints"]) == [ticked]
    purposes = [service_of(app).site.purpose(name) for name in (ticked, other)]
    kept = [{vendor.id for vendor in p.vendors} | {item.name for item in p.items} for p in purposes if p]
    assert all(kept) and not kept[0] & kept[1], "neither brings along what is the other's"


@pytest.mark.parametrize("name", FIVE)
def test_the_inventory_says_what_is_kept_by_whom_and_how_long(example: Open, name: str) -> None:  # C1
    app = example(name)
    rows = re.findall(
        r"<tr[^>]*><th[^>]*><code[^>]*>(.+?)</code><br>(.+?)</th>" + 3 * r"<td[^>]*>(.*?)</td>" + "</tr>",
        page(app, "/consent/declaration"),
    )
    site = service_of(app).site
    wanted = [(item.name, site.name) for purpose in site.purposes for item in purpose.items]
    wanted += [(item.name, vendor.name) for _, _, vendor in site.vendors() for item in vendor.items]
    assert sorted(row[:2] for row in rows) == sorted(wanted)
    assert {row[2] for row in rows} == {"Cookie", "Local storage", "Session storage", "IndexedDB database"}
    assert all(row[3].strip() and row[4].strip() for row in rows)


@pytest.mark.parametrize("name", FIVE)
def test_who_answers_for_the_data_is_named_before_anything_is_asked(example: Open, name: str) -> None:  # D1
    app = example(name)
    controller = service_of(app).site.controller
    banner = html.unescape(Visitor(app).get("/").text)
    assert controller.name in banner[banner.index('id="consent-title"') : banner.index('class="consent-buttons"')]
    centre = page(app)
    assert controller.name in centre and controller.contact in centre
    visitor = Visitor(app)
    visitor.send("reject_all")
    shown = visitor.get("/consent/notices/" + newest(app)["notice"]).get_json()
    assert shown["controller"]["name"] == controller.name and shown["controller"]["contact"] == controller.contact


def test_of_four_legal_bases_one_is_asked_one_objected_to_and_two_shown(example: Open) -> None:  # D2
    app = example("imagegpt")
    centre = page(app)
    ways = {
        "consent": ('name="purpose"',),
        "legitimate_interest": ('name="object"',),
        "contract": (),
        "legal_obligation": (),
        "necessary": (),
    }
    met = set()
    for purpose in service_of(app).site.purposes:
        said = group(centre, purpose.id)
        texts = service_of(app).notice("en").content["purposes"]
        assert next(each["basis_text"] for each in texts if each["id"] == purpose.id) in said
        found = tuple(way for way in ('name="purpose"', 'name="object"') if way in said)
        assert found == ways[purpose.basis], purpose.id
        met.add(purpose.basis)
        assert (service_of(app).notice("en").texts["purposes_shown_only"] in said) is not purpose.answerable
        if not purpose.asked:
            assert Visitor(app).send("save", purpose=[purpose.id]).status_code == 422
        if purpose.basis != "legitimate_interest":
            assert Visitor(app).send("save", object=[purpose.id]).status_code == 422
    assert met == set(ways)


@pytest.mark.parametrize("name", FIVE)
def test_who_receives_data_abroad_is_named_with_country_and_safeguard(example: Open, name: str) -> None:  # E8
    app = example(name)
    centre, declaration = page(app), page(app, "/consent/declaration")
    vendors = {vendor.id: vendor for _, _, vendor in service_of(app).site.vendors()}
    shown = {
        vendor["id"]: vendor
        for purpose in service_of(app).notice("en").content["purposes"]
        for vendor in purpose["vendors"]
    }
    assert any(vendor.safeguard for vendor in vendors.values())
    for vendor in vendors.values():
        for place in (centre, declaration):
            said = place[place.index(f"<strong>{vendor.name}</strong>") :][:900]
            assert shown[vendor.id]["country_text"] in said
            assert not vendor.safeguard or vendor.safeguard["en"] in said
