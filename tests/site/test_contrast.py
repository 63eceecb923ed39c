"""Contrast as WCAG 2.2 defines it. The expected values are those of published contrast checkers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.site import contrast

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.00),
        ("#0000ff", "#ffffff", 8.59),
        ("#008000", "#ffffff", 5.14),
        ("#ffff00", "#ffffff", 1.07),
    ],
)
def test_ratio(one: str, other: str, expected: float) -> None:
    assert contrast.ratio(one, other) == pytest.approx(expected, abs=0.005)
    assert contrast.ratio(other, one) == contrast.ratio(one, other)


@given(colours, colours)
def test_what_is_mended_is_legible(colour: str, surface: str) -> None:  # R3
    mended = contrast.mended(colour, surface)
    assert contrast.legible(mended, surface)
    assert mended == colour or not contrast.legible(colour, surface)


def test_mended_is_near() -> None:
    assert contrast.mended("#777777", "#ffffff") in ("#767676", "#757575")
