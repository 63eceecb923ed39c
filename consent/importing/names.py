"""Names of stored items and of purposes: from an expression to `_mdw*`, from `Statistics` to `analytics`."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from consent.site import values
from consent.site.mistakes import Bad
from consent.site.schema import cookie_pattern
from consent.site.wording import FORBIDDEN

from .literals import Regex

_ANY_END = re.compile(r"(?:\.|\\w|\\d|\\S|\[[^\[\]\\]+\]|\(\?:\.\)|\(\.\))(?:\*|\+|\{\d*,?\d*\})\??\$?")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_ :=,;@~%!\"'<>&#-]|\\[^A-Za-z0-9])*")  # literal characters of an expression
_HARMLESS_FLAGS = frozenset("gu")

STANDARD_WORDS = {
    "necessary": "necessary essential essentials required strictlynecessary strictly_necessary mandatory technical"
    " necessary_cookies essential_cookies strictly_necessary_cookies",
    "functional": "functional functionality preference preferences comfort personalisation personalization"
    " preferences_cookies functional_cookies functionality_cookies",
    "analytics": "analytics analytic analysis statistics statistic stats performance measurement audience"
    " analytics_cookies performance_cookies statistics_cookies performance_and_analytics",
    "marketing": "marketing advertising advertisement advertisements ads ad targeting targeting_cookies"
    " marketing_cookies advertising_cookies",
}
_STANDARD = {word: purpose for purpose, words in STANDARD_WORDS.items() for word in words.split()}


def standard(name: str) -> str:
    """Which of the four standard purposes is meant by a name, or ""."""
    return _STANDARD.get(slug(name), "")


def slug(name: str) -> str:
    """An id made of any name; "" where no letter of it is Latin."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:200])
    plain = unicodedata.normalize("NFKD", apart).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_").lstrip("0123456789_")[:32].rstrip("_")


def titled(name: str) -> str:
    """A name to show, made of an id: `live-chat` becomes `Live chat`."""
    words = " ".join(re.sub(r"[_\-.]+", " ", name).split())
    if any(rule.pattern.search(words) for rule in FORBIDDEN):
        return "Purpose"
    return words[:1].upper() + words[1:]


def fits(name: str) -> bool:
    """Whether the site file takes this as the name or pattern of a cookie."""
    try:
        return cookie_pattern(values.item_name(name))
    except Bad:
        return False


def patterns(name: str | Regex) -> tuple[str, ...]:
    """The names or beginnings that a name or an expression stands for; empty where the site file cannot say it.

    `/^_mdw_/` begins with it, so it becomes `_mdw_*`; what may match inside of a name becomes nothing.
    """
    if isinstance(name, str):
        return (name,) if fits(name) else ()
    if not set(name.flags) <= _HARMLESS_FLAGS or len(name.pattern) > 500:
        return ()
    found = [_one(part) for part in _alternatives(name.pattern)]
    return tuple(dict.fromkeys(part for part in found if part)) if found and all(found) else ()


def _alternatives(pattern: str) -> list[str]:
    """`^(a|b)$` → `^a$`, `^b$`; `^a|^b` → `^a`, `^b`."""
    group = re.fullmatch(r"\^\((?:\?:)?([^()]*)\)(.*)", pattern)
    if group and "(" not in group[2]:
        return [f"^{part}{group[2]}" for part in group[1].split("|")]
    return [] if "(" in pattern and "|" in pattern else pattern.split("|")


def _one(pattern: str) -> str:
    if not pattern.startswith("^"):
        return ""
    body = pattern[1:]
    match = _PLAIN.match(body)
    literal = match[0] if match else ""
    rest = body[len(literal) :]
    if rest == "$":
        ending = ""
    elif not rest or _ANY_END.fullmatch(rest):
        ending = "*"
    else:
        return ""
    name = re.sub(r"\\(.)", r"\1", literal) + ending
    return name if fits(name) else ""


def cookie_name(*said: Any) -> str:
    """The first of these that can be a cookie's name, or ""."""
    for name in said:
        try:
            return str(values.cookie_name(name))
        except Bad:
            continue
    return ""
