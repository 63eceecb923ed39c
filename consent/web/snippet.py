"""The script that stands on every page: the gate, around it the pieces that the site uses, and its configuration.

    gate(piece(piece({…})))

Each piece is a built expression of `static/dist`, a function from configuration to configuration. What a site does not
use, its visitors do not pay for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .. import assets
from ..earlier import Carried
from ..notice import wanted
from ..remembered import Remembered
from ..site import compat
from ..site.model import Site, StoredItem
from . import tell
from .enforce import ascii_host

# Chromium looks ahead and fetches what stands further down before any script has run, but not where a policy is still
# to come: this one forbids nothing and stands after the gate, so that the gate's own is there in time.
AWAIT = '<meta http-equiv="Content-Security-Policy" content="base-uri *">'


def inline(site: Site, base: str, enforced: bool = False, carried: Carried = (), told: bool | None = None) -> str:
    """The snippet as a classic script, for pages of the host's own. `base` is the blueprint's path; `enforced`: their
    policy is made from the answers (see `enforce`); `carried`: which earlier yes still counts (see `earlier`); `told`:
    whether the law presumes, None where nobody's region is known, so that no yes gives way to a signal. Every page view
    asks for it, so it is made once."""
    made, key = _made(site), (base, enforced, carried, told)
    if key not in made:
        made[key] = _inline(site, *key)
    return made[key]


_made: Remembered[Site, dict[tuple[str, bool, Carried, bool | None], str]] = Remembered(lambda _: {})


def _inline(site: Site, base: str, enforced: bool, carried: Carried, told: bool | None) -> str:
    name = "banner-told.js" if told else "banner.js"
    banner = f"{base}static/{name}?v={assets.version(name)}"
    more = ["enforced.js"] if enforced and site.blocking != "strict" else []  # strict.js sees to the same
    if told is not None:
        more.append("signal.js")
    return assemble(site, {**configuration(site), "u": base, "b": banner}, *more, carried=carried)


def assemble(site: Site, config: Mapping[str, Any], *inner: str, carried: Carried = ()) -> str:
    """The pieces of a site, from the outermost in, and within them those of `inner`, called with `config`."""
    names = [*pieces(site), *inner]
    if carried:
        config = {**config, "z": {name: list(marks) for name, marks in carried}}
        names.insert(1, "carried.js")  # before all that looks at the answers
    text = _safe(json.dumps(config, separators=(",", ":")))
    for name in reversed(names):
        beside = f",{_safe(tell.calls(site))}" if name == "calls.js" else ""
        text = f"{assets.text(name).strip()}({text}{beside})"
    return text


def _safe(text: str) -> str:
    # `<`, which stands in strings only, cannot end the script element that this is inlined into
    return text.replace("<", "\\u003c")


def pieces(site: Site) -> list[str]:
    """The built files that the site needs, the gate first; those further right see the configuration earlier."""
    optional = {
        "strict.js": site.blocking == "strict",  # goes by what the others made of the page
        "handover.js": site.sharing,
        "compat.js": site.compat.markers,
        "embeds.js": compat.embeds(site),
        "choices.js": site.compat.choices,
    }
    return ["gate.js", *(name for name, used in optional.items() if used), *tell.pieces(site)]


def configuration(site: Site) -> dict[str, Any]:
    """What the pieces are told of a site; `gate.js` says what each letter means."""
    config: dict[str, Any] = {"s": site.id, "k": site.cookie, "p": wanted(site), "d": patterns(site)}
    if explicit := [purpose.id for purpose in site.purposes if purpose.explicit]:
        config["e"] = explicit
    if site.after_withdrawal == "reload":
        config["r"] = 1
    if site.cookie_domain:
        config["o"] = site.cookie_domain
    if site.blocking == "strict":
        config["h"] = hosts(site)
    if site.sharing:
        config["f"] = site.sharing
    if site.compat.markers:
        config["compat"] = compat.marks(site)
    if frames := compat.embeds(site):
        config["embeds"] = frames
    if site.compat.choices:
        config["choices"] = site.compat.choices
    return {**config, **tell.configuration(site)}


def hosts(site: Site) -> dict[str, str]:
    """The hosts of each vendor that can be answered, by `purpose/vendor`; under "" what is always allowed, written as
    the sources of a policy (CSP Level 3 §2.3.1): the site's origins, what it lists, vendors of whom nobody is asked."""
    found: dict[str, str] = {}
    always = [source for origin in site.origins for source in (origin, origin.replace("http", "ws", 1))]
    free = list(site.allow)
    for name, purpose, vendor in site.vendors():
        if not purpose.answerable:
            free += vendor.hosts
        elif vendor.hosts:
            found[name] = " ".join(map(ascii_host, vendor.hosts))
    for host in dict.fromkeys(map(ascii_host, free)):
        always += (f"{host}:*", f"*.{host}:*", f"ws://{host}:*", f"ws://*.{host}:*")
    return {"": " ".join(always), **found}


def patterns(site: Site) -> dict[str, str]:
    """The stored items of each purpose that can be answered, as the gate's patterns. HttpOnly ones are the server's."""
    found: dict[str, str] = {}
    for purpose in site.purposes:
        if purpose.answerable:
            found[purpose.id] = _pattern(purpose.items)
            for vendor in purpose.vendors:
                found[f"{purpose.id}/{vendor.id}"] = _pattern(vendor.items)
    return {name: text for name, text in found.items() if text}


_PREFIX = {"cookie": "", "local": "l:", "session": "s:", "indexeddb": "i:"}


def _pattern(items: tuple[StoredItem, ...]) -> str:
    return " ".join(_PREFIX[item.kind] + item.name for item in items if not item.http_only)
