"""What is shown to the person, exactly, as a value: the notice. Pure; it is given its translations.

The templates get their words from it and from nothing else, so that what is archived is what was shown. Its id
is the hash of its canonical JSON, in the language shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list

from . import units
from .encoding import b64, canonical, sha256
from .regimes import Regime
from .site.model import Duration, Purpose, Site, StoredItem, Text, Vendor, say
from .terms import lasting, terms_of
from .texts import BASIS, DURATION, KIND, ROLE, TEXTS

Translate = Callable[[str], str]
VERSION = 1
INTRO = {"opt-in": "intro", "opt-out": "intro_out", "notice": "intro_notice"}


@dataclass(frozen=True)
class Notice:
    """A notice and its id. `body` is the canonical JSON that is stored for ever."""

    content: Mapping[str, Any]

    @cached_property
    def body(self) -> bytes:
        """Canonical JSON, UTF-8."""
        return canonical(self.content)

    @cached_property
    def id(self) -> str:
        """base64url SHA-256 of the body, 43 characters."""
        return b64(sha256(self.body))

    @property
    def locale(self) -> str:
        """The language shown."""
        return str(self.content["locale"])

    @property
    def texts(self) -> Mapping[str, str]:
        """The words, by name."""
        texts: Mapping[str, str] = self.content["texts"]
        return texts


def build(site: Site, regime: Regime, locale: str, translate: Translate) -> Notice:
    """The notice of a site under a regime in a locale that Babel knows."""
    babel = Locale.parse(locale)
    words = _Words(babel, locale, translate)
    purposes = [words.purpose(purpose) for purpose in site.purposes]
    asked = [entry["name"] for entry in purposes if entry["asked"] and not entry["explicit"]]
    texts = {name: translate(text) for name, text in TEXTS.items()}
    # Where an age is asked, nothing is on before the answer.
    texts["intro"] = texts[INTRO["opt-in" if regime.age else regime.kind]]
    del texts["intro_out"], texts["intro_notice"]
    texts["intro"] = texts["intro"].format(
        controller=site.controller.name, purposes=format_list(asked, locale=babel) if asked else "–"
    )
    texts["effective"] = texts["effective"].format(date=format_date(site.effective, "long", babel))
    age = {"age": regime.age or ""}
    texts["age_under"], texts["age_over"] = texts["age_under"].format(**age), texts["age_over"].format(**age)
    advice = {"advice": regime.advice} if regime.advice else {}
    return Notice(
        {
            **advice,
            "v": VERSION,
            "site": site.id,
            "site_name": site.name,
            "locale": locale,
            "dir": babel.text_direction,
            "regime": regime.id,
            "kind": regime.kind,
            "controller": {
                "name": site.controller.name,
                "contact": site.controller.contact,
                "address": site.controller.address,
                "country": words.country(site.controller.country),
                "country_code": site.controller.country,
            },
            "policy": site.policy,
            "effective": site.effective.isoformat(),
            "age_minimum": regime.age,
            "dnt": site.dnt,
            "gpc": site.gpc,
            "honours_gpc": regime.honours_gpc,
            "first_layer": list(regime.first_layer),
            "links": _links(site, regime),
            "layout": site.look.layout,
            "purposes": purposes,
            "texts": texts,
        }
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """A site's values in the words of one language."""

    babel: Locale
    locale: str
    translate: Translate

    def purpose(self, purpose: Purpose) -> dict[str, Any]:
        return {
            "id": purpose.id,
            "name": self.say(purpose.name),
            "text": self.say(purpose.text),
            "basis": purpose.basis,
            "basis_text": self.translate(BASIS[purpose.basis]),
            "retention": self.duration(purpose.retention),
            "retention_value": _value(purpose.retention),
            "explicit": purpose.explicit,
            "sale": purpose.sale,
            "sensitive": purpose.sensitive,
            "profiling": purpose.profiling,
            "asked": purpose.asked,
            "answerable": purpose.answerable,
            "vendors": [self.vendor(vendor) for vendor in purpose.vendors],
            "items": [self.item(item) for item in purpose.items],
        }

    def vendor(self, vendor: Vendor) -> dict[str, Any]:
        return {
            "id": vendor.id,
            "name": vendor.name,
            "role": vendor.role,
            "role_text": self.translate(ROLE[vendor.role]),
            "country": vendor.country,
            "country_text": self.country(vendor.country),
            "safeguard": self.say(vendor.safeguard),
            "policy": vendor.policy,
            "items": [self.item(item) for item in vendor.items],
        }

    def item(self, item: StoredItem) -> dict[str, Any]:
        return {
            "name": item.name,
            "kind": item.kind,
            "kind_text": self.translate(KIND[item.kind]),
            "duration": self.duration(item.duration),
            "duration_value": _value(item.duration),
            "text": self.say(item.text),
        }

    def say(self, text: Text) -> str:
        """The site's words; a built-in English sentence comes out translated."""
        return text[self.locale] if self.locale in text else self.translate(say(text, self.locale)) if text else ""

    def country(self, code: str) -> str:
        return str(self.babel.territories.get(code, code))

    def duration(self, duration: Duration | Text) -> str:
        if not isinstance(duration, Duration):
            return self.say(duration)
        if duration.unit in DURATION:
            return self.translate(DURATION[duration.unit])
        return units.duration(duration.count, duration.unit, self.babel)


def _value(duration: Duration | Text) -> list[int | str] | str:
    """The same in every language, so that two notices can be compared: a number and its unit, or the site's words."""
    value = lasting(duration)
    return value if isinstance(value, str) else list(value)


def _links(site: Site, regime: Regime) -> list[str]:
    """The links of a regime, but for those to what the site does not do (CCPA regs §7013(g), §7014(g))."""
    asked = [purpose for purpose in site.purposes if purpose.asked]
    idle = {
        "do_not_sell": not any(purpose.sale for purpose in asked),
        "limit_sensitive": not any(purpose.sensitive for purpose in asked),
    }
    return [link for link in regime.links if not idle.get(link)]


def fingerprints(site: Site) -> dict[str, str]:
    """For each purpose that needs a yes: what the yes is to, in six base64url characters (see `terms`).

    It changes when who asks, a vendor, a stored item, a duration or the retention changes, and not when words do. A
    token's yes counts only for the fingerprint in it, or for what asks for no more (regulation R11).
    """
    return {name: terms.fingerprint for name, terms in terms_of(site).items()}


def wanted(site: Site) -> dict[str, str | int]:
    """Each purpose with its fingerprint, or 1 where no yes is needed: what the gate compares a token with."""
    prints = fingerprints(site)
    return {purpose.id: prints.get(purpose.id, 1) for purpose in site.purposes}


def version(site: Site) -> str:
    """Which version of its terms a site shows, whatever the language and the region: 22 base64url characters."""
    content = {
        "controller": dataclasses.asdict(site.controller),
        "policy": site.policy,
        "effective": site.effective.isoformat(),
        "age": [site.age_minimum, site.age_local, dict(site.age_regions)],
        "purposes": [_plain(purpose) for purpose in site.purposes],
    }
    return b64(sha256(canonical(content)))[:22]


def _plain(purpose: Purpose) -> dict[str, Any]:
    """A purpose's values and its words in every language, as a notice has them."""
    retention = purpose.retention

    def items(found: tuple[StoredItem, ...]) -> list[list[Any]]:
        return [[item.kind, item.name, item.duration.count, item.duration.unit, dict(item.text)] for item in found]

    return {
        **{name: getattr(purpose, name) for name in ("id", "basis", "explicit", "sale", "sensitive", "profiling")},
        "words": [dict(purpose.name), dict(purpose.text)],
        "retention": [retention.count, retention.unit] if isinstance(retention, Duration) else dict(retention),
        "items": items(purpose.items),
        "vendors": [
            [v.id, v.name, v.role, v.country, v.policy, dict(v.safeguard), items(v.items)] for v in purpose.vendors
        ],
    }
