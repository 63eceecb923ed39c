"""The frozen values that a site file becomes. No reading, no checking: see `load`.

A text is a mapping from locale to words. `say(text, locale)` picks one and falls back to the
site's first language, so that a missing translation is never an empty sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Text = Mapping[str, str]
Kind = Literal["cookie", "local", "session", "indexeddb"]
Basis = Literal["consent", "legitimate_interest", "contract", "legal_obligation", "necessary"]
Role = Literal["processor", "controller", "joint_controller"]
ConsentMode = Literal[
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
]  # the types of Google Consent Mode v2
Scalar = str | bool | int | float
Argument = Scalar | tuple[Scalar, ...]
Attitude = Literal["note", "honour"]
Mode = Literal["declared", "strict"]
Layout = Literal["bar", "corner", "corner-start", "centre", "inline"]
RegimeKind = Literal["opt-in", "opt-out", "notice"]
Scheme = Literal["auto", "device", "light", "dark"]
Unit = Literal["session", "minute", "hour", "day", "week", "month", "year", "forever"]

EMPTY: Text = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something is kept: `13 months`, or `session` and `forever`, which have no count."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One key that a purpose or vendor keeps on the device. A trailing `*` makes `name` a prefix pattern."""

    name: str
    kind: Kind
    duration: Duration
    http_only: bool = False
    text: Text = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a vendor's own script and what it is given. It is data: looked up by its path, never evaluated."""

    path: str  # from the window on, such as posthog.opt_out_capturing
    args: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who receives data, and how its scripts are told of an answer.

    What follows `items` is for scripts alone: it stands in no notice and in no fingerprint, so that to add a host
    asks nobody again.
    """

    id: str
    name: str
    role: Role
    country: str  # ISO 3166-1 alpha-2
    policy: str  # https URL
    safeguard: Text = field(
        default_factory=lambda: EMPTY
    )  # what protects a transfer (GDPR Art. 46); empty where none is needed
    items: tuple[StoredItem, ...] = ()
    hosts: tuple[str, ...] = ()  # where its scripts come from and where they send: these hosts, and all below them
    consent_mode: tuple[ConsentMode, ...] = ()  # what of Google Consent Mode v2 a yes grants
    uet_consent: bool = False  # its script takes uetq.push("consent", …)
    clarity_consentv2: bool = False  # its script takes clarity("consentv2", …)
    opt_in: Call | None = None
    opt_out: Call | None = None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is asked for, or shown, with its legal basis (GDPR Art. 6(1))."""

    id: str
    name: Text
    text: Text
    basis: Basis
    retention: Duration | Text
    explicit: bool = False  # never part of Accept all
    sale: bool = False  # sells or shares personal information (CCPA 1798.140(ad), (ah)): what a signal opts out of
    sensitive: bool = False  # uses sensitive personal information (CCPA 1798.140(ae))
    profiling: bool = False  # identifies, locates or profiles (Quebec, Law 25 §8.1)
    vendors: tuple[Vendor, ...] = ()
    items: tuple[StoredItem, ...] = ()  # of the site's own

    @property
    def asked(self) -> bool:
        """Whether a yes is needed."""
        return self.basis == "consent"

    @property
    def answerable(self) -> bool:
        """Whether the person can say no: consent may be refused, a legitimate interest objected to."""
        return self.basis in ("consent", "legitimate_interest")


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data (GDPR Art. 13(1)(a))."""

    name: str
    contact: str  # an e-mail address or an https URL
    address: str = ""
    country: str = ""  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True)
class Look:
    """What a site may style. Colours are `#rrggbb`; `load` refuses what cannot be read (WCAG 2.2 1.4.3)."""

    accent: str = "#1f4fd8"
    accent_dark: str = "#9db8ff"
    layout: Layout = "bar"
    radius: int = 12  # CSS pixels, 0 to 28
    scheme: Scheme = "auto"  # auto: as the page's `color-scheme` is; device: as the person's device is
    font: str = ""  # families as CSS lists them; "": the page's


@dataclass(frozen=True, slots=True)
class Keep:
    """Optional personal fields of a record. All are off unless the site turns them on."""

    ip: Literal["none", "truncated"] = "none"  # /24 and /48
    device: bool = False  # browser family, system family, device class
    page: bool = False  # the path, never the query


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what identifies is kept; None means as `consent.retention` has it."""

    personal: Duration | None = None  # the personal parts of records
    imported: Duration | None = None  # those that hold what another consent tool had stored
    requests: Duration | None = None  # what is kept of the keys of requests
    access: Duration | None = None  # the access log


@dataclass(frozen=True, slots=True)
class Compat:
    """What is taken over from the consent tool that a site had before."""

    markers: tuple[str, ...] = ()  # the tools whose marks in pages are read
    names: Text = field(default_factory=lambda: EMPTY)  # their names → a purpose, or purpose/vendor
    choices: tuple[str, ...] = ()  # what the old tool stored, by name: kept as evidence, and worth nothing


@dataclass(frozen=True, slots=True)
class Google:
    """How Google's tags are told (Consent Mode v2)."""

    mode: Literal["basic", "advanced"] = "basic"  # advanced: its tags load before a yes, and send without cookies
    wait_for_update: int = 500  # milliseconds that a tag holds back for an answer
    redact_ads_data: bool = False  # no click identifiers while ad_storage is denied
    url_passthrough: bool = False  # they travel in the links of the page instead of in cookies


@dataclass(frozen=True, slots=True)
class Ledger:
    """The log of the site's records."""

    seal_after: int = 5  # seconds until a record has its place in it, at most
    entries: bool = True  # whether anyone may read what stands in it, which identifies nobody
    witnesses: tuple[str, ...] = ()  # verifier keys of those whose cosignatures are taken


@dataclass(frozen=True, slots=True)
class Site:
    """One property: its own configuration, origins, keys and ledger."""

    id: str
    name: str
    controller: Controller
    policy: str
    effective: dt.date
    purposes: tuple[Purpose, ...]
    languages: tuple[str, ...] = ("en",)
    origins: tuple[str, ...] = ()
    dnt: Attitude = "note"
    gpc: Attitude = "honour"
    age_minimum: int | None = None  # years; None: nobody is asked, unless for one of the next two
    age_local: bool = False  # the age that the law of the region names
    age_regions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # by region, before the law's
    regions: Mapping[str, RegimeKind] = field(default_factory=lambda: MappingProxyType({}))  # by region, or "*"
    legal_advice: str = ""  # whose, where a region is to be met laxer than its law; stands on every such record
    look: Look = field(default_factory=Look)
    keep: Keep = field(default_factory=Keep)
    retention: Retention = field(default_factory=Retention)
    google: Google = field(default_factory=Google)
    wp_consent_api: bool = False  # tell plugins of WordPress
    data_layer: bool = False  # tell tag managers by an event, also where none is named among the vendors
    after_withdrawal: Literal["reload", "event"] = "reload"
    cookie_name: str = ""  # "" means consent_<id>
    cookie_domain: str = ""  # "" means this host only
    blocking: Mode = "declared"  # strict: a page loads from nobody who is not allowed. Stands in no notice
    allow: tuple[str, ...] = ()  # hosts, and all below them, that strict blocking leaves alone
    sharing: tuple[str, ...] = ()  # origins between which a link takes the choice along
    compat: Compat = field(default_factory=Compat)
    ledger: Ledger = field(default_factory=Ledger)
    announce: str = ""  # the file of the next version, beside this one
    ask_again: Duration | None = None  # how long a yes lasts, where that is shorter than the regime's
    coming: Site | None = None  # that version, while its day has not come. Stands in no notice

    @property
    def cookie(self) -> str:
        """The name of the browser's first-party cookie that carries the token."""
        return self.cookie_name or f"consent_{self.id}"

    @property
    def asks_age(self) -> bool:
        """Whether anybody is asked how old they are."""
        return bool(self.age_minimum or self.age_local or self.age_regions)

    def vendors(self) -> Iterator[tuple[str, Purpose, Vendor]]:
        """Every vendor under each of its purposes, by the name that answers and marks in pages use: purpose/vendor."""
        for purpose in self.purposes:
            for vendor in purpose.vendors:
                yield f"{purpose.id}/{vendor.id}", purpose, vendor

    def purpose(self, purpose_id: str) -> Purpose | None:
        """The purpose of that id, or None."""
        return next((p for p in self.purposes if p.id == purpose_id), None)


def heard(text: Text, locale: str) -> str:
    """The locale whose words are read by who is spoken to in `locale`: its own, else its language's; "" for neither."""
    return next((tag for tag in (locale, locale.split("_")[0]) if text.get(tag)), "")


def say(text: Text, locale: str) -> str:
    """The words in `locale`, else in its language (fr_CA → fr), else the first that there are, else ""."""
    return text.get(heard(text, locale)) or next(iter(text.values()), "")
