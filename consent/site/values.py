"""One reader for each kind of value that a site file holds. Each takes the raw value and returns the checked one,
or raises `Bad` with what would be right."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError

from ..ledger.errors import LedgerError
from ..ledger.note import VerifierKey
from . import contrast, durations
from .mistakes import Bad, nearest, short
from .model import Duration

Value = Callable[[Any], Any]

ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
MOST_WORDS = 120  # characters of a name
MOST_TEXT = 2000  # characters of a text
MOST_URL = 2000

_MAIL = re.compile(r"[^\s@<>\"'(),:;\\]{1,64}@([A-Za-z0-9.-]{1,250})")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SHORT_COLOUR = re.compile(r"#[0-9a-f]{3}")
_COOKIE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")  # a token of RFC 9110, as RFC 6265 wants it
_FAMILY = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}( [A-Za-z][A-Za-z0-9-]{0,31}){0,3}")  # needs no quotes in CSS
MOST_FAMILIES = 6
_DELAY = re.compile(r"([0-9]{1,5}) *(second|minute|hour)s?")
_TERRITORY = re.compile(r"[A-Z]{2}")
# Characters that make a text read otherwise than it is written (Unicode TR 36): overrides of direction.
_OVERRIDES = frozenset("\u202d\u202e")

# Codes of CLDR that are no countries of ISO 3166-1.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "XK", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})
COUNTRIES = frozenset(
    code for code in map(str, Locale("en").territories) if _TERRITORY.fullmatch(code) and code not in _NO_COUNTRY
)
_COUNTRY_NAMES = {name.lower(): code for code, name in Locale("en").territories.items() if code in COUNTRIES}


def string(value: Any) -> str:
    """Any string."""
    if not isinstance(value, str):
        raise Bad(f"This is {_kind(value)}, not a text.", "Put the value in quotes.")
    return value


def words(value: Any, most: int = MOST_WORDS) -> str:
    """A line to be shown: not empty, without control characters."""
    text = string(value).strip()
    if not text:
        raise Bad("This is empty.", "Write what people shall read here.")
    if len(text) > most:
        raise Bad(f"This has {len(text)} characters.", f"Use {most} at most.")
    if _OVERRIDES.intersection(text) or any(
        unicodedata.category(char) in ("Cc", "Cs") and char != "\n" for char in text
    ):
        raise Bad("This holds control characters.", "Remove them; line breaks are fine.")
    return text


def file_name(value: Any) -> str:
    """The name of a file beside this one."""
    text = string(value)
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", text):
        raise Bad(f"“{short(text)}” is not the name of a file.", "Name one beside this file.")
    return text


def paragraph(value: Any) -> str:
    """A text to be shown, up to 2,000 characters."""
    return words(value, MOST_TEXT)


def ident(value: Any) -> str:
    """An id: a small letter, then small letters, digits and `_`, 32 characters at most."""
    text = string(value)
    if not ID.fullmatch(text):
        proposal = re.sub(r"[^a-z0-9_]+", "_", text[:200].lower()).strip("_")[:32]
        hint = f' For example "{proposal}".' if ID.fullmatch(proposal) else ""
        raise Bad(
            f"“{short(text)}” is not an id.",
            f"Begin with a small letter; then small letters, digits and _, 32 at most.{hint}",
        )
    return text


def boolean(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Bad(f"This is {_kind(value)}, not true or false.", "Write true or false, without quotes.")
    return value


def whole(low: int, high: int, unit: str) -> Value:
    """A whole number from `low` to `high`, both included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Bad(
                f"This is {_kind(value)}, not a whole number.",
                f"Write a number from {low} to {high} ({unit}).",
            )
        if not low <= value <= high:
            raise Bad(f"{short(value)} is out of bounds.", f"Write a number from {low} to {high} ({unit}).")
        return value

    return read


def one_of(choices: Sequence[str]) -> Value:
    """One word of a few."""

    def read(value: Any) -> str:
        text = string(value)
        if text not in choices:
            meant = nearest(text, choices)
            hint = f' Did you mean "{meant}"?' if meant else ""
            raise Bad(f"“{short(text)}” is not one of the choices.", f"Write {_either(choices)}.{hint}")
        return text

    return read


def url(value: Any) -> str:
    """An absolute https URL; http is taken on localhost only."""
    text = string(value)
    remedy = 'Write a whole address, such as "https://example.com/privacy".'
    if len(text) > MOST_URL or any(char.isspace() or not char.isprintable() for char in text):
        raise Bad("This is no address.", remedy)
    try:
        parts = urlsplit(text)
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Bad(f"“{short(text)}” is no address.", remedy) from None
    if parts.scheme == "http" and not local(name):
        raise Bad("This address is not encrypted.", f'Write "https://{short(text[7:])}".', "GDPR 32(1)(a)")
    if parts.scheme not in ("http", "https") or not host(name) or "@" in parts.netloc:
        raise Bad(f"“{short(text)}” is not an https address.", remedy)
    return text


def page(value: Any) -> str:
    """An https URL, or a path on the same site that begins with one `/`."""
    text = string(value)
    if re.fullmatch(r"/(?![/\\])[^\s\\<>\"]*", text) and text.isprintable() and len(text) <= MOST_URL:
        return text
    return str(url(text))


def origin(value: Any) -> str:
    """Scheme, host and port of a site, nothing after it, in small letters."""
    text = url(value)
    parts = urlsplit(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in text or "#" in text:
        raise Bad(
            f"“{short(text)}” is more than an origin.",
            f'Write "{parts.scheme}://{short(parts.netloc)}", without a path.',
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


def contact(value: Any) -> str:
    """An e-mail address, or the https address of a page with a form."""
    text = string(value).strip()
    match = _MAIL.fullmatch(text)
    if match and host(match[1].lower()) and "." in match[1]:
        return text
    if "@" in text or not text.startswith(("http:", "https:")):
        raise Bad(
            f"“{short(text)}” is neither an e-mail address nor an https address.",
            'Write such as "privacy@example.com".',
            "GDPR 13(1)(a)",
        )
    return str(url(text))


def country(value: Any) -> str:
    """A country's code of two letters (ISO 3166-1)."""
    text = string(value)
    if text in COUNTRIES:
        return text
    upper = text.strip().upper()
    known = {"UK": "GB", "EL": "GR"}.get(upper, upper)
    meant = known if known in COUNTRIES else _COUNTRY_NAMES.get(nearest(text, _COUNTRY_NAMES), "")
    hint = f' Did you mean "{meant}"?' if meant else ""
    raise Bad(
        f"“{short(text)}” is not a country code.",
        f'Write the two letters of ISO 3166-1, such as "DE" or "US".{hint}',
    )


def language(value: Any) -> str:
    """A language that Babel knows, written as Babel writes it: `de`, `de_AT`, `zh_Hant`."""
    text = string(value)
    try:
        if len(text) > 35:
            raise ValueError
        return str(Locale.parse(text.replace("-", "_")))
    except (ValueError, UnknownLocaleError, TypeError):
        raise Bad(
            f"“{short(text)}” is not a language we know.", 'Write its code, such as "en", "de" or "pt_BR".'
        ) from None


def day(value: Any) -> dt.date:
    """A date without a time, from 1995 to 2100."""
    remedy = "Write year, month and day: 2026-04-06."
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            raise Bad(f"“{short(value)}” is not a date.", remedy) from None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise Bad(f"This is {_kind(value)}, not a date.", remedy)
    if not 1995 <= value.year <= 2100:
        raise Bad(f"{value} cannot be right.", remedy)
    return value


def duration(value: Any) -> Duration:
    """A number and a unit, `session` or `forever`."""
    if not isinstance(value, str):
        raise Bad(
            f"This is {_kind(value)}, not a duration.",
            'Write it in quotes with its unit, such as "13 months".',
        )
    return durations.parse(value)


def kept(value: Any) -> Duration:
    """How long something is kept here: a number and a unit, or `forever`."""
    found = duration(value)
    if found.unit == "session":
        raise Bad("There is no session here that could end.", 'Write a number and a unit, such as "13 months".')
    return found


def asked_after(value: Any) -> Duration:
    """After how long somebody who said yes is asked again: from a day to twelve months."""
    found = duration(value)
    if found.unit not in ("day", "week", "month", "year"):
        raise Bad("People are asked again after days, weeks or months.", 'Write it as "3 months".', "R9")
    if durations.days(found) > 366:
        raise Bad("A yes lasts twelve months at most.", 'Write "12 months" or less.', "EDPB 03/2022; R9")
    return found


def colour(surface: str) -> Value:
    """`#rrggbb` or `#rgb`, and legible on the surface that it is used on."""

    def read(value: Any) -> str:
        text = string(value).strip().lower()
        if _SHORT_COLOUR.fullmatch(text):
            text = "#" + "".join(char * 2 for char in text[1:])
        if not _COLOUR.fullmatch(text):
            raise Bad(
                f"“{short(value)}” is not a colour.",
                'Write "#" and six digits from 0 to f, such as "#1f4fd8".',
            )
        if not contrast.legible(text, surface):
            had, near = contrast.ratio(text, surface), contrast.nearest(text, surface)
            raise Bad(
                f"{text} on {surface} has a contrast of {had:.2f}:1, which many people cannot read.",
                f"At least {contrast.LEGIBLE}:1 is needed; the nearest of the same hue that has it is "
                + " or ".join(f'"{each}"' for each in near)
                + ".",
                "Taskforce 2023 ¶14-18; WCAG 2.2 AA 1.4.3, 1.4.11",
            )
        return text

    return read


def font(value: Any) -> str:
    """Families of letters as CSS lists them, `Inter, Helvetica Neue`: plain names, so that they can be nothing else."""
    families = [family.strip() for family in string(value).split(",")]
    if len(families) > MOST_FAMILIES or not all(map(_FAMILY.fullmatch, families)):
        raise Bad(
            f"“{short(value)}” are no names of typefaces.",
            f'Write up to {MOST_FAMILIES}, of letters, digits, spaces and hyphens: "Inter, Helvetica Neue".',
        )
    return ",".join(families)


def delay(low: int, high: int) -> Value:
    """A short time in words, such as `5 seconds`; in seconds."""

    def read(value: Any) -> int:
        match = _DELAY.fullmatch(string(value).strip().lower())
        if not match:
            raise Bad(f"“{short(value)}” is not a time.", 'Write a number and a unit, such as "5 seconds".')
        seconds = int(match[1]) * {"second": 1, "minute": 60, "hour": 3600}[match[2]]
        if not low <= seconds <= high:
            raise Bad(f"“{short(value)}” is out of bounds.", f"Write a time from {low} to {high} seconds.")
        return seconds

    return read


def verifier_key(value: Any) -> str:
    """The public key of a witness: NAME+ID+KEY (C2SP signed-note)."""
    try:
        return str(VerifierKey.parse(string(value)))
    except LedgerError as error:
        raise Bad(
            "This is not the key of a witness.", "Copy it from “ledger” in the keys.json of the witness."
        ) from error


def cookie_name(value: Any) -> str:
    """A cookie's name, 64 characters at most (RFC 6265)."""
    text = string(value)
    if not _COOKIE.fullmatch(text) or "*" in text:
        raise Bad(f"“{short(text)}” cannot be a cookie's name.", "Use letters, digits, - and _, 64 at most.")
    return text


def cookie_domain(value: Any) -> str:
    """The domain that a cookie is set for: a host name, without scheme, port and leading dot."""
    text = string(value).lower().lstrip(".")
    if not host(text) or re.fullmatch(r"[0-9.]+", text) or ("." not in text and text != "localhost"):
        raise Bad(f"“{short(value)}” is not a domain.", 'Write such as "example.com", without https:// and port.')
    return text


def item_name(value: Any) -> str:
    """What a stored item is called. A `*` at the end, after two characters or more, stands for any ending."""
    text = string(value)
    if not 1 <= len(text) <= 128 or any(char.isspace() or not char.isprintable() for char in text):
        raise Bad(f"“{short(text)}” cannot be an item's name.", "Use up to 128 characters without spaces.")
    if "*" in text[:-1] or (text.endswith("*") and len(text) < 3):
        raise Bad(
            f"“{short(text)}” would match too much.",
            'A * stands at the end only, after two characters or more: "_mdw_*".',
        )
    return text


def host(name: str) -> bool:
    """Whether it is a host name (RFC 1123), once written in ASCII."""
    try:
        plain = name.encode("idna").decode("ascii").lower() if not name.isascii() else name.lower()
    except UnicodeError:
        return False
    return 0 < len(plain) <= 253 and all(_LABEL.fullmatch(label) for label in plain.split("."))


def local(name: str) -> bool:
    """Whether a host is this very machine, where browsers treat http as secure."""
    return name in ("localhost", "127.0.0.1") or name.endswith(".localhost")


def _kind(value: Any) -> str:
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number with a point"),
        (str, "a text"),
        (list, "a list"),
        (dict, "a table"),
        (dt.datetime, "a date with a time"),
        (dt.date, "a date"),
        (dt.time, "a time"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "something else")


def _either(choices: Sequence[str]) -> str:
    return " or ".join(f'"{choice}"' for choice in choices)
