"""Whether two colours can be told apart, and which near ones can. WCAG 2.2, success criteria 1.4.3 and 1.4.11."""

from __future__ import annotations

import math
from collections.abc import Iterator

LEGIBLE = 4.5  # to 1, for text of normal size (1.4.3). What is no text needs 3 (1.4.11), so this is enough for both
LIGHT_SURFACE = "#ffffff"  # what `accent` stands on, or is the ground of, in the light scheme
DARK_SURFACE = "#1b1e23"  # the same for `accent_dark`
STEPS = 1000  # of lightness, from black to white

Rgb = tuple[int, int, int]
Lab = tuple[float, float, float]


def rgb(colour: str) -> Rgb:
    """The channels, 0 to 255, of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it."""
    red, green, blue = map(_linear, rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, whichever is in front."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: str, surface: str) -> bool:
    """Whether text in `colour` can be read on `surface`, and the reverse."""
    return ratio(colour, surface) >= LEGIBLE


def nearest(colour: str, surface: str) -> tuple[str, ...]:
    """The legible colours nearest to `colour` among its `shades`: the darker one, the lighter one, or both.

    They are where lightness first suffices, going from the colour's own towards black, and towards white.
    """
    if legible(colour, surface):
        return (colour,)
    own, shades = oklab(colour)[0] * STEPS, list(enumerate(_shades(colour)))
    darker = (shade for step, shade in reversed(shades) if step <= own and legible(shade, surface))
    lighter = (shade for step, shade in shades if step > own and legible(shade, surface))
    return tuple(found for way in (darker, lighter) if (found := next(way, None)))


def shades(colour: str) -> list[str]:
    """The colours of the same hue, from black to white: as colourful as `colour`, or as a screen can show them."""
    return list(_shades(colour))


def oklab(colour: str) -> Lab:
    """Lightness, 0 to 1, and the two axes of colour, as people see distances (Ottosson 2020; CSS Color 4 §9.2)."""
    red, green, blue = map(_linear, rgb(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _shades(colour: str) -> Iterator[str]:
    _, a, b = oklab(colour)
    for step in range(STEPS + 1):
        yield _shown(step / STEPS, a, b)


def _shown(lightness: float, a: float, b: float) -> str:
    """The colour as `#rrggbb`; where no screen can show it, with as much less chroma as is needed."""
    low, high = 0.0, 1.0
    if not _within(_channels(lightness, a, b)):
        for _ in range(12):  # to 1/4096, finer than a channel's step
            middle = (low + high) / 2
            low, high = (middle, high) if _within(_channels(lightness, a * middle, b * middle)) else (low, middle)
    else:
        low = 1.0
    channels = _channels(lightness, a * low, b * low)
    return "#" + "".join(f"{round(255 * _encoded(min(max(each, 0), 1))):02x}" for each in channels)


def _channels(lightness: float, a: float, b: float) -> Lab:
    """Linear sRGB of a colour in Oklab."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _within(channels: Lab) -> bool:
    return all(-0.0005 <= each <= 1.0005 for each in channels)


def _linear(channel: int) -> float:
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _encoded(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
