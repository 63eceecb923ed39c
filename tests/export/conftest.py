"""A small log with everything in it, and what it is checked against."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Literal

import pytest

from consent.export.check import Trusted
from consent.export.read import Reader
from consent.export.verify import Report, verify
from consent.export.write import write
from consent.keys import Keys
from consent.service import Service
from consent.store import Store

from . import log

Form = Literal["csv", "jsonl"]
HOSTILE = '=HYPERLINK("http://evil.example";"x"),"\r\n\x1b[31m\u202eعربي\u2028\x00\ufeff😀'


@pytest.fixture
def full(service: Service) -> Service:
    """A service with a history: yes, some, withdrawal, of two people; a refusal; hostile page paths."""
    first = log.answer(service, log.EVERYTHING, page=HOSTILE, dnt="1", js_gpc="true")
    log.answer(service, log.NOTHING, dnt="0", gpc="1")
    second = log.answer(service, log.ALL_BUT_ONE_VENDOR, first.token, page="-2+3", js_dnt="unspecified")
    log.answer(service, log.EVERYTHING, page="'quoted")
    log.answer(service, log.NOTHING, second.token, page="@SUM(1)")
    return service


@pytest.fixture
def trusted(keys: Keys) -> Trusted:
    return Trusted("demo", keys.public)


def exported(store: Store, form: Form, keys: Keys | None = None) -> bytes:
    """The whole log of the site."""
    out = io.BytesIO()
    write(store.pages("demo", personal=keys is not None), out, form, keys, lambda done: None)
    return out.getvalue()


def verified(data: bytes, trusted: Trusted, jobs: int = 1) -> Report:
    """The report on an export."""
    return verify(Reader(io.BytesIO(data)), trusted, jobs, lambda done: None)


@pytest.fixture(params=["csv", "jsonl"])
def form(request: pytest.FixtureRequest) -> Form:
    found: Form = request.param
    return found


Change = Callable[[bytes], bytes]
