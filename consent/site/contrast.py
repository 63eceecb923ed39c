"""Whether two colours can be told apart, and which near one can. WCAG 2.2, success criterion 1.4.3."""

from __future__ import annotations

LEGIBLE = 4.5  # to 1, for text of normal size. WCAG 2.2 AA 1.4.3
LIGHT_SURFACE = "#ffffff"  # what `accent` stands on, or is the ground of, in the light scheme
DARK_SURFACE = "#1b1e23"  # the same for `accent_dark`

Rgb = tuple[int, int, int]


def rgb(colour: str) -> Rgb:
    """The channels, 0 to 255, of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), as WCAG 2.2 defines it."""

    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, whichever is in front."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: str, surface: str) -> bool:
    """Whether text in `colour` can be read on `surface`, and the reverse."""
    return ratio(colour, surface) >= LEGIBLE


def mended(colour: str, surface: str) -> str:
    """The nearest legible colour on `surface`: the same one, moved to black or white no further than needed."""
    if legible(colour, surface):
        return colour
    # The end of the scale that lies farther from the surface is always legible: no surface is close to both.
    end = max(("#000000", "#ffffff"), key=lambda candidate: ratio(candidate, surface))
    return next(mixed for step in range(1, 256) if legible(mixed := _mix(colour, end, step / 255), surface))


def _mix(colour: str, other: str, part: float) -> str:
    channels = (round(a + (b - a) * part) for a, b in zip(rgb(colour), rgb(other), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in channels)
