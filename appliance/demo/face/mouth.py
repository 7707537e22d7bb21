"""Mouth, and the folds that it pulls into cheeks and chin. Coordinates are face units; see `features`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from appliance.demo.face.brush import Colour, Points, ellipse, mix, stroke
from appliance.demo.face.expression import Expression
from appliance.demo.face.features import DARK, Sketch

MOUTH_Y = 0.70
TOOTH: Colour = (0.84, 0.89, 0.91)


@dataclass(frozen=True)
class Mouth:
    """The places of the lips, in face units."""

    half_width: float
    corner: float
    """Height (y) of the corners."""
    top: float
    """Middle of the upper lip's lower edge."""
    bottom: float
    """Middle of the lower lip's upper edge."""
    upper_lip: float
    """Thickness."""
    lower_lip: float
    square: float
    """0: the opening is a lens; 1: nearly a box, as stretched or bared lips make it."""
    round: float
    """0: the opening comes to a point at the corners; 1: it is an oval, as a dropped jaw makes it."""

    def edge(self, middle: float, width: float = 1.0) -> Points:
        """A line from one corner of the mouth to the other through (0, `middle`)."""
        t = np.linspace(-1, 1, 33)
        lens = np.abs(t) ** (2.0 + 2.0 * self.square)
        oval = 1 - np.sqrt(1 - t**2)
        y = middle + (self.corner - middle) * (lens + (oval - lens) * self.round)
        return np.stack([t * self.half_width * width, y], axis=1)


def mouth_of(e: Expression) -> Mouth:
    """The mouth that an expression makes."""
    width = 0.36 + 0.13 * e.corner_pull + 0.23 * e.lip_stretch - 0.06 * e.lip_tighten - 0.10 * e.jaw_drop
    raised = 0.09 * e.upper_lip_raise + 0.03 * e.nose_wrinkle
    top = MOUTH_Y - 0.01 - raised + 0.01 * e.corner_pull - 0.05 * e.chin_raise - 0.02 * e.jaw_drop
    gap = 0.09 * e.lips_part + 0.10 * e.lower_lip_depress + 0.40 * e.jaw_drop + 0.6 * raised
    gap *= 1 - 0.6 * e.chin_raise
    corner = MOUTH_Y - 0.17 * e.corner_pull + 0.19 * e.corner_depress + 0.17 * e.jaw_drop
    thin = (1 - 0.6 * e.lip_tighten) * (1 - 0.3 * e.corner_pull)
    return Mouth(
        half_width=width,
        corner=corner,
        top=top,
        bottom=top + max(gap, 0.002),
        upper_lip=0.065 * thin * (1 - 0.25 * e.upper_lip_raise),
        lower_lip=0.095 * thin * (1 + 0.1 * e.chin_raise),
        square=max(e.lip_stretch, 0.8 * e.lower_lip_depress, 0.5 * e.upper_lip_raise),
        round=0.8 * e.jaw_drop,
    )


def draw_mouth(s: Sketch) -> None:
    m, person = mouth_of(s.expression), s.person
    inner_top, inner_bottom = m.edge(m.top, 0.94), m.edge(m.bottom, 0.94)
    opening = np.concatenate([inner_top, inner_bottom[::-1]])
    upper = m.edge(m.top - m.upper_lip)
    t = np.linspace(-1, 1, len(upper))
    upper[:, 1] += 0.018 * np.exp(-((t / 0.12) ** 2)) - 0.012 * np.exp(-(((np.abs(t) - 0.3) / 0.2) ** 2))
    lower = m.edge(m.bottom + m.lower_lip)
    s.fill(lower + np.array([0.0, 0.03]), person.shade, 0.5, soft=0.05, depth=0.05)
    s.fill(np.concatenate([upper, lower[::-1]]), person.lips, 0.92, soft=0.02, depth=0.05)
    top_lip = np.concatenate([upper, inner_top[::-1]])
    s.fill(top_lip, mix(person.lips, DARK, 0.35), 0.55, soft=0.02, depth=0.05)
    y = m.bottom + 0.5 * m.lower_lip
    s.fill(ellipse(-0.03, y, 0.45 * m.half_width, 0.016), person.shine, 0.5, soft=0.035, depth=0.05)
    draw_opening(s, m, opening, inner_top, inner_bottom)
    for side in (-1, 1):
        corner = ellipse(side * (m.half_width + 0.005), m.corner, 0.028, 0.022)
        s.fill(corner, DARK, 0.45, soft=0.025, depth=0.05)


def draw_opening(s: Sketch, m: Mouth, opening: Points, top: Points, bottom: Points) -> None:
    """Between the lips: a line when shut, else the dark with tongue and teeth."""
    gap = m.bottom - m.top
    line = stroke(top[::4], [0.006, 0.012, 0.014, 0.014, 0.014, 0.014, 0.014, 0.012, 0.006])
    s.fill(line, DARK, 0.95, soft=0.02, depth=0.05)
    if gap < 0.01:
        return
    inside: Colour = (0.10, 0.08, 0.20)
    s.fill(opening, inside, soft=0.01, depth=0.05)
    tongue = ellipse(0.0, m.bottom, 0.6 * m.half_width, 0.35 * gap)
    s.fill(tongue, (0.36, 0.36, 0.68), 0.8 * min(1.0, gap / 0.3), soft=0.05, depth=0.05, within=opening)
    teeth = min(0.09, 0.7 * gap) * (1 - 0.45 * s.expression.jaw_drop)
    draw_teeth(s, top * [0.9, 1.0], -teeth, 0.92, opening)
    low, bared = min(0.075, 0.35 * gap), 0.85 * s.expression.lower_lip_depress
    draw_teeth(s, bottom * [0.85, 1.0], low, bared, opening)


def draw_teeth(s: Sketch, lip: Points, height: float, alpha: float, opening: Points) -> None:
    """A row of teeth behind a lip: hanging from it (`height` negative) or standing on it."""
    away = np.array([0.0, -height])
    row = np.concatenate([lip - away, (lip + away)[::-1]])
    s.fill(row, TOOTH, alpha, soft=0.015, depth=0.05, within=opening)
    s.fill(np.concatenate([lip, (lip + 0.35 * away)[::-1]]), DARK, 0.3 * alpha, 0.03, 0.05, opening)
    for at in np.linspace(4, len(lip) - 5, 9).astype(int):
        x, y = lip[at]
        gap = stroke([(x, y), (x, y - 0.9 * height)], [0.003, 0.003])
        s.fill(gap, DARK, 0.2 * alpha, soft=0.008, depth=0.05, within=opening)


def draw_folds(s: Sketch, skin: Points) -> None:
    """Draw what a moving mouth and nose do to the cheeks and the chin. skin: the face's outline."""
    e, shade, m = s.expression, s.person.shade, mouth_of(s.expression)
    deep = min(1.0, 0.12 + 0.75 * e.corner_pull + 0.7 * e.upper_lip_raise + 0.4 * e.nose_wrinkle)
    deep = min(1.0, deep + 0.9 * e.corner_depress + 0.3 * e.lip_stretch)
    for side in (-1, 1):
        end = m.half_width + 0.09 + 0.05 * e.corner_depress
        fold = [(side * 0.20, 0.33), (side * (0.55 * end + 0.12), 0.46), (side * end, m.corner - 0.02)]
        fold += [(side * (end - 0.01), m.corner + 0.09 + 0.06 * e.corner_depress)]
        # A fold is a cheek in the light over a valley in the dark.
        lit, dark = ([(x + side * dx, y + dy) for x, y in fold] for dx, dy in ((0.09, -0.07), (-0.04, 0.02)))
        s.fill(stroke(lit, [0.03, 0.07, 0.07, 0.02]), s.person.shine, 0.75 * deep, 0.09, within=skin)
        s.fill(stroke(dark, [0.02, 0.06, 0.06, 0.02]), shade, 0.65 * deep, soft=0.08, within=skin)
        s.fill(stroke(fold, [0.008, 0.020, 0.022, 0.006]), shade, 0.8 * deep, soft=0.03)
        cheek = ellipse(side * 0.60, 0.30 - 0.08 * e.cheek_raise, 0.20, 0.15)
        s.fill(cheek, s.person.shine, 0.25 + 0.5 * e.cheek_raise, soft=0.16)
        down = [
            (side * (m.half_width + 0.02), m.corner + 0.02),
            (side * (m.half_width + 0.06), m.corner + 0.2),
        ]
        s.fill(stroke(down, [0.016, 0.006]), shade, 0.75 * e.corner_depress, soft=0.03)
    s.fill(
        ellipse(0.0, m.bottom + m.lower_lip + 0.09, 0.18, 0.03), shade, 0.35 + 0.3 * e.chin_raise, soft=0.06
    )
    for x in (-0.10, -0.03, 0.05, 0.11):
        dimple = ellipse(x, 1.03 + 0.3 * abs(x), 0.02, 0.014)
        s.fill(dimple, shade, 0.55 * e.chin_raise, soft=0.025)
