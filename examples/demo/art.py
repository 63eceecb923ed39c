"""Pictures for the demo, drawn as SVG from a few words: the same words, the same picture. Pure, no assets."""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
from collections.abc import Callable

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 480


class Brush:
    """A seeded source of positions and colours around one accent (`#rrggbb`)."""

    def __init__(self, words: str, accent: str) -> None:
        seed = hashlib.sha256(words.encode()).digest()
        self.chance = random.Random(seed)
        self.id = "a" + seed.hex()[:8]
        red, green, blue = (int(accent[at : at + 2], 16) / 255 for at in (1, 3, 5))
        self.hue, _, _ = colorsys.rgb_to_hls(red, green, blue)

    def colour(self, turn: float, light: float, strength: float = 0.55) -> str:
        """A colour `turn` (of a full circle) away from the accent."""
        red, green, blue = colorsys.hls_to_rgb((self.hue + turn) % 1, light, strength)
        return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"

    def between(self, low: float, high: float) -> float:
        """A number in between, to a thousandth."""
        return round(self.chance.uniform(low, high), 3)


def draw(style: str, words: str, accent: str, label: str = "") -> Markup:
    """A picture in one of the STYLES. With a `label` it is an image to assistive technology, else decoration."""
    brush = Brush(f"{style}\n{words}", accent)
    role = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(
        f'<svg class="art" {role} viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice">'
        f"{STYLES[style](brush)}</svg>"
    )


def _sky(brush: Brush, top: str, bottom: str) -> str:
    return (
        f'<linearGradient id="{brush.id}" x2="0" y2="1"><stop stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient><path fill="url(#{brush.id})" d="M0 0h640v480H0z"/>'
    )


def hills(brush: Brush) -> str:
    """Morning: a sun behind layers of hills."""
    turn = brush.between(-0.1, 0.1)
    parts = [_sky(brush, brush.colour(turn - 0.3, 0.82, 0.7), brush.colour(turn - 0.36, 0.93, 0.8))]
    x, y = brush.between(140, 500), brush.between(110, 210)
    parts += [
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{brush.colour(-0.36, 0.9, 0.95)}" opacity="{opacity}"/>'
        for radius, opacity in ((110, 0.35), (78, 0.5), (52, 1))
    ]
    for layer in range(5):
        height = 220 + layer * 52
        phase, wave = brush.between(0, 6), brush.between(0.007, 0.013)
        points = " ".join(
            f"{px},{height + math.sin(px * wave + phase) * (38 - layer * 4) + math.sin(px * 0.03 + phase) * 6:.1f}"
            for px in range(0, 641, 16)
        )
        colour = brush.colour(turn * 0.4, 0.66 - layer * 0.125, 0.42)
        parts.append(f'<path fill="{colour}" d="M0 480L{points} 640 480z"/>')
    return "".join(parts)


def orbs(brush: Brush) -> str:
    """Soft spheres that float in front of each other."""
    parts = [_sky(brush, brush.colour(-0.06, 0.2, 0.6), brush.colour(0.12, 0.42, 0.6))]
    for number in range(7):
        name, turn = f"{brush.id}{number}", brush.between(-0.15, 0.3)
        x, y, radius = brush.between(40, 600), brush.between(40, 440), brush.between(40, 130) * (1 - number / 14)
        parts.append(
            f'<radialGradient id="{name}" cx=".35" cy=".3" r=".8"><stop stop-color="{brush.colour(turn, 0.9, 0.95)}"/>'
            f'<stop offset=".5" stop-color="{brush.colour(turn, 0.64, 0.85)}"/>'
            f'<stop offset="1" stop-color="{brush.colour(turn + 0.08, 0.3, 0.75)}"/></radialGradient>'
            f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="url(#{name})" opacity=".93"/>'
        )
    return "".join(parts)


def tiles(brush: Brush) -> str:
    """A poster of quarter circles, discs and squares on a grid."""
    parts, size = [f'<path fill="{brush.colour(0, 0.95, 0.4)}" d="M0 0h640v480H0z"/>'], 80
    pick = brush.chance.choice
    for x in range(0, 640, size):
        for y in range(0, 480, size):
            back = brush.colour(pick((0, 0, 0.02)), pick((0.94, 0.86, 0.55, 0.4)), 0.7)
            if pick((False, False, False, True)):
                back = brush.colour(0.47, pick((0.62, 0.82)), 0.95)
            front = brush.colour(pick((0, 0.02)), pick((0.3, 0.72, 0.9)), 0.7)
            shape = pick(
                (
                    f'<path d="M0 0h{size}a{size} {size} 0 0 1-{size} {size}z"/>',
                    f'<path d="M{size} {size}H0a{size} {size} 0 0 1 {size}-{size}z"/>',
                    f'<circle cx="{size / 2}" cy="{size / 2}" r="{size / 3.4:.1f}"/>',
                    f'<path d="M0 0l{size} {size}H0z"/>',
                    f'<path d="M0 {size / 2}h{size}v{size / 2}H0z"/>',
                )
            )
            parts.append(
                f'<g transform="translate({x} {y})"><path fill="{back}" d="M0 0h{size}v{size}H0z"/>'
                f'<g fill="{front}">{shape}</g></g>'
            )
    return "".join(parts)


def rays(brush: Brush) -> str:
    """A burst of rays over waves, as on an old poster."""
    x, y, turn = brush.between(180, 460), brush.between(190, 260), brush.between(-0.03, 0.05)
    parts = [f'<path fill="{brush.colour(0.09, 0.9, 0.9)}" d="M0 0h640v480H0z"/>']
    count = brush.chance.choice((16, 20, 24))
    for number in range(count):
        start, end = (math.tau * (number + at) / count for at in (0, 0.5))
        far = [f"{x + 900 * math.cos(angle):.0f} {y + 900 * math.sin(angle):.0f}" for angle in (start, end)]
        colour = brush.colour(turn + 0.03 * (number % 3), 0.6, 0.85)
        parts.append(f'<path fill="{colour}" d="M{x} {y}L{far[0]} {far[1]}z" opacity=".55"/>')
    parts.append(f'<circle cx="{x}" cy="{y}" r="{brush.between(70, 100)}" fill="{brush.colour(0, 0.45, 0.75)}"/>')
    for layer in range(4):
        top, step = 320 + layer * 40, brush.chance.choice((64, 80, 107))
        arcs = "".join(f"q{step / 2} {-34 + layer * 4} {step} 0" for _ in range(0, 641 + step, step))
        colour = brush.colour(turn * 2 + 0.02 * layer, 0.38 - layer * 0.07, 0.7)
        parts.append(f'<path fill="{colour}" d="M-20 {top}{arcs}V480H-20z"/>')
    return "".join(parts)


def facets(brush: Brush) -> str:
    """A cut stone: triangles that catch the light."""
    columns, rows, turn = 9, 7, brush.between(-0.18, 0.06)
    grid = [
        [
            (
                column * 80 + (brush.between(-26, 26) if 0 < column < columns - 1 else 0),
                row * 80 + (brush.between(-26, 26) if 0 < row < rows - 1 else 0),
            )
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    parts, light = [], (brush.between(120, 520), brush.between(80, 300))
    for row in range(rows - 1):
        for column in range(columns - 1):
            a, b = grid[row][column], grid[row][column + 1]
            c, d = grid[row + 1][column], grid[row + 1][column + 1]
            for corners in ((a, b, c), (b, d, c)):
                middle = [sum(point[axis] for point in corners) / 3 for axis in (0, 1)]
                far = min(math.dist(middle, light) / 460, 1)
                bright = 0.78 - 0.6 * far + brush.between(-0.06, 0.06)
                colour = brush.colour(turn + 0.08 * far + brush.between(0, 0.02), bright, 0.6)
                path = " ".join(f"{px:g},{py:g}" for px, py in corners)
                parts.append(f'<path fill="{colour}" stroke="{colour}" d="M{path}z"/>')
    return "".join(parts)


STYLES: dict[str, Callable[[Brush], str]] = {
    "hills": hills,
    "orbs": orbs,
    "tiles": tiles,
    "rays": rays,
    "facets": facets,
}
