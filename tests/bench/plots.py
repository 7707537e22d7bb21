"""Plots as SVG, by code of our own: a panel for each measure, one above the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, PANEL, LEFT, RIGHT, TOP = 720, 120, 70, 130, 26
COLOURS = ("#4a90d9", "#d9824a", "#5a9e5a", "#9b6bb3")


@dataclass(frozen=True)
class Panel:
    """One pair of axes; series: name -> (x, y) points."""

    title: str
    across: str
    series: Mapping[str, Sequence[tuple[float, float]]]


def plot(panels: Sequence[Panel], heading: str) -> str:
    """All panels as one SVG. The axes begin at nought, so that what grows is seen in its true size."""
    height = TOP + len(panels) * PANEL + 10
    size = f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    parts.append(f'<text x="{LEFT}" y="17" font-weight="bold">{escape(heading)}</text>')
    for number, panel in enumerate(panels):
        parts += _panel(panel, TOP + number * PANEL)
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel, top: float) -> list[str]:
    points = [point for line in panel.series.values() for point in line]
    right, high = max(x for x, _ in points) or 1.0, max(y for _, y in points) or 1.0
    floor, tall, wide = top + PANEL - 34, PANEL - 52, WIDTH - LEFT - RIGHT
    end = f"{right:.4g} {escape(panel.across)}"
    parts = [
        f'<text x="{LEFT}" y="{top + 12:.0f}">{escape(panel.title)}</text>',
        f'<text x="{LEFT - 6}" y="{floor:.0f}" text-anchor="end">0</text>',
        f'<text x="{LEFT - 6}" y="{floor - tall + 10:.0f}" text-anchor="end">{high:.4g}</text>',
        f'<text x="{LEFT + wide}" y="{floor + 14:.0f}" text-anchor="end">{end}</text>',
        f'<path d="M{LEFT} {floor - tall:.0f}V{floor:.0f}H{LEFT + wide}" fill="none" stroke="#888"/>',
    ]
    for number, (name, line) in enumerate(panel.series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{LEFT + wide * x / right:.1f},{floor - tall * y / high:.1f}" for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        row = floor - tall + 10 + 15 * number
        parts.append(f'<text x="{LEFT + wide + 8}" y="{row:.0f}" fill="{colour}">{escape(name)}</text>')
    return parts
