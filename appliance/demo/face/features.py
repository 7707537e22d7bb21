"""Eyes, brows and nose of a drawn face, moved by its `Expression`; `mouth` has the rest.

Coordinates are face units: the face is 2 wide, (0, 0) lies between the eyes and the nose's bridge,
y points down. The `side` of a feature is -1 (left in the picture) or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from appliance.demo.face.brush import Canvas, Colour, Points, Pose, curve, ellipse, mix, stroke
from appliance.demo.face.expression import Expression

DARK: Colour = (0.06, 0.06, 0.09)
WHITE: Colour = (0.93, 0.95, 0.96)


@dataclass(frozen=True)
class Person:
    """The looks of a drawn listener, which stay while the expression changes."""

    skin: Colour = (0.56, 0.69, 0.88)
    hair: Colour = (0.10, 0.15, 0.24)
    iris: Colour = (0.22, 0.34, 0.36)
    lips: Colour = (0.42, 0.42, 0.74)
    clothes: Colour = (0.45, 0.36, 0.24)
    hair_length: float = 0.35
    """0 is cut short, 1 falls to the shoulders."""
    brow_weight: float = 1.0

    @property
    def shade(self) -> Colour:
        """Skin in shadow."""
        b, g, r = self.skin
        return (b * 0.50, g * 0.54, r * 0.66)

    @property
    def shine(self) -> Colour:
        """Skin in full light."""
        # Dark skin would look ashen with as much white as light skin takes.
        return mix(self.skin, (1.0, 1.0, 1.0), 0.2 * sum(self.skin))


@dataclass(frozen=True)
class Sketch:
    """A canvas with one head on it."""

    canvas: Canvas
    pose: Pose
    person: Person
    expression: Expression

    def fill(
        self,
        points: Points,
        colour: Colour,
        alpha: float = 1.0,
        soft: float = 0.01,
        depth: float = 0.0,
        within: Points | None = None,
        flat: bool = False,
    ) -> None:
        """Paint a polygon given in face units; see `Pose.place` for `depth` and `flat`."""
        inside = None if within is None else self.pose.place(within, depth, flat)
        placed = self.pose.place(points, depth, flat)
        self.canvas.fill(placed, colour, alpha, soft * self.pose.scale, inside)


# --- eyes ------------------------------------------------------------------------------------------------

EYE_X, EYE_Y = 0.42, -0.10


def eye_outline(e: Expression, side: int) -> tuple[Points, Points]:
    """The upper and the lower lid's edge, each from the inner corner to the outer one."""
    open_ = 1 + 0.55 * e.upper_lid_raise - 0.22 * e.lid_tighten - 0.15 * e.cheek_raise
    open_ *= 1 - 0.25 * e.nose_wrinkle
    lower = 0.065 * (1 - 0.65 * max(e.cheek_raise, e.lid_tighten, e.nose_wrinkle) + 0.3 * e.upper_lid_raise)
    # A shut eye is a line a little above where the lower lid was.
    upper = 0.125 * open_ * (1 - e.eyes_close) - 0.6 * lower * e.eyes_close
    lower *= 1 - 0.4 * e.eyes_close
    sorrow = 0.04 * max(0.0, e.inner_brow_raise - e.outer_brow_raise)
    glare = 0.05 * e.brow_lower * (1 - e.inner_brow_raise) * (1 - e.eyes_close)
    inner, outer = EYE_X - 0.20, EYE_X + 0.21
    top = [
        (inner, EYE_Y + 0.02),
        (EYE_X - 0.11, EYE_Y - 0.72 * upper - sorrow + glare),
        (EYE_X, EYE_Y - upper - 0.5 * sorrow + 0.6 * glare),
        (EYE_X + 0.12, EYE_Y - 0.72 * upper + sorrow),
        (outer, EYE_Y - 0.01 + sorrow),
    ]
    bottom = [
        (inner, EYE_Y + 0.02),
        (EYE_X - 0.08, EYE_Y + 0.85 * lower + 0.01),
        (EYE_X + 0.05, EYE_Y + lower + 0.01),
        (outer, EYE_Y - 0.01 + sorrow),
    ]
    mirror = np.array([[side, 1.0]])
    return curve(top, closed=False) * mirror, curve(bottom, closed=False) * mirror


def draw_eye(s: Sketch, side: int) -> None:
    upper, lower = eye_outline(s.expression, side)
    opening = np.concatenate([upper, lower[::-1]])
    s.fill(opening, WHITE, soft=0.012)
    x = side * EYE_X - 0.06 * s.expression.look_left
    y = EYE_Y - 0.012 + 0.05 * s.expression.look_down
    s.fill(ellipse(x, y, 0.108, 0.112), mix(s.person.iris, DARK, 0.5), within=opening)
    s.fill(ellipse(x, y + 0.015, 0.085, 0.085), s.person.iris, soft=0.02, within=opening)
    s.fill(ellipse(x, y, 0.05, 0.05), DARK, within=opening)
    s.fill(ellipse(x - 0.04, y - 0.045, 0.024, 0.026), (1.0, 1.0, 1.0), 0.9, within=opening)
    shadow = np.concatenate([upper, upper[::-1] + np.array([[0.0, 0.045]])])
    s.fill(shadow, DARK, 0.35, soft=0.03, within=opening)
    s.fill(stroke(upper[::8], [0.012, 0.022, 0.028, 0.028, 0.02]), DARK, 0.95, soft=0.01)
    s.fill(stroke(lower[::8], [0.006, 0.008, 0.012, 0.014]), s.person.shade, 0.8, soft=0.012)
    draw_lids(s, side, upper, lower)


def draw_lids(s: Sketch, side: int, upper: Points, lower: Points) -> None:
    """Crease above, bag below, crow's feet beside."""
    e, shade = s.expression, s.person.shade
    lift = 0.035 + 0.035 * e.upper_lid_raise + 0.05 * e.eyes_close
    s.fill(stroke(upper[::8] - [0.0, lift], [0.004, 0.01, 0.012, 0.012, 0.006]), shade, 0.9, soft=0.025)
    tight = max(e.cheek_raise, 0.7 * e.lid_tighten, e.nose_wrinkle)
    bag = lower[::8] + np.array([[0.0, 0.055 - 0.015 * tight]])
    s.fill(stroke(bag, [0.004, 0.014, 0.016, 0.004]), shade, 0.25 + 0.5 * tight, soft=0.025)
    for k in (-1, 0, 1):
        crow = [(side * 0.68, EYE_Y + 0.03 + 0.03 * k), (side * 0.80, EYE_Y + 0.05 + 0.075 * k)]
        s.fill(stroke(crow, [0.010, 0.003]), shade, 0.5 * e.cheek_raise, soft=0.01)


# --- brows and forehead ----------------------------------------------------------------------------------


def brow_line(e: Expression, side: int) -> list[tuple[float, float]]:
    """The middle of the brow, from its inner end to its outer one."""
    base = -0.41 + 0.05 * e.nose_wrinkle
    # Raised against lowering, the inner end goes up: the slanted brow of grief and fear.
    grief = e.brow_lower * e.inner_brow_raise
    frown = e.brow_lower * (1 - 0.8 * e.inner_brow_raise)
    inner = base - 0.015 - 0.19 * e.inner_brow_raise - 0.07 * grief + 0.24 * frown
    middle = base - 0.07 - 0.05 * e.inner_brow_raise - 0.10 * e.outer_brow_raise + 0.14 * e.brow_lower
    outer = base + 0.03 - 0.14 * e.outer_brow_raise + 0.04 * e.brow_lower + 0.04 * grief
    near = 0.19 - 0.08 * e.brow_lower
    line = [(near, inner), (0.34, (inner + middle) / 2 - 0.015), (0.52, middle), (0.74, outer)]
    return [(side * x, y) for x, y in line]


def draw_brow(s: Sketch, side: int) -> None:
    e = s.expression
    line = brow_line(e, side)
    inner_half = 0.026 + 0.022 * e.brow_lower
    half = [w * s.person.brow_weight for w in (inner_half, 0.046, 0.040, 0.014)]
    below = [(x, y + 0.07) for x, y in line]
    s.fill(stroke(below, [0.05, 0.05, 0.05, 0.03]), s.person.shade, 0.22 + 0.3 * e.brow_lower, soft=0.06)
    s.fill(stroke(line, half), mix(s.person.hair, DARK, 0.5), 0.95, soft=0.025)


def draw_forehead(s: Sketch) -> None:
    """Furrows between lowered brows, lines over raised ones."""
    e, shade = s.expression, s.person.shade
    grief = e.brow_lower * e.inner_brow_raise
    for side in (-1, 1):
        line = [(side * 0.045, -0.50), (side * 0.065, -0.40), (side * 0.05, -0.27)]
        s.fill(stroke(line, [0.005, 0.018, 0.008]), shade, 0.85 * e.brow_lower, soft=0.02)
        hollow = [
            (side * 0.10, -0.42 - 0.12 * grief),
            (side * 0.17, -0.33 - 0.06 * grief),
            (side * 0.22, -0.22),
        ]
        s.fill(stroke(hollow, [0.03, 0.055, 0.03]), shade, 1.0 * e.brow_lower, soft=0.05)
    s.fill(ellipse(0.0, -0.38, 0.12, 0.13), shade, 0.6 * e.brow_lower * (1 - e.nose_wrinkle), soft=0.09)
    raised = 0.6 * e.inner_brow_raise + 0.4 * e.outer_brow_raise
    for k in range(3):
        y, width = -0.68 - 0.10 * k, 0.46 + 0.08 * e.outer_brow_raise - 0.05 * k
        tent = 0.05 * (e.inner_brow_raise - e.outer_brow_raise)
        line = [(-width, y + 0.02 + tent), (-width / 2, y - 0.01), (0.0, y - tent)]
        line += [(-x, y) for x, y in line[1::-1]]
        s.fill(stroke(line, [0.003, 0.012, 0.010, 0.012, 0.003]), shade, 0.5 * raised, soft=0.02)


# --- nose ------------------------------------------------------------------------------------------------


def draw_nose(s: Sketch) -> None:
    e, person = s.expression, s.person
    lift = 0.05 * e.nose_wrinkle + 0.02 * e.upper_lip_raise
    wide = 1 + 0.18 * e.nose_wrinkle + 0.10 * e.corner_pull
    # A wrinkled nose: its bridge stands out in the light, the cheeks beside it are hollow.
    s.fill(ellipse(0.0, -0.30, 0.05, 0.20), person.shine, 0.75 * e.nose_wrinkle, soft=0.05, depth=0.05)
    for side in (-1, 1):
        hollow = ellipse(side * 0.25, 0.10, 0.07, 0.15, side * -20)
        s.fill(hollow, person.shade, 0.6 * e.nose_wrinkle, soft=0.10)
        edge = [(side * 0.13, -0.22), (side * 0.085, 0.02), (side * 0.12, 0.22), (side * 0.17, 0.36 - lift)]
        s.fill(stroke(edge, [0.05, 0.03, 0.04, 0.03]), person.shade, 0.42, soft=0.07, depth=0.08)
    s.fill(ellipse(0.0, 0.43 - lift, 0.17 * wide, 0.05), person.shade, 0.65, soft=0.05, depth=0.12)
    s.fill(ellipse(0.0, 0.08, 0.045, 0.26), person.shine, 0.55, soft=0.07, depth=0.18)
    s.fill(ellipse(-0.02, 0.31 - lift, 0.07, 0.055), person.shine, 0.75, soft=0.07, depth=0.3)
    for side in (-1, 1):
        nostril = ellipse(side * 0.085 * wide, 0.405 - lift, 0.042, 0.022, side * -18)
        s.fill(nostril, DARK, 0.75, soft=0.015, depth=0.2)
        wing = [(side * 0.15 * wide, 0.28 - lift), (side * 0.185 * wide, 0.35 - lift)]
        wing += [(side * 0.15 * wide, 0.42 - lift)]
        s.fill(stroke(wing, [0.004, 0.014, 0.008]), person.shade, 0.8, soft=0.02, depth=0.12)
        for k in range(3):
            x, y = side * 0.11, -0.12 + 0.07 * k
            wrinkle = [(side * 0.01, y - 0.03), (x, y + 0.03)]
            s.fill(stroke(wrinkle, [0.012, 0.005]), person.shade, 0.8 * e.nose_wrinkle, soft=0.015, depth=0.1)
