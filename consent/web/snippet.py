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
from ..site import compat
from ..site.model import Site, StoredItem


def inline(site: Site, wanted: Mapping[str, Any], base: str) -> str:
    """The snippet as a classic script, for pages of the host's own. `base` is the blueprint's path."""
    banner = f"{base}static/banner.js?v={assets.version('banner.js')}"
    return assemble(site, {**configuration(site, wanted), "u": base, "b": banner})


def assemble(site: Site, config: Mapping[str, Any], *inner: str) -> str:
    """The pieces of a site, from the outermost in, and within them those of `inner`, called with `config`."""
    # `<` cannot end the script element that this is inlined into
    text = json.dumps(config, separators=(",", ":")).replace("<", "\\u003c")
    for name in reversed([*pieces(site), *inner]):
        text = f"{assets.text(name).strip()}({text})"
    return text


def pieces(site: Site) -> list[str]:
    """The built files that the site needs, the gate first; those further right see the configuration earlier."""
    wanted = {"compat.js": site.compat.markers, "embeds.js": compat.embeds(site), "choices.js": site.compat.choices}
    return ["gate.js", *(name for name, used in wanted.items() if used)]


def configuration(site: Site, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What the pieces are told of a site; `gate.js` says what each letter means."""
    config: dict[str, Any] = {"s": site.id, "k": site.cookie, "p": wanted, "d": patterns(site)}
    if explicit := [purpose.id for purpose in site.purposes if purpose.explicit]:
        config["e"] = explicit
    if site.after_withdrawal == "reload":
        config["r"] = 1
    if site.cookie_domain:
        config["o"] = site.cookie_domain
    if site.compat.markers:
        config["compat"] = compat.marks(site)
    if frames := compat.embeds(site):
        config["embeds"] = frames
    if site.compat.choices:
        config["choices"] = site.compat.choices
    return config


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
