"""The card's pictures, as SVG text: small, sharp, and made of nothing but measured numbers."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import numpy as np

INK, GREY, OURS, PEER = "#222", "#bbb", "#1f6f8b", "#c96a2b"
SIDE, LEFT, TOP = 320, 70, 40
"""Of the plotting area and its margins, in SVG units."""


def confusion(table: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Rows are the truth, columns the answer; shares of each row, in per cent. table: counts (k, k)."""
    counts = np.array(table, float)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = SIDE / len(names)
    parts = [_text(LEFT + SIDE / 2, TOP - 24, "answer", 13)]
    for row, name in enumerate(names):
        y = TOP + row * cell
        parts.append(_text(LEFT - 6, y + cell / 2 + 4, name, 11, "end"))
        parts.append(_text(LEFT + (row + 0.5) * cell, TOP - 6, name, 9))
        for column in range(len(names)):
            x, share = LEFT + column * cell, shares[row, column]
            colour = "#fff" if share > 50 else INK
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell:.1f}" height="{cell:.1f}" fill="{OURS}" '
                f'fill-opacity="{share / 100:.3f}" stroke="{GREY}"/>'
            )
            parts.append(_text(x + cell / 2, y + cell / 2 + 4, f"{share:.0f}", 12, colour=colour))
    return _picture(parts)


def reliability(rows: Sequence[tuple[int, float, float]]) -> str:
    """For each bin: faces, mean confidence, share right. On the line, 0.8 means right four times in five."""
    most = max((size for size, _, _ in rows), default=1) or 1
    parts = [*_axes("confidence", "share right"), _line([(0, 0), (1, 1)], GREY)]
    for size, sure, right in rows:
        if size:
            x, y = _at(sure, right)
            radius = 3 + 9 * (size / most) ** 0.5
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{OURS}" fill-opacity="0.7"/>'
            )
    return _picture(parts)


def curve(lines: Sequence[tuple[str, Sequence[tuple[float, float]]]], across: str, up: str) -> str:
    """Named lines through points of 0 to 1; the first is ours."""
    parts = _axes(across, up)
    for number, (name, points) in enumerate(lines):
        colour = OURS if number == 0 else PEER
        parts.append(_line(points, colour))
        parts.append(_text(LEFT + 12, TOP + SIDE - 14 - 18 * number, name, 12, "start", colour))
    return _picture(parts)


def _at(x: float, y: float) -> tuple[float, float]:
    return LEFT + x * SIDE, TOP + (1 - y) * SIDE


def _axes(across: str, up: str) -> list[str]:
    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="{GREY}"/>']
    for tenth in range(0, 11, 2):
        x, y = _at(tenth / 10, tenth / 10)
        parts.append(_text(x, TOP + SIDE + 16, f"{tenth / 10:.1f}", 11))
        parts.append(_text(LEFT - 6, y + 4, f"{tenth / 10:.1f}", 11, "end"))
    parts.append(_text(LEFT + SIDE / 2, TOP + SIDE + 34, across, 13))
    parts.append(_text(LEFT + SIDE / 2, TOP - 14, up, 13))
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(*point) for point in points))
    return f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _text(x: float, y: float, text: str, size: int, anchor: str = "middle", colour: str = INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def _picture(parts: Sequence[str]) -> str:
    width, height = LEFT + SIDE + 20, TOP + SIDE + 50
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif"><rect width="100%" height="100%" fill="#fff"/>'
    )
    return "\n".join([head, *parts, "</svg>", ""])
