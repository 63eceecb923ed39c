"""Reads a request's body into an answer. Ways in: a person's form (Flask-WTF), a script's form, or JSON.

Every field has a bound; what is unknown, missing or of another type is refused, and nothing of it is echoed.
What a script sends is checked here by hand, to the same result: Flask-WTF costs as much as all the rest of a decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from .. import signals
from ..decision import AgeAnswer, Answer, Via
from ..encoding import strict_json
from ..service import Service
from ..token import MAX_LENGTH
from .csrf import StatelessCSRF, valid
from .problems import CSRF, MALFORMED, Problem

MAX_BODY = 16_384  # bytes
MAX_NAMES = 256
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
LONGEST = 128  # characters, of each name and value
_SIMPLE = dict.fromkeys(("choice", "notice", "locale", "csrf_token", "key", "via", "dnt", "gpc", "age"), LONGEST)
_SIMPLE["return"] = 2048
_SIMPLE["token"] = MAX_LENGTH
_SIMPLE["region"] = 32
_MANY = ("purpose", "except", "object")
_NAMES = frozenset((*_SIMPLE, *_MANY))
_OF_JSON = _NAMES - {"region"}  # which a page with a tag may know; where consent is mounted the server does
_AGES = frozenset(("", "under", "over"))
_VIAS = frozenset(("", "script", "form", "api"))


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

    @property
    def region(self) -> str:
        """Where a page with a tag says that the person is."""
        return str(self.fields["region"])


class DecisionForm(FlaskForm):  # type: ignore[misc]
    """The form of banner and preference centre: its choice, and our own CSRF token in place of the session's.

    The other fields have names that a Python class may not have (`return`, `except`); `_check` bounds them all.
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
    _check(fields)
    return _sent(fields, headers)


def from_script(service: Service, body: bytes, headers: signals.Headers, *, guarded: bool = True) -> Sent:
    """The answer in a form as `fetch` encodes it (URL Standard §5). Raises Refused.

    Those who press one button on one page send the same but for the idempotency key and their own token: the rest is
    read once. `guarded`: with the form's own guard, which a tag's banner has not (see `cors`).
    """
    rest, key = _parted(body, b"&key=")
    rest, token = _parted(rest, b"&token=")
    read = _read if len(rest) <= REMEMBERED else _read.__wrapped__
    sent = read(rest, headers.get("DNT"), headers.get("Sec-GPC"))
    if guarded and not valid(service, sent.fields["csrf_token"]):
        raise Refused(CSRF)
    if not (key or token):
        return sent
    fields = {**sent.fields, **{name: _unquoted(text) for name, text in (("key", key), ("token", token)) if text}}
    _check_key(fields["key"])
    if len(fields["token"]) > MAX_LENGTH:
        raise Refused(MALFORMED)
    return Sent(sent.answer, sent.notice, fields["key"] or None, sent.back, fields)


def _parted(body: bytes, mark: bytes) -> tuple[bytes, bytes]:
    """A body without its first field of that name, and that field's value; a field at the very beginning stays."""
    head, found, tail = body.partition(mark)
    if not found:
        return body, b""
    own, _, tail = tail.partition(b"&")
    return head + b"&" + tail, own


REMEMBERED = 1024  # bytes of a body, at most


@lru_cache(maxsize=512)
def _read(body: bytes, dnt: str | None, gpc: str | None) -> Sent:
    """What a form's body says under these values of the signals' headers. Its token is not looked at."""
    pairs = (pair.partition(b"=") for pair in body.split(b"&"))
    fields = _gathered((_unquoted(name), _unquoted(value)) for name, _, value in pairs)
    _check(fields)
    said = {"DNT": dnt, "Sec-GPC": gpc}
    return _sent(fields, {name: value for name, value in said.items() if value is not None})


def _unquoted(text: bytes) -> str:
    try:
        return unquote_to_bytes(text.replace(b"+", b" ")).decode()
    except UnicodeDecodeError as error:
        raise Refused(MALFORMED) from error


def from_pairs(service: Service, pairs: Iterable[tuple[str, str]], headers: signals.Headers) -> Sent:
    """The answer in the names and values of a form. Raises Refused."""
    fields = _gathered(pairs)
    _check(fields)
    return _guarded(service, fields, headers)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The form's own fields, others left aside; of several values where one belongs the first counts."""
    fields: dict[str, Any] = {name: [] for name in _MANY}
    for name, value in pairs:
        if name in _SIMPLE:
            fields.setdefault(name, value)
        elif name in _NAMES:
            fields[name].append(value)
    return fields


def from_json(service: Service, body: bytes, headers: signals.Headers) -> Sent:
    """The answer in a JSON object with the form's names; `purpose`, `except`, `object` are lists. Raises Refused."""
    try:
        fields = strict_json(body)
    except (ValueError, RecursionError) as error:
        raise Refused(MALFORMED) from error
    if not isinstance(fields, dict) or not fields.keys() <= _OF_JSON:
        raise Refused(MALFORMED)
    _check(fields)
    return _guarded(service, fields, headers)


def _guarded(service: Service, fields: dict[str, Any], headers: signals.Headers) -> Sent:
    if not valid(service, fields["csrf_token"]):
        raise Refused(CSRF)
    return _sent(fields, headers)


def _check(fields: dict[str, Any]) -> None:
    """Check every field's type and length, and put "" or [] where there is none."""
    for name, longest in _SIMPLE.items():
        value = fields.setdefault(name, "")
        if not isinstance(value, str) or len(value) > longest:
            raise Refused(MALFORMED)
    for name in _MANY:
        many = fields.setdefault(name, [])
        if not isinstance(many, list) or len(many) > MAX_NAMES:
            raise Refused(MALFORMED)
        if many and not all(isinstance(item, str) and len(item) <= LONGEST for item in many):
            raise Refused(MALFORMED)
    _check_key(fields["key"])
    if fields["age"] not in _AGES or fields["via"] not in _VIAS:
        raise Refused(MALFORMED)


def _check_key(key: str) -> None:
    if key and not _KEY.match(key):
        raise Refused(MALFORMED)


def _sent(fields: dict[str, Any], headers: signals.Headers) -> Sent:
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
