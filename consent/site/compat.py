"""The marks of other consent tools in pages, and which of our purposes and vendors their names stand for.

Each tool documents its own; a name that nobody has mapped stands for nothing, and what it marks stays shut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .mistakes import Bad, nearest, short
from .model import Site
from .values import string

MOST_NAMES = 256
_NAME = re.compile(r"[^\s,\"<>]{1,100}")  # what stands in an attribute, where spaces and commas part names
_SCRIPT = "script[type='text/plain']"
_FRAME = ":is(iframe,img,embed,object,video,audio,source,link):is([data-src],[data-href],[data-srcset])"


@dataclass(frozen=True, slots=True)
class Marks:
    """What one tool reads in a page: where, the attributes that hold its names, what opens its settings, and what its
    own names mean where a site says nothing else."""

    where: tuple[str, ...]
    attributes: tuple[str, ...]
    settings: tuple[str, ...]
    names: Mapping[str, str]


MARKS: Mapping[str, Marks] = {
    "cookiebot": Marks(
        tuple(f"{kind}[data-cookieconsent]" for kind in (_SCRIPT, _FRAME, "[data-cookieblock-src]")),
        ("data-cookieconsent",),
        ("[onclick*='Cookiebot.']", "[href*='Cookiebot.']"),
        {"preferences": "functional", "statistics": "analytics"},
    ),
    "klaro": Marks(
        tuple(f"{kind}[data-name]" for kind in (_SCRIPT, "script[type=opt-in]", _FRAME)),
        ("data-name",),
        ("[onclick*='klaro.show']", "[href*='klaro.show']"),
        {},
    ),
    "onetrust": Marks(
        tuple(f"{kind}[class*='optanon-category-']" for kind in (_SCRIPT, _FRAME)),
        ("class",),
        (".optanon-toggle-display", ".optanon-show-settings", ".ot-sdk-show-settings"),
        {"C0001": "necessary", "C0002": "analytics", "C0003": "functional", "C0004": "marketing"},
    ),
    "orejime": Marks(("template[data-purpose]",), ("data-purpose",), ("[onclick*='orejime.prompt']",), {}),
    "tarteaucitron": Marks(
        (),
        (),
        ("[href='#tarteaucitron']", "[onclick*='tarteaucitron.userInterface']"),
        {"googlemapsembed": "google_maps"},
    ),
    "vanilla": Marks(
        (f"{_SCRIPT}[data-category]",),
        ("data-category", "data-service"),
        ("[data-cc='show-preferencesModal']", "[data-cc='c-settings']"),
        {"functionality": "functional", "ads": "marketing", "targeting": "marketing", "performance": "analytics"},
    ),
}

# The empty elements that tarteaucitron fills, by class: its name of the service, the attribute that says what to show,
# and what the address begins with.
EMBEDS: Mapping[str, tuple[str, str, str]] = {
    "tac_iframe": ("iframe", "url", ""),
    "googlemapsembed": ("googlemapsembed", "data-url", ""),
    "youtube_player": ("youtube", "videoid", "https://www.youtube-nocookie.com/embed/"),
    "vimeo_player": ("vimeo", "videoid", "https://player.vimeo.com/video/"),
    "dailymotion_player": ("dailymotion", "videoid", "https://geo.dailymotion.com/player.html?video="),
    "spotify_player": ("spotify", "spotifyid", "https://open.spotify.com/embed/"),
}


def names(value: Any, _: object) -> dict[str, str]:
    """The reader of `[compat.names]`: their name → a purpose, or purpose/vendor."""
    if not isinstance(value, dict):
        raise Bad("This is not a table.", 'Write their names and ours: statistics = "analytics".')
    if len(value) > MOST_NAMES:
        raise Bad(f"These are {len(value)} names.", f"Write {MOST_NAMES} at most.")
    for name in value:
        if not is_name(name):
            raise Bad(f"“{short(name)}” cannot be a name in a mark.", "Write one without spaces, commas and quotes.")
    return {name: string(meant) for name, meant in value.items()}


def is_name(name: str) -> bool:
    """Whether a mark can hold it. With `!` first it means a no in vanilla-cookieconsent, on which nothing opens."""
    return bool(_NAME.fullmatch(name)) and name.isprintable() and not name.startswith("!")


def mistaken(site: Site) -> Iterator[tuple[str, Bad]]:
    """Each name that stands for nothing that the site asks for."""
    known = {purpose.id: None for purpose in site.purposes} | {name: None for name, _, _ in site.vendors()}
    for name, meant in site.compat.names.items():
        if meant not in known:
            near = nearest(meant, known)
            remedy = f'Did you mean "{near}"?' if near else 'Name a purpose, or purpose/vendor: "analytics/ga4".'
            yield name, Bad(f"There is no “{short(meant)}” here.", remedy)


def meanings(site: Site) -> dict[str, str]:
    """What each name means on this site: what the site says, else our own ids, else what the tools' names say."""
    purposes = {purpose.id for purpose in site.purposes}
    vendors: dict[str, list[str]] = {}
    for name, _, vendor in site.vendors():
        vendors.setdefault(vendor.id, []).append(name)
    own = {purpose: purpose for purpose in purposes}
    own |= {id_: found[0] for id_, found in vendors.items() if len(found) == 1 and id_ not in own}
    standing = {name: own[id_] for tool in site.compat.markers for name, id_ in MARKS[tool].names.items() if id_ in own}
    return {**standing, **own, **site.compat.names}


def marks(site: Site) -> dict[str, Any]:
    """The configuration of the piece that reads marks."""
    tools = [MARKS[tool] for tool in site.compat.markers]
    return {
        # what bears our own mark is ours; `:not(*)` is nothing
        "q": f":is({','.join(where for tool in tools for where in tool.where) or ':not(*)'}):not([data-consent])",
        "a": [attribute for tool in tools for attribute in tool.attributes],
        "n": meanings(site),
        "o": f":is({','.join(where for tool in tools for where in tool.settings)}):not([data-consent-open])",
    }


def embeds(site: Site) -> dict[str, tuple[str, str, str]]:
    """The configuration of the piece that fills frames: those whose service has a meaning here."""
    if "tarteaucitron" not in site.compat.markers:
        return {}
    known = meanings(site)
    return {place: (known[name], attribute, base) for place, (name, attribute, base) in EMBEDS.items() if name in known}
