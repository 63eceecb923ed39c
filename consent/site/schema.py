"""The keys of a site file, table by table: how each is read, what it is when absent, and whether it may be.

The documentation of each key is `docs/site-file.md`; a test holds the two together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from ..locale import available
from . import calls, compat, contrast, durations, regions, values
from .mistakes import Bad, Path, Report, nearest, short
from .model import (
    EMPTY,
    Attitude,
    Basis,
    ConsentMode,
    Duration,
    Google,
    Kind,
    Layout,
    Ledger,
    Look,
    Mode,
    Role,
    Scheme,
    StoredItem,
    Text,
)
from .refused import REFUSED
from .standard import STANDARD
from .write import ALL

AGES = 12, 21  # the lowest threshold of a law (Brazil, LGPD 14) and the highest
MOST_BYTES = 256 * 1024
MOST_PURPOSES = 32
MOST_VENDORS = 256
MOST_ITEMS = 256  # of one purpose or vendor
MOST_HOSTS = 64  # of one vendor, and of those that strict blocking leaves alone
MOST_LANGUAGES = 64
MOST_ORIGINS = 64
MOST_CHOICES = 8
MOST_WITNESSES = 16

SESSION = Duration(0, "session")
EVERY = ["en", ALL]  # what `languages = "all"` stands for: English leads


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the file, with what a reader there has to know."""

    report: Report
    path: Path
    languages: tuple[str, ...] = ("en",)

    def at(self, *parts: str | int) -> Spot:
        """A place inside this one."""
        return Spot(self.report, (*self.path, *parts), self.languages)

    def elsewhere(self, file: str) -> Spot:
        """The top of another file, read in the same languages."""
        return Spot(Report(file), (), self.languages)

    def bad(self, wrong: Bad) -> None:
        """Note an error here."""
        self.report.add(self.path, wrong.problem, wrong.remedy, wrong.source)


Reader = Callable[[Any, Spot], Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its reader, its value when absent (or when what stands there is wrong) and, if it is needed, why."""

    read: Reader
    default: Any = None
    needed: str = ""  # what to write when it is absent; "" where it may be
    source: str = ""  # the rule that needs it


Table = Mapping[str, Key]


def plain(read: values.Value) -> Reader:
    """A reader of single values, where the place does not matter."""
    return lambda value, _: read(value)


def text(value: Any, spot: Spot, most: values.Value = values.paragraph) -> Text:
    """A sentence, which is in the site's first language, or a table of sentences by language."""
    if not isinstance(value, dict):
        return {spot.languages[0]: most(value)}
    found: dict[str, str] = {}
    for tag, sentence in value.items():
        try:
            found[values.language(tag)] = most(sentence)
        except Bad as wrong:
            spot.at(tag).bad(wrong)
    if not value:
        raise Bad("This table is empty.", 'Write the text, or a table such as {en = "…", de = "…"}.')
    # The site's first language comes first: it is what is shown where a translation is missing.
    return {tag: found[tag] for tag in sorted(found, key=lambda tag: tag != spot.languages[0])}


def name(value: Any, spot: Spot) -> Text:
    """A short text, 120 characters at most in each language."""
    return text(value, spot, values.words)


def retention(value: Any, spot: Spot) -> Duration | Text:
    """A duration, or words where no number says it (“until you delete the picture”)."""
    if isinstance(value, str) and durations.looks_like_one(value):
        return durations.parse(value)
    return text(value, spot)


def listed(read: Reader, most: int, what: str) -> Reader:
    """A list without repetitions, `most` entries at most."""

    def entries(value: Any, spot: Spot) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise Bad("This is not a list.", f"Write the {what} in brackets: [ … ].")
        if len(value) > most:
            raise Bad(f"These are {len(value)} {what}.", f"List {most} at most.")
        found: list[Any] = []
        for index, entry in enumerate(value):
            here = spot.at(index)
            try:
                one = read(entry, here)
                if one in found:
                    raise Bad(f"“{short(entry)}” stands here twice.", "Remove one of them.")
                found.append(one)
            except Bad as wrong:
                here.bad(wrong)
        return tuple(found)

    return entries


def fill(raw: Any, table: Table, spot: Spot) -> dict[str, Any]:
    """The values of a table, each read by its key. What is wrong or unknown is reported, and its default taken."""
    if not isinstance(raw, dict):
        spot.bad(Bad("This is not a table.", f"Write [{short('.'.join(map(str, spot.path)))}] and its keys below."))
        return {key: rule.default for key, rule in table.items()}
    for key in raw:
        if key not in table:
            unknown(key, table, spot)
    return {key: _value(raw, key, rule, spot) for key, rule in table.items()}


def unknown(key: str, known: Mapping[str, Any], spot: Spot) -> None:
    """Report a key that is not known: with the rule that forbids it, or with the nearest one that is."""
    if rule := REFUSED.get(key.lower().replace("-", "_")):
        spot.at(key).bad(Bad(*rule))
        return
    meant = nearest(key, known)
    remedy = f'Did you mean "{meant}"?' if meant else f"Known here: {', '.join(known)}."
    spot.at(key).bad(Bad("This key is not known.", remedy))


def _value(raw: Mapping[str, Any], key: str, rule: Key, spot: Spot) -> Any:
    if key not in raw:
        if rule.needed:
            spot.at(key).bad(Bad("This is missing.", rule.needed, rule.source))
        return rule.default
    try:
        return rule.read(raw[key], spot.at(key))
    except Bad as wrong:
        spot.at(key).bad(wrong)
        return rule.default


def languages(value: Any, spot: Spot) -> tuple[str, ...]:
    """A list of languages, the first one leading; `"all"`, alone or in it, stands for the others that we speak."""
    named = listed(plain(_language), MOST_LANGUAGES, "languages")(EVERY if value == ALL else value, spot)
    found = tuple(dict.fromkeys(tag for entry in named for tag in (("en", *available()) if entry == ALL else (entry,))))
    if len(found) > MOST_LANGUAGES:
        raise Bad(f"With all of ours these are {len(found)} languages.", f"List {MOST_LANGUAGES} at most.")
    return found


def _language(value: Any) -> str:
    return ALL if value == ALL else values.language(value)


def items(value: Any, spot: Spot) -> tuple[StoredItem, ...]:
    """The stored items of a purpose or a vendor, as a list of tables."""
    made: tuple[StoredItem, ...] = listed(_item, MOST_ITEMS, "items")(value, spot)
    seen: set[tuple[str, str]] = set()
    for index, item in enumerate(made):
        if item.name and (item.kind, item.name) in seen:
            spot.at(index).bad(Bad(f"The {item.kind} “{short(item.name)}” is declared twice.", "Remove one of them."))
        seen.add((item.kind, item.name))
    return made


def _item(value: Any, spot: Spot) -> StoredItem:
    raw = fill(value, ITEM, spot)
    kind, lasting = raw["kind"], raw["duration"]
    if kind == "session":
        if lasting not in (None, SESSION):
            spot.at("duration").bad(
                Bad(
                    "Session storage goes when the tab is closed.",
                    'Write duration = "session", or leave it out.',
                )
            )
        lasting = SESSION
    elif lasting is None and isinstance(value, dict) and "duration" not in value:
        spot.at("duration").bad(
            Bad(
                "This is missing.",
                'Say how long it stays: duration = "13 months".',
                "GDPR 13(2)(a); Planet49 ¶75-81",
            )
        )
    if kind == "cookie" and raw["name"] and not cookie_pattern(raw["name"]):
        spot.at("name").bad(Bad(f"“{short(raw['name'])}” cannot be a cookie's name.", "Use letters, digits, - and _."))
    if raw["http_only"] and kind != "cookie":
        spot.at("http_only").bad(Bad("Only a cookie can be http_only.", "Remove it."))
    return StoredItem(**{**raw, "duration": lasting or SESSION})


def cookie_pattern(pattern: str) -> bool:
    """Whether a cookie may be called so, the `*` at the end aside."""
    try:
        values.cookie_name(pattern.removesuffix("*"))
    except Bad:
        return False
    return True


SITE: Table = {
    "id": Key(plain(values.ident), "site", 'Give the site an id, such as id = "shop".'),
    "name": Key(plain(values.words), "", 'Write the name that visitors know, such as name = "Example Shop".'),
    "policy": Key(
        plain(values.page),
        "",
        'Link your privacy policy: policy = "https://example.com/privacy".',
        "GDPR 13; R6",
    ),
    "effective": Key(plain(values.day), dt.date(2000, 1, 1), "Say since when this holds: effective = 2026-04-06."),
    "languages": Key(languages, ("en",)),
    "origins": Key(listed(plain(values.origin), MOST_ORIGINS, "origins"), ()),
    "announce": Key(plain(values.file_name), ""),
    "ask_again": Key(plain(values.asked_after), None),
}

CONTROLLER: Table = {
    "name": Key(plain(values.words), "", "Name who answers for the data, as the law knows them.", "GDPR 13(1)(a); R6"),
    "contact": Key(
        plain(values.contact),
        "",
        'Give an e-mail address: contact = "privacy@example.com".',
        "GDPR 13(1)(a); R6",
    ),
    "address": Key(plain(values.paragraph), ""),
    "country": Key(plain(values.country), ""),
}

SIGNALS: Table = {
    "dnt": Key(plain(values.one_of(get_args(Attitude))), "note"),
    "gpc": Key(plain(values.one_of(get_args(Attitude))), "honour"),
    "wp_consent_api": Key(plain(values.boolean), False),
    "data_layer": Key(plain(values.boolean), False),
}

GOOGLE: Table = {
    "mode": Key(plain(values.one_of(("basic", "advanced"))), Google().mode),
    "wait_for_update": Key(plain(values.whole(0, 10_000, "milliseconds")), Google().wait_for_update),
    "redact_ads_data": Key(plain(values.boolean), Google().redact_ads_data),
    "url_passthrough": Key(plain(values.boolean), Google().url_passthrough),
}

AGE: Table = {
    "minimum": Key(plain(values.whole(*AGES, "years")), None),
    "local": Key(plain(values.boolean), False),
    "regions": Key(regions.ages, MappingProxyType({})),
}

LOOK: Table = {
    "accent": Key(plain(values.colour(contrast.LIGHT_SURFACE)), Look().accent),
    "accent_dark": Key(plain(values.colour(contrast.DARK_SURFACE)), Look().accent_dark),
    "layout": Key(plain(values.one_of(get_args(Layout))), Look().layout),
    "radius": Key(plain(values.whole(0, 28, "pixels")), Look().radius),
    "scheme": Key(plain(values.one_of(get_args(Scheme))), Look().scheme),
    "font": Key(plain(values.font), Look().font),
}

RECORDS: Table = {
    "ip": Key(plain(values.one_of(("none", "truncated"))), "none"),
    "device": Key(plain(values.boolean), False),
    "page": Key(plain(values.boolean), False),
}

RETENTION: Table = {name: Key(plain(values.kept), None) for name in ("personal", "imported", "requests", "access")}

WITHDRAWAL: Table = {"then": Key(plain(values.one_of(("reload", "event"))), "reload")}

BLOCKING: Table = {
    "mode": Key(plain(values.one_of(get_args(Mode))), "declared"),
    "allow": Key(listed(plain(values.cookie_domain), MOST_HOSTS, "hosts"), ()),
}

COOKIE: Table = {
    "name": Key(plain(values.cookie_name), ""),
    "domain": Key(plain(values.cookie_domain), ""),
}

SHARING: Table = {"domains": Key(listed(plain(values.origin), MOST_ORIGINS, "origins"), ())}
COMPAT: Table = {
    "markers": Key(listed(plain(values.one_of(tuple(compat.MARKS))), len(compat.MARKS), "tools"), ()),
    "names": Key(compat.names, EMPTY),
    "choices": Key(listed(plain(values.cookie_name), MOST_CHOICES, "names"), ()),
}

LEDGER: Table = {
    "seal_after": Key(plain(values.delay(1, 3600)), Ledger().seal_after),
    "entries": Key(plain(values.boolean), Ledger().entries),
    "witnesses": Key(listed(plain(values.verifier_key), MOST_WITNESSES, "witnesses"), ()),
}

ITEM: Table = {
    "name": Key(plain(values.item_name), "", 'Name the key as the browser shows it: name = "_mdw".'),
    "kind": Key(plain(values.one_of(get_args(Kind))), "cookie"),
    "duration": Key(plain(values.duration), None),
    "http_only": Key(plain(values.boolean), False),
    "text": Key(text, EMPTY),
}


VENDOR: Table = {
    "name": Key(plain(values.words), "", 'Write the name that people know, such as name = "Meadow Analytics".'),
    "role": Key(plain(values.one_of(get_args(Role))), "processor"),
    "country": Key(plain(values.country), "", 'Say where the vendor is: country = "DE".', "GDPR 13(1)(e), (f)"),
    "policy": Key(
        plain(values.url),
        "",
        'Link its privacy policy: policy = "https://vendor.example/privacy".',
        "GDPR 13(1)(e)",
    ),
    "safeguard": Key(text, EMPTY),
    "items": Key(items, ()),
    "hosts": Key(listed(plain(values.cookie_domain), MOST_HOSTS, "hosts"), ()),
    "consent_mode": Key(listed(plain(values.one_of(get_args(ConsentMode))), len(get_args(ConsentMode)), "types"), ()),
    "uet_consent": Key(plain(values.boolean), False),
    "clarity_consentv2": Key(plain(values.boolean), False),
    "opt_in": Key(plain(calls.call), None),
    "opt_out": Key(plain(calls.call), None),
}


def purpose_table(id_: str) -> Table:
    """The keys of a purpose. One of the four standard ones has words and a basis of its own already."""
    known = STANDARD.get(id_)
    lasting = {"en": known.retention} if known and known.retention else None
    return {
        "name": Key(
            name,
            {"en": known.name} if known else EMPTY,
            "" if known else "Name the purpose in a word or two.",
        ),
        "text": Key(
            text,
            {"en": known.text} if known else EMPTY,
            "" if known else "Say in plain words what is done, and why.",
            "GDPR 13(1)(c); R6",
        ),
        "basis": Key(
            plain(values.one_of(get_args(Basis))),
            known.basis if known else "consent",
            "" if known else 'Name the legal basis, such as basis = "consent".',
            "GDPR 6(1), 13(1)(c)",
        ),
        "retention": Key(
            retention,
            lasting or EMPTY,
            "" if lasting else 'Say how long data are kept: retention = "13 months", or in words.',
            "GDPR 13(2)(a)",
        ),
        "explicit": Key(plain(values.boolean), False),
        "sale": Key(plain(values.boolean), bool(known and known.sale)),
        "sensitive": Key(plain(values.boolean), False),
        "profiling": Key(plain(values.boolean), False),
        "vendors": Key(listed(plain(values.string), MOST_VENDORS, "vendors"), ()),
        "items": Key(items, ()),
    }


SECTIONS: Mapping[str, Table] = {
    "site": SITE,
    "controller": CONTROLLER,
    "signals": SIGNALS,
    "google": GOOGLE,
    "age": AGE,
    "look": LOOK,
    "records": RECORDS,
    "retention": RETENTION,
    "withdrawal": WITHDRAWAL,
    "blocking": BLOCKING,
    "cookie": COOKIE,
    "sharing": SHARING,
    "compat": COMPAT,
    "ledger": LEDGER,
}
OTHERS = ("vendors", "purposes", "regions")  # these hold one entry for each id or region
