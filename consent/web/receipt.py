"""A receipt as a page that people read and print, in the language of its notice. It holds what the file holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup

from ..encoding import seconds
from ..ledger import checkpoint as checkpoints
from ..ledger import note as notes
from ..ledger import proof as proofs
from ..locale import translator
from ..texts import RECEIPT
from .render import template


def render_receipt(receipt: Mapping[str, Any]) -> Markup:
    """The page of a receipt that we made, or that `receipt.check` found to hold: nothing is checked here."""
    notice = receipt["notice"]
    translate = translator(notice["locale"])
    words = {name: translate(text) for name, text in RECEIPT.items()}
    return template("receipt.html", notice=notice, words=words, made=_made(receipt, words))


def _made(receipt: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    leaf, notice = receipt["leaf"], receipt["notice"]
    locale: str = notice["locale"]
    shown = [purpose for purpose in notice["purposes"] if purpose["id"] in leaf["answers"]]
    return {
        "answers": [_answer(purpose, leaf, locale, words) for purpose in shown],
        "date": _moment(leaf["time"], locale),
        "until": _moment(leaf["expires"], locale),
        "how": notice["texts"].get(f"method_{leaf['method']}", leaf["method"]),
        "record": leaf["id"],
        "subject": receipt.get("personal", {}).get("subject"),
        "place": _place(receipt["proof"], receipt["dct:created"], locale) if "proof" in receipt else None,
    }


def _answer(purpose: Mapping[str, Any], leaf: Mapping[str, Any], locale: str, words: Mapping[str, str]) -> Any:
    given = leaf["answers"][purpose["id"]]
    pair = ("allowed", "refused") if purpose["asked"] else ("unobjected", "objected")
    state = pair[0] if given else pair[1]
    left_out = [one for one in purpose["vendors"] if f"{purpose['id']}/{one['id']}" in leaf["vendors"]]
    rest = [one for one in purpose["vendors"] if one not in left_out]
    return {
        "name": purpose["name"],
        "text": purpose["text"],
        "basis": purpose["basis_text"],
        "retention": purpose["retention"],
        "state": state,
        "word": words[state],
        "vendors": _list(rest, locale),
        "without": _list(left_out, locale),
    }


def _list(vendors: list[Any], locale: str) -> str:
    return str(format_list([one["name"] for one in vendors], locale=locale)) if vendors else ""


def _place(text: str, created: str, locale: str) -> dict[str, str]:
    proof = proofs.parse(text)
    head = checkpoints.parse_text(notes.parse(proof.note).text)
    return {
        "number": str(format_decimal(proof.index + 1, locale=locale)),
        "size": str(format_decimal(head.size, locale=locale)),
        "origin": head.origin,
        "date": _moment(created, locale),
    }


def _moment(text: str, locale: str) -> str:
    return str(format_datetime(datetime.fromtimestamp(seconds(text), UTC), "long", locale=locale))
