"""The parsed tables of a site file → a `Site`. Always makes one, with defaults where something is wrong; what is
wrong stands in the report, and only a report without errors makes the site fit for use."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from . import regions, values
from .compat import mistaken
from .mistakes import Bad, nearest, short
from .model import Compat, Controller, Google, Keep, Ledger, Look, Purpose, Retention, Site, Vendor
from .presets import names, preset
from .schema import MOST_PURPOSES, MOST_VENDORS, OTHERS, SECTIONS, VENDOR, Spot, fill, purpose_table, unknown
from .standard import NECESSARY, choice_items

Made = TypeVar("Made")


def build(data: Mapping[str, Any], spot: Spot) -> Site:
    """The site of a whole file. `spot` is the file's top."""
    for key in data:
        if key not in SECTIONS and key not in OTHERS:
            unknown(key, {**SECTIONS, **dict.fromkeys(OTHERS)}, spot)
    site = fill(data.get("site", {}), SECTIONS["site"], spot.at("site"))
    if not site["languages"]:
        spot.at("site", "languages").bad(Bad("No language is left.", 'Name one at least: languages = ["en"].'))
        site["languages"] = ("en",)
    here = dataclasses.replace(spot, languages=site["languages"])
    rest = {key: fill(data.get(key, {}), table, here.at(key)) for key, table in SECTIONS.items() if key != "site"}
    found, advice = regions.read(data.get("regions", {}), here.at("regions"))
    vendors = _by_id(data, "vendors", MOST_VENDORS, here, _vendor)
    purposes = _by_id(data, "purposes", MOST_PURPOSES, here, lambda raw, at: _purpose(raw, at, vendors))
    _report_unused(vendors, purposes, here)
    made = Site(
        **site,
        controller=Controller(**rest["controller"]),
        purposes=tuple(purposes.values()),
        dnt=rest["signals"]["dnt"],
        gpc=rest["signals"]["gpc"],
        wp_consent_api=rest["signals"]["wp_consent_api"],
        data_layer=rest["signals"]["data_layer"],
        google=Google(**rest["google"]),
        age_minimum=rest["age"]["minimum"],
        age_local=rest["age"]["local"],
        age_regions=rest["age"]["regions"],
        regions=found,
        legal_advice=advice,
        look=Look(**rest["look"]),
        keep=Keep(**rest["records"]),
        retention=Retention(**rest["retention"]),
        after_withdrawal=rest["withdrawal"]["then"],
        cookie_name=rest["cookie"]["name"],
        cookie_domain=rest["cookie"]["domain"],
        blocking=rest["blocking"]["mode"],
        allow=rest["blocking"]["allow"],
        sharing=rest["sharing"]["domains"],
        compat=Compat(**rest["compat"]),
        ledger=Ledger(**rest["ledger"]),
    )
    made = dataclasses.replace(made, purposes=_with_necessary(made, here))
    for name, wrong in mistaken(made):
        here.at("compat", "names", name).bad(wrong)
    return made


def _by_id(
    data: Mapping[str, Any], key: str, most: int, spot: Spot, make: Callable[[Any, Spot], Made]
) -> dict[str, Made]:
    """A table of tables: `[vendors.ID]`, `[purposes.ID]`."""
    here = spot.at(key)
    raw = data.get(key, {})
    if not isinstance(raw, dict):
        here.bad(Bad("This is not a table.", f"Write [{key}.ID] and its keys below, one for each."))
        return {}
    if len(raw) > most:
        here.bad(Bad(f"These are {len(raw)} {key}.", f"Declare {most} at most."))
        return {}
    made: dict[str, Made] = {}
    for id_, table in raw.items():
        try:
            values.ident(id_)
        except Bad as wrong:
            here.at(id_).bad(wrong)
        made[id_] = make(table, here.at(id_))
    return made


def _vendor(raw: Any, spot: Spot) -> Vendor:
    return Vendor(id=str(spot.path[-1]), **fill(raw, VENDOR, spot))


def _purpose(raw: Any, spot: Spot, vendors: Mapping[str, Vendor]) -> Purpose:
    id_ = str(spot.path[-1])
    found = fill(raw, purpose_table(id_), spot)
    known: list[Vendor] = []
    for index, vendor in enumerate(found["vendors"]):
        if vendor in vendors:
            known.append(vendors[vendor])
            continue
        if ready := preset(vendor):
            there = spot.elsewhere(f"presets/{vendor}.toml").at("vendors", vendor)
            known.append(_vendor(ready.in_languages(spot.languages), there))
            continue
        meant = nearest(vendor, (*vendors, *names()))
        remedy = f'Did you mean "{meant}"?' if meant else f"Declare it: [vendors.{short(vendor)}]."
        spot.at("vendors", index).bad(Bad(f"There is no vendor “{short(vendor)}”.", remedy))
    return Purpose(**{**found, "id": id_, "vendors": tuple(known)})


def _report_unused(vendors: Mapping[str, Vendor], purposes: Mapping[str, Purpose], spot: Spot) -> None:
    used = {vendor.id for purpose in purposes.values() for vendor in purpose.vendors}
    for id_ in vendors:
        if id_ not in used:
            spot.report.add(
                ("vendors", id_),
                "No purpose names this vendor, so nobody is told of it.",
                f'Add "{short(id_)}" to the vendors of a purpose, or remove it.',
                severity="warning",
            )


def _with_necessary(site: Site, spot: Spot) -> tuple[Purpose, ...]:
    """`necessary` comes first, always exists, and declares the cookie that remembers the choice."""
    raw = site.purpose(NECESSARY) or _purpose({}, spot.at("purposes", NECESSARY), {})
    declared = any(item.kind == "cookie" and fnmatchcase(site.cookie, item.name) for item in raw.items)
    first = raw if declared else dataclasses.replace(raw, items=(*raw.items, *choice_items(site.cookie)))
    return (first, *(purpose for purpose in site.purposes if purpose.id != NECESSARY))
