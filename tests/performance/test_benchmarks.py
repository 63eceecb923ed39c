"""The benchmarks' own parts that can be held without measuring anything."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest

from benchmarks import decisions, report
from benchmarks.load import KEY
from benchmarks.serving import KINDS, Server, command
from benchmarks.tables import Table

PAGE = (
    '<input type="hidden" name="csrf_token" value="1.abc"><input type="hidden" name="notice" value="nnn">'
    '<input type="hidden" name="locale" value="en">'
)


class Nowhere(Server):
    def __init__(self) -> None:
        self.port = 1


def test_the_load_is_what_a_form_says() -> None:
    form = decisions.load(Nowhere(), PAGE, "/x")
    sent = [parse_qs(body, keep_blank_values=True) for body in form.bodies]
    assert [body["choice"] for body in sent] == [["accept_all"], ["reject_all"]]
    assert sent[0]["csrf_token"] == ["1.abc"]
    assert all(KEY in body for body in form.bodies)
    as_json = decisions.load(Nowhere(), PAGE, "/x", as_json=True)
    assert [json.loads(body)["key"] for body in as_json.bodies] == [KEY, KEY]


def test_every_server_has_one_worker() -> None:
    for kind in KINDS:
        line = command(kind, 1, 4)
        assert line[line.index("--workers") + 1] == "1"


def test_a_table_goes_between_its_marks_only() -> None:
    table = Table("A title", ("name", "µs"))
    table.add("x", "1")
    text = "before\n<!-- a -->\nold\n<!-- /a -->\n<!-- b -->\nkept\n<!-- /b -->\nafter"
    put = report.put(text, "a", table.markdown())
    assert "| x | 1 |" in put
    assert "old" not in put
    assert "kept" in put
    assert report.put(put, "a", table.markdown()) == put
    with pytest.raises(ValueError, match="no marks for c"):
        report.put(text, "c", "")


def test_the_page_has_a_place_for_every_benchmark() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    for name in ("machine", "server", "growth", "view", "browser"):
        report.put(text, name, "")
