"""Where the person at the other end is, as the operator has us know it: CONSENT_REGION. Never asked of anybody.

    "cloudflare" and the like    the headers that such a proxy sets
    "header:NAME"                a header of one's own, with a code of ISO 3166; "header:COUNTRY,SUBDIVISION" for two
    "database:PATH"              a file in the format of MaxMind, by the address of the request
    "FR", "US-CA"                everybody is there

A header counts because the operator says that one in front sets it, and for no other reason. What nobody knows is None,
which is the strictest (design, decision 9).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flask import Response

from ..errors import ConsentError
from ..notice import Notice
from ..regimes import REGIONS, region
from ..regimes.table import STRICTNESS
from ..service import Service

# The headers of a country and of its subdivision, from each provider's own documentation. Fastly sets none by itself:
# these are those of its geofencing tutorial.
PROVIDERS: Mapping[str, tuple[str, str]] = {
    "appengine": ("X-AppEngine-Country", "X-AppEngine-Region"),
    "cloudflare": ("CF-IPCountry", "CF-Region-Code"),  # the second by the managed transform “visitor location headers”
    "cloudfront": ("CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Region"),
    "fastly": ("Client-Geo-Country", "Client-Geo-Region"),
    "vercel": ("X-Vercel-IP-Country", "X-Vercel-IP-Country-Region"),
}
LONGEST = 6  # characters of a code
MOST = 4  # codes in a list
UNKNOWN = "-"  # stands for None where a list of codes is text
NOWHERE = frozenset({"XX", "T1", "ZZ", "A1", "A2", "O1", "AP", "EU"})  # what providers say where they do not know
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_PART = re.compile(r"[A-Z0-9]{1,3}\Z")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}\Z")
_WAYS = (
    f'Write one of {", ".join(PROVIDERS)}, "header:NAME", "database:PATH", or a region such as "FR" or "US-CA". '
    "Without it everybody is met by the strictest rules."
)


class RegionError(ConsentError):
    """CONSENT_REGION cannot be used; the message says why, and what to write."""


class Source(Protocol):
    """A way to know a region. `varies`: request headers that the answer depends on; `by_address`: it depends on who
    asks, so that no shared cache may keep what was made of it."""

    @property
    def varies(self) -> tuple[str, ...]:
        """Names of headers."""

    @property
    def by_address(self) -> bool:
        """Whether it depends on the address."""

    def __call__(self, environ: Mapping[str, Any]) -> str | None:
        """The region of a WSGI request."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same for everyone. None: nothing is known of anybody."""

    code: str | None = None
    varies: tuple[str, ...] = ()
    by_address: bool = False

    def __call__(self, environ: Mapping[str, Any]) -> str | None:  # noqa: ARG002 (as the others)
        """The region."""
        return self.code


@dataclass(frozen=True, slots=True)
class Headers:
    """What a proxy says."""

    varies: tuple[str, ...]
    by_address: bool = False
    _keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        keys = tuple("HTTP_" + name.upper().replace("-", "_") for name in self.varies)
        object.__setattr__(self, "_keys", keys)

    def __call__(self, environ: Mapping[str, Any]) -> str | None:
        """The region."""
        country, *part = (str(environ.get(key, "")) for key in self._keys)
        return code(country, *part)


class Database:
    """A file in the format of MaxMind's GeoIP2: country and first subdivision. It is mapped into memory."""

    varies: tuple[str, ...] = ()
    by_address = True

    def __init__(self, path: Path) -> None:
        try:
            import maxminddb
        except ImportError as error:
            raise RegionError("CONSENT_REGION needs a library: pip install 'consent-ledger[geo]'") from error
        try:
            self._reader: Any = maxminddb.open_database(path)  # mapped, by the C extension where it is there
            kind = str(self._reader.metadata().database_type)
        except OSError as error:
            raise RegionError(
                f"CONSENT_REGION: {path} cannot be read ({error.strerror}). Put the file there."
            ) from error
        except maxminddb.InvalidDatabaseError as error:
            raise RegionError(
                f"CONSENT_REGION: {path} is damaged, or no database in the format of MaxMind. Download it again."
            ) from error
        self._damaged = maxminddb.InvalidDatabaseError
        if not any(word in kind.lower() for word in ("country", "city", "enterprise")):
            raise RegionError(f"CONSENT_REGION: {path} ({kind}) has no countries. Take one of countries or of cities.")

    def __call__(self, environ: Mapping[str, Any]) -> str | None:
        """The region."""
        try:
            address = ipaddress.ip_address(str(environ.get("REMOTE_ADDR", "")))
            found = self._reader.get(getattr(address, "ipv4_mapped", None) or address)
            return code(*_named(found)) if isinstance(found, dict) else None
        except (ValueError, self._damaged):  # no address, of a kind that the file has not, or a damaged page of it
            return None


def _named(found: dict[str, Any]) -> tuple[str, str]:
    """The codes of country and first subdivision in an entry, "" for what is missing or of another form."""
    country, parts = found.get("country"), found.get("subdivisions")
    part = parts[0] if isinstance(parts, list) and parts else None
    names = (str(each.get("iso_code") or "") if isinstance(each, dict) else "" for each in (country, part))
    return next(names), next(names)


def read(setting: Any, root: Path) -> Source:
    """The source that CONSENT_REGION names; a relative path is one below `root`. Raises RegionError."""
    if setting is None or setting == "":
        return Fixed()
    if not isinstance(setting, str):
        raise RegionError(f"CONSENT_REGION is no text. {_WAYS}")
    if names := PROVIDERS.get(setting.lower()):
        return Headers(names)
    kind, colon, value = setting.partition(":")
    if colon and kind == "header":
        wanted = tuple(name.strip() for name in value.split(","))
        if len(wanted) > 2 or not all(map(_HEADER.match, wanted)):
            raise RegionError(f"CONSENT_REGION: “{value[:80]}” is no name of a header. {_WAYS}")
        return Headers(wanted)
    if colon and kind == "database" and value:
        return Database(root / value)
    if (known := code(setting)) is None or region(known) is None:
        raise RegionError(f"CONSENT_REGION: “{setting[:80]}” is not known. {_WAYS}")
    return Fixed(known)


def code(country: str, part: str = "") -> str | None:
    """A region's code (ISO 3166-2) from its own, or from a country's and a subdivision's; None for what is none.

    Where a law of a country's part is stricter than the country's and nobody knows the part, it is that part.
    """
    country, part = country.strip().upper(), part.strip().upper()
    if len(country) > LONGEST or len(part) > LONGEST:
        return None
    country, _, own = country.partition("-")
    if not _COUNTRY.match(country) or country in NOWHERE:
        return None
    part = part.removeprefix(f"{country}-") or own  # some name the country again
    return f"{country}-{part}" if _PART.match(part) else _STRICTEST.get(country, country)


def _strictest_parts() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in REGIONS.values():
        country, _, part = row.code.partition("-")
        if part and STRICTNESS[row.regime.kind] > STRICTNESS[REGIONS[country].regime.kind]:
            found[country] = row.code
    return found


_STRICTEST = _strictest_parts()  # Canada's is Quebec


def strictest(service: Service, codes: tuple[str | None, ...]) -> str | None:
    """Of several regions, one of which a person is in, that with the strictest rules; None is stricter than all."""
    best = codes[0]
    for other in codes[1:]:
        if other is None or (best is not None and service.regime(best).laxer_than(service.regime(other))):
            best = other
    return best


def from_list(service: Service, text: str) -> str | None:
    """The strictest in a list of codes, as a tag's addresses and answers carry it; what is no code is unknown."""
    if not text or len(text) > MOST * (LONGEST + 1):
        return None
    return strictest(service, tuple(code(each) for each in text.split(",")))


def of_page(service: Service, source: Source, environ: Mapping[str, Any], said: str) -> str | None:
    """Where somebody is whose page says so, too: that counts where nothing is set up here, or where it is stricter."""
    if source == Fixed():
        return from_list(service, said)
    here = source(environ)
    return strictest(service, (here, from_list(service, said))) if said else here


def known(service: Service, found: str | None) -> str:
    """A region as few others as there are rules for: for what is kept by region."""
    row = region(found)
    own = found in service.site.regions or found in service.site.age_regions
    return UNKNOWN if row is None else str(found) if own else row.code


def where(service: Service, notice: Notice) -> str:
    """A region that has this notice, for the answers to it; "" for that of nowhere."""
    locale = notice.locale
    if service.notice(locale).id == notice.id:
        return ""
    return next((code for code in REGIONS if service.notice(locale, region=code).id == notice.id), "")


def link_countries(service: Service, here: str | None) -> str:
    """Countries in parts of which this site shows more links than that to the settings, as a regular expression.

    `here`: the only region that is possible, unless its page names a stricter one.
    """
    possible = REGIONS if here is None else [here]
    return "|".join(sorted({code[:2] for code in possible if service.notice(region=code).content["links"]}))


def depend(response: Response, source: Source) -> None:
    """Say of a response that the region had a part in it."""
    for name in source.varies:
        response.vary.add(name)
    if source.by_address:
        response.cache_control.public = False
        response.cache_control.s_maxage = None
        response.cache_control.private = True
