"""Contrast as WCAG 2.2 defines it. The expected values are those of published contrast checkers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
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
@settings(max_examples=25)
def test_what_is_named_can_be_read_and_nothing_nearer_can(colour: str, surface: str) -> None:  # R3
    """Among all shades of the same hue, by lightness, as anyone can look them up."""
    named = contrast.nearest(colour, surface)
    if contrast.legible(colour, surface):
        assert named == (colour,)
        return
    assert 1 <= len(named) <= 2
    shades = contrast.shades(colour)
    own = contrast.oklab(colour)[0]
    lightness = [step / contrast.STEPS for step in range(contrast.STEPS + 1)]
    legible = [contrast.legible(shade, surface) for shade in shades]
    for way in (-1, 1):
        far = [
            (abs(light - own), shade)
            for light, shade, fits in zip(lightness, shades, legible, strict=True)
            if fits and (light > own) == (way > 0)
        ]
        assert (min(far)[1] in named) if far else True
    assert all(contrast.legible(each, surface) and each in shades for each in named)


@given(colours)
@settings(max_examples=25)
def test_shades_keep_the_hue(colour: str) -> None:
    """Within what rounding to a screen's 256 steps leaves of it; the colour itself is among them, to a step."""
    light, a, b = contrast.oklab(colour)
    shades = contrast.shades(colour)
    assert contrast.ratio(shades[round(light * contrast.STEPS)], colour) < 1.05
    chroma = math.hypot(a, b)
    for shade in shades[250:900:50]:
        _, *axes = contrast.oklab(shade)
        found = math.hypot(*axes)
        assert found <= chroma + 0.02
        if min(found, chroma) > 0.06:
            apart = abs(math.atan2(axes[1], axes[0]) - math.atan2(b, a)) % (2 * math.pi)
            assert min(apart, 2 * math.pi - apart) < 0.12


@pytest.mark.parametrize(
    ("colour", "expected"),
    [  # coordinates as published with the space (bottosson.github.io/posts/oklab, CSS Color 4 §9.2)
        ("#ffffff", (1.0, 0.0, 0.0)),
        ("#ff0000", (0.628, 0.225, 0.126)),
        ("#00ff00", (0.866, -0.234, 0.179)),
        ("#0000ff", (0.452, -0.032, -0.312)),
    ],
)
def test_oklab(colour: str, expected: tuple[float, float, float]) -> None:
    assert contrast.oklab(colour) == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize(
    ("colour", "surface", "named"),
    [
        ("#777777", "#ffffff", ("#767676",)),
        ("#ff6600", "#ffffff", ("#cb4f00",)),
        ("#1f4fd8", "#1b1e23", ("#497eff",)),
        ("#888888", "#777777", ("#060606",)),
    ],
)
def test_named(colour: str, surface: str, named: tuple[str, ...]) -> None:
    assert contrast.nearest(colour, surface) == named


def test_both_ways_where_there_are_two() -> None:
    darker, lighter = contrast.nearest("#747474", "#757575")
    assert contrast.luminance(darker) < contrast.luminance("#757575") < contrast.luminance(lighter)
