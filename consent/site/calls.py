"""A call to a vendor's own script, as data: a path of names and plain arguments. No code stands in a site file, so
nothing in one is ever evaluated."""

from __future__ import annotations

import math
import re
from typing import Any

from .mistakes import Bad, short
from .model import Argument, Call, Scalar
from .values import string

MOST_ARGS = 8
MOST_PARTS = 5
MOST_CHARACTERS = 200  # of a text among the arguments
MOST_NUMBER = 2**53 - 1  # what JavaScript counts exactly

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,63}")
# What would make code of an argument, or reach past the vendor's own object.
_FORBIDDEN = frozenset(
    {"eval", "Function", "setTimeout", "setInterval", "execScript", "import"}
    | {"constructor", "prototype", "__proto__"}
    | {"document", "location", "window", "self", "top", "parent", "globalThis"}
)


def call(value: Any) -> Call:
    """`{ call = "posthog.opt_out_capturing", args = [] }`."""
    if not isinstance(value, dict) or not value.keys() <= {"call", "args"} or "call" not in value:
        raise Bad("This is not a call.", 'Write a table: { call = "posthog.opt_out_capturing", args = [] }.')
    args = value.get("args", [])
    if not isinstance(args, list) or len(args) > MOST_ARGS:
        raise Bad("The arguments are not a list, or too many.", f"Write {MOST_ARGS} at most in brackets.")
    return Call(_path(value["call"]), tuple(map(_argument, args)))


def _path(value: Any) -> str:
    text = string(value)
    parts = text.split(".")
    if len(parts) > MOST_PARTS or not all(map(_NAME.fullmatch, parts)):
        raise Bad(
            f"“{short(text)}” is not the path of a function.",
            f'Write up to {MOST_PARTS} names with points between them, such as "posthog.opt_out_capturing".',
        )
    if found := _FORBIDDEN.intersection(parts):
        raise Bad(f"“{min(found)}” is no function of a vendor.", "Name a function of the vendor's own script.")
    return text


def _argument(value: Any) -> Argument:
    if not isinstance(value, list):
        return _scalar(value)
    if len(value) > MOST_ARGS:
        raise Bad("A list among the arguments is too long.", f"Write {MOST_ARGS} entries at most.")
    return tuple(map(_scalar, value))


def _scalar(value: Any) -> Scalar:
    if isinstance(value, str) and len(value) <= MOST_CHARACTERS and value.isprintable():
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= MOST_NUMBER:
        return value
    raise Bad(
        "An argument is not plain.",
        f"Write texts of up to {MOST_CHARACTERS} characters, numbers, true or false, or a list of these.",
    )
