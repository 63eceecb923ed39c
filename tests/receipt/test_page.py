"""The receipt as a page: in the notice's language, the same facts as the file, nothing that could run."""

from __future__ import annotations

import re

import pytest

from consent.receipt import build
from consent.service import Service
from consent.web.receipt import render_receipt

from ..export import log
from . import made


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            "en",
            ["Your receipt", "November 21, 2026", "Number 2 of 4 records", "Saved choices", "without Brook Heatmaps"],
        ),
        (
            "de",
            ["Ihr Beleg", "21. November 2026", "Nummer 2 von insgesamt 4", "ohne Brook Heatmaps", "Erlaubt"],
        ),
        ("ar", ['dir="rtl"', "إيصالك", "نوفمبر", "مسموح به", "مرفوض"]),
    ],
)
def test_in_the_language_of_its_notice(service: Service, locale: str, words: list[str]) -> None:
    record = service.answer(log.ALL_BUT_ONE_VENDOR, service.notice(locale).id).record
    receipt = build(made.kept(service, record, made.proof_of(service, record)), made.SEALED)
    page = render_receipt(receipt)
    for word in [*words, str(record.id), "Demo Ltd", "demo.example/consent", f'lang="{locale}"']:
        assert word in page, word
    assert page.count("<li data-state=") == 4
    assert "<script" not in page and not re.search(r'\b(?:src|on\w+)="', page)


def test_a_promise_and_one_s_own(service: Service) -> None:
    outcome = log.answer(service, log.EVERYTHING)
    assert outcome.subject is not None
    (past,) = service.history(outcome.subject)
    page = render_receipt(build(made.kept(service, outcome.record, personal=past.personal)))
    assert "will have its place in the log soon" in page and outcome.subject in page
    refusal = log.answer(service, log.NOTHING).record
    assert "Your number" not in render_receipt(build(made.kept(service, refusal)))
