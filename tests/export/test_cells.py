from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.export.cells import inert, original


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_nothing_that_starts_a_formula_starts_a_cell(start: str) -> None:
    assert inert(f"{start}1+1") == f"'{start}1+1"


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n'aä,\"\x00"), max_size=6))
def test_every_cell_can_be_undone_also_after_csv(text: str) -> None:
    assert inert(text)[:1] not in tuple("=+-@\t\r\n")
    out = io.StringIO(newline="")
    csv.writer(out).writerow([inert(text), "x"])
    assert original(next(csv.reader(io.StringIO(out.getvalue(), newline="")))[0]) == text


@given(st.text(max_size=4), st.text(max_size=4))
def test_two_values_never_become_one_cell(one: str, other: str) -> None:
    assert (inert(one) == inert(other)) == (one == other)
