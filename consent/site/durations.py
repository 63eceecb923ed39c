"""How long something is kept: `13 months`, `session`, `forever`."""

from __future__ import annotations

import re
from typing import get_args

from .mistakes import Bad, nearest, short
from .model import Duration, Unit

UNCOUNTED: tuple[Unit, ...] = ("session", "forever")
COUNTED: tuple[Unit, ...] = tuple(unit for unit in get_args(Unit) if unit not in UNCOUNTED)
MOST = 10_000  # of any unit; a longer time is `forever`

_DAYS = {
    "session": 0.0,
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 30.44,
    "year": 365.25,
}
_SHAPE = re.compile(r"([0-9]{1,9}) *([a-z]{1,20})")
_REMEDY = 'Write a number and a unit, such as "13 months", or "session" or "forever".'


def parse(words: str) -> Duration:
    """A duration from its words, singular or plural.

    Raises:
        Bad: for anything else, zero, or more than 10,000 of a unit.
    """
    text = words.strip().lower()
    for unit in UNCOUNTED:
        if text == unit:
            return Duration(0, unit)
    match = _SHAPE.fullmatch(text)
    if not match:
        raise Bad(f"“{short(words)}” is not a duration.", _REMEDY)
    count, name = int(match[1]), match[2]
    for unit in COUNTED:
        if name in (unit, unit + "s"):
            if not 1 <= count <= MOST:
                raise Bad(f"“{short(words)}” is out of bounds.", f"Write a number from 1 to {MOST}.")
            return Duration(count, unit)
    meant = nearest(name, [*COUNTED, *(unit + "s" for unit in COUNTED)])
    raise Bad(f"“{short(name)}” is not a unit of time.", f'Did you mean "{count} {meant}"?' if meant else _REMEDY)


def looks_like_one(words: str) -> bool:
    """Whether a string was meant as a duration, not as a sentence: it begins with a digit, or is one bare word."""
    text = words.strip()
    return text[:1].isdigit() or text.lower() in UNCOUNTED or (text.isascii() and text.isalpha())


def days(duration: Duration) -> float:
    """About how many days it is; a session counts as none, `forever` as infinitely many."""
    return float("inf") if duration.unit == "forever" else duration.count * _DAYS[duration.unit]
