"""Services of another tool that are vendors we know, by their names: `Google Analytics`, `gtag`, `facebookpixel`."""

from __future__ import annotations

import re
from functools import cache

from consent.site.mistakes import short
from consent.site.presets import names, preset

from .draft import Draft, Purpose
from .report import Report

# What many sites run themselves is no vendor then, and is not taken for the maker's own service.
_RUN_BY_ONESELF = frozenset({"countly", "plausible", "posthog", "rudderstack", "snowplow"})
_ALSO = {
    "clarity": "clarity",
    "ga4": "ga4 gtag googleanalytics4 multiplegtag",
    "google_ads": "adwords googleadwords googleadwordsconversion googleadwordsremarketing",
    "google_maps": "googlemapssearch googlemapsembed",
    "gtm": "gtm multiplegoogletagmanager",
    "intercom": "intercomchat",
    "linkedin": "linkedininsight",
    "matomo": "matomocloud",
    "meta": "facebookpixel fbpixel",
    "pinterest": "pinterestpixel",
    "recaptcha": "recaptcha",
    "snap": "snapchatpixel",
    "turnstile": "turnstile",
    "uet": "bingads uet microsoftads",
    "x": "twitterpixel twitteruwt",
    "youtube": "youtubeapi youtubeplaylist",
}


def squashed(name: str) -> str:
    """Its letters and digits alone: `Google-Analytics` becomes `googleanalytics`."""
    return re.sub(r"[^a-z0-9]", "", name[:200].lower())


@cache
def known() -> dict[str, str]:
    """Every name, squashed, by which a preset is recognised."""
    found = {word: id_ for id_, words in _ALSO.items() for word in words.split()}
    for id_ in names():
        if id_ not in _RUN_BY_ONESELF and (one := preset(id_)):
            found[squashed(str(one.vendor["name"]))] = id_
    return found


def recognise(draft: Draft, report: Report) -> None:
    """Let services that we know be named by their preset, where nothing speaks against it."""
    taken: dict[str, Purpose] = {}
    for purpose in draft.purposes.values():
        for service in purpose.services:
            id_ = next(filter(None, (known().get(squashed(name)) for name in (service.key, service.name))), "")
            if id_ and taken.get(id_, purpose) is purpose and _fits(id_, purpose, draft, taken):
                taken[id_] = purpose
                service.preset = id_
                _declared(id_, purpose, report)


def _items(id_: str) -> set[tuple[str, str]]:
    found = preset(id_)
    return {(item.get("kind", "cookie"), item["name"]) for item in found.vendor.get("items", [])} if found else set()


def _fits(id_: str, purpose: Purpose, draft: Draft, taken: dict[str, Purpose]) -> bool:
    """Whether it may stand there: no tracker where nobody is asked, and no item of another purpose."""
    found = preset(id_)
    if found is None or (purpose.needed and found.purpose != "necessary"):
        return False
    mine = _items(id_)
    others = [p for p in draft.purposes.values() if p is not purpose]
    theirs: set[tuple[str, str]] = {(item.kind, item.name) for p in others for item in p.items}
    theirs |= {one for other, where in taken.items() if where is not purpose for one in _items(other)}
    if mine & theirs:
        return False
    needed = {(item.kind, item.name) for p in others if p.needed for item in p.items}
    return not any(
        name.endswith("*") and kind == other and it.startswith(name[:-1]) for kind, name in mine for other, it in needed
    )


def _declared(id_: str, purpose: Purpose, report: Report) -> None:
    """What the preset declares need not be declared again."""
    mine = _items(id_)
    for item in [item for item in purpose.items if (item.kind, item.name) in mine]:
        purpose.items.remove(item)
        report.leave(item.path, f"“{short(item.name)}” is declared by the known vendor “{id_}”: consent vendors {id_}")
