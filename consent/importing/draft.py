"""A site file in the making: what a tool's configuration says, before the facts that it does not say are added."""

from __future__ import annotations

from dataclasses import dataclass, field

from consent.site import trackers
from consent.site.model import Kind, Layout, Scheme

from .names import slug, standard
from .report import Left

Text = dict[str, str]  # by language
LONGEST = "13 months"  # what is assumed where a configuration does not say how long something stays


@dataclass(slots=True)
class Item:
    """One thing that is stored. `path` is where the configuration says so; `duration` is "" where it does not."""

    name: str
    path: str
    duration: str = ""
    kind: Kind = "cookie"
    text: Text = field(default_factory=dict)
    http_only: bool = False
    assumed: bool = False  # the configuration does not name it; its maker does


@dataclass(slots=True)
class Service:
    """Who receives data, as far as the configuration says."""

    name: str
    path: str
    policy: str = ""
    key: str = ""  # what the tool calls it
    preset: str = ""  # the vendor that it is, where we know it


@dataclass(slots=True)
class Purpose:
    """What is asked for, or (`needed`) shown."""

    id: str
    path: str
    needed: bool = False
    demoted: bool = False  # it was mandatory, and must be asked here
    assumed: bool = False  # its words are ours
    name: Text = field(default_factory=dict)
    text: Text = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """The site, as far as the configuration says."""

    tool: str = ""  # as `--from` names it
    languages: list[str] = field(default_factory=list)
    purposes: dict[str, Purpose] = field(default_factory=dict)
    policy: str = ""
    domain: str = ""
    layout: Layout | None = None
    scheme: Scheme | None = None
    stored: str = ""  # the cookie or key that holds the old choices
    marks: dict[str, tuple[Purpose, Service | None]] = field(default_factory=dict)  # what pages call them
    honour_dnt: bool = False

    def purpose(self, name: str, path: str, needed: bool = False) -> Purpose:
        """The purpose of that name; made where there is none yet."""
        meant = standard(name)
        id_ = meant if meant and (needed or meant != "necessary") else slug(name) or f"purpose_{len(self.purposes) + 1}"
        if id_ == "necessary" and not needed:  # a name alone makes nothing necessary
            id_ = "not_necessary"
        if id_ not in self.purposes:
            shown = needed and not trackers.measures(id_)
            self.purposes[id_] = Purpose(id_, path, shown, needed and not shown)
        return self.purposes[id_]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a configuration became: a draft, what it is made of, and what was left with the reason."""

    draft: Draft
    carried: frozenset[str]
    left: tuple[Left, ...]
