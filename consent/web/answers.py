"""Reads a request's body into an answer. Two ways in, one result: a Flask-WTF form, or JSON.

Every field has a bound; what is unknown, missing or of another type is refused, and nothing of it is echoed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from .. import signals
from ..decision import AgeAnswer, Answer, Via
from ..encoding import strict_json
from ..service import Service
from .csrf import StatelessCSRF, valid
from .problems import CSRF, MALFORMED, Problem

MAX_BODY = 16_384  # bytes
MAX_NAMES = 256
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_SIMPLE = ("choice", "notice", "locale", "csrf_token", "return", "key", "via", "dnt", "gpc", "age")
_MANY = ("purpose", "except", "object")
_LONGEST = {"return": 2048}


class Refused(Exception):
    """The body is not an answer; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer with what came along: under which notice, which request, and where to go back to."""

    answer: Answer
    notice: str
    key: str | None
    back: str
    fields: Mapping[str, Any]


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """The form of banner and preference centre: its choice, and our own CSRF token in place of the session's.

    The other fields have names that a Python class may not have (`return`, `except`); `_sent` bounds them all.
    """

    choice = StringField(validators=[DataRequired(), Length(max=32)])

    class Meta:
        """See `csrf`."""

        csrf = True
        csrf_class = StatelessCSRF
        csrf_field_name = "csrf_token"


def from_form(service: Service, data: Any, headers: signals.Headers) -> Sent:
    """The answer in a posted form (`data` a MultiDict). Raises Refused."""
    if len(data) > len(_SIMPLE) + len(_MANY) or any(len(data.getlist(name)) > MAX_NAMES for name in _MANY):
        raise Refused(MALFORMED)
    form = DecisionForm(data, meta={"csrf_context": service})
    if not form.validate():
        raise Refused(CSRF if "csrf_token" in form.errors else MALFORMED)
    fields: dict[str, Any] = {name: data.get(name, "") for name in _SIMPLE}
    fields.update((name, data.getlist(name)) for name in _MANY)
    return _sent(fields, headers)


def from_json(service: Service, body: bytes, headers: signals.Headers) -> Sent:
    """The answer in a JSON object with the form's names; `purpose`, `except`, `object` are lists. Raises Refused."""
    try:
        fields = strict_json(body)
    except (ValueError, RecursionError) as error:
        raise Refused(MALFORMED) from error
    if not isinstance(fields, dict) or not fields.keys() <= _NAMES:
        raise Refused(MALFORMED)
    for name in _MANY:
        given = fields.setdefault(name, [])
        if not isinstance(given, list) or len(given) > MAX_NAMES or not all(isinstance(item, str) for item in given):
            raise Refused(MALFORMED)
    for name in _SIMPLE:
        if not isinstance(fields.setdefault(name, ""), str):
            raise Refused(MALFORMED)
    if not valid(service, fields["csrf_token"]):
        raise Refused(CSRF)
    return _sent(fields, headers)


_NAMES = frozenset(_SIMPLE) | frozenset(_MANY)


def _sent(fields: dict[str, Any], headers: signals.Headers) -> Sent:
    if any(len(fields[name]) > _LONGEST.get(name, 128) for name in _SIMPLE):
        raise Refused(MALFORMED)
    if any(len(item) > 128 for name in _MANY for item in fields[name]):
        raise Refused(MALFORMED)
    if fields["key"] and not _KEY.match(fields["key"]):
        raise Refused(MALFORMED)
    if fields["age"] not in ("", "under", "over") or fields["via"] not in ("", "script", "form", "api"):
        raise Refused(MALFORMED)
    age: AgeAnswer | None = fields["age"] or None
    via: Via = fields["via"] or "form"
    answer = Answer(
        choice=fields["choice"],
        purposes=frozenset(fields["purpose"]),
        exceptions=frozenset(fields["except"]),
        objections=frozenset(fields["object"]),
        via=via,
        age=age,
        signals=signals.read(headers, fields["dnt"], fields["gpc"]),
    )
    return Sent(answer, fields["notice"], fields["key"] or None, fields["return"], fields)
