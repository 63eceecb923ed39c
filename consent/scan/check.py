"""What was seen in a browser against what the site file declares. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..regimes import Regime
from ..site.model import Kind, Purpose, Site, Vendor


@dataclass(frozen=True, slots=True)
class Stored:
    """Something that is kept on the device. `domain` is a cookie's, without a leading dot."""

    kind: Kind
    name: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one step of a visit left behind: hosts that were asked for something, and what is stored at its end."""

    hosts: frozenset[str]
    stored: frozenset[Stored]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as declared, and what to do about it."""

    step: str
    problem: str
    remedy: str


def unasked(site: Site) -> frozenset[str]:
    """Purposes for which nobody needs to say yes."""
    return frozenset(purpose.id for purpose in site.purposes if not purpose.asked)


def presumed(site: Site, regime: Regime, signal: bool) -> frozenset[str]:
    """Purposes that may run before an answer, in a region and with or without Global Privacy Control."""
    if not regime.presumes or regime.age is not None:
        return unasked(site)
    held = signal and regime.honours_gpc
    return unasked(site) | {
        purpose.id
        for purpose in site.purposes
        if not purpose.explicit
        and not (purpose.sale and held)
        and not (purpose.sensitive and regime.sensitive == "opt-in")
    }


def accepted(site: Site) -> frozenset[str]:
    """Purposes that may run after Accept all."""
    return frozenset(purpose.id for purpose in site.purposes if not purpose.explicit)


def check(site: Site, own: Collection[str], step: str, seen: Seen, allowed: Collection[str]) -> Iterator[Finding]:
    """Everything that a step left behind and was not allowed to, or that nobody declared.

    `own` are the hosts of the site itself and of its consent server, `allowed` the purposes that may run.
    """
    for host in sorted(seen.hosts):
        if any(below(host, mine) for mine in own):
            continue
        receivers = [
            (purpose, vendor) for _, purpose, vendor in site.vendors() if any(below(host, h) for h in vendor.hosts)
        ]
        if not receivers:
            yield Finding(
                step,
                f"The page asked {host} for something, and no vendor declares that host.",
                "Add it to the hosts of its vendor, or take it off the page.",
            )
        elif not any(purpose.id in allowed for purpose, _ in receivers):
            yield Finding(
                step,
                f"The page asked {host} for something. It belongs to {_names(receivers)}, which is off at this point.",
                f'Put data-consent="{receivers[0][0].id}/{receivers[0][1].id}" on what loads it.',
            )
    for item in sorted(seen.stored, key=lambda item: (item.kind, item.name, item.domain)):
        owners = list(_owners(site, item))
        where = f" of {item.domain}" if item.domain and not any(below(item.domain, mine) for mine in own) else ""
        if not owners:
            yield Finding(
                step,
                f"The {_word(item.kind)} “{item.name}”{where} is stored, and nothing declares it.",
                f'Add {{ name = "{item.name}", kind = "{item.kind}" }} to the items of its purpose or vendor.',
            )
        elif not any(purpose.id in allowed for purpose in owners):
            yield Finding(
                step,
                f"The {_word(item.kind)} “{item.name}”{where} is stored. "
                f"It belongs to {owners[0].id}, which is off at this point.",
                "Find what sets it, and have that wait for the purpose.",
            )


def _owners(site: Site, item: Stored) -> Iterator[Purpose]:
    for purpose in site.purposes:
        declared = (*purpose.items, *(each for vendor in purpose.vendors for each in vendor.items))
        if any(each.kind == item.kind and matches(each.name, item.name) for each in declared):
            yield purpose


def _names(receivers: Iterable[tuple[Purpose, Vendor]]) -> str:
    return " and ".join(dict.fromkeys(f"{vendor.name} ({purpose.id})" for purpose, vendor in receivers))


def _word(kind: Kind) -> str:
    return {"cookie": "cookie", "indexeddb": "database"}.get(kind, f"{kind} storage key")


def matches(pattern: str, name: str) -> bool:
    """Whether a stored item's name is one that a declaration means: the same, or one that begins so (`_ga_*`)."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def below(host: str, parent: str) -> bool:
    """Whether a host is another or one below it."""
    return host == parent or host.endswith(f".{parent}")
