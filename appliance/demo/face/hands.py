"""Hands of a drawn listener, brought to the mouth. Coordinates are face units; see `features`."""

from __future__ import annotations

import numpy as np

from appliance.demo.face.brush import ellipse, mix, stroke
from appliance.demo.face.features import Sketch

BELOW = 1.9
"""How far down, out of the picture of a face, hands at rest are."""
FINGERS = ((0.085, 0.90), (0.235, 0.87), (0.385, 0.90), (0.52, 0.97))
"""Where the tips of the left hand's curled fingers are at the mouth, mirrored for the right hand."""

SHADOW, LIT = np.array([0.012, 0.02]), np.array([0.015, 0.0])


def draw_hands(s: Sketch) -> None:
    """Two hands with curled fingers before the chin, as far up as `hands_at_mouth` says."""
    up = s.expression.hands_at_mouth
    if up <= 0.02:
        return
    drop = BELOW * (1 - up)
    for side in (-1, 1):
        draw_arm(s, side, drop)
        for x, y in reversed(FINGERS):
            draw_finger(s, side * x, y + drop)


def draw_arm(s: Sketch, side: int, drop: float) -> None:
    person = s.person
    line = [(side * 0.34, 1.45 + drop), (side * 0.52, 1.95 + drop), (side * 0.95, 2.9 + drop)]
    s.fill(stroke(line, [0.26, 0.21, 0.27]), mix(person.skin, person.shade, 0.35), soft=0.03, flat=True)
    sleeve = [(side * 0.62, 2.2 + drop), (side * 0.95, 2.9 + drop), (side * 1.1, 3.4 + drop)]
    s.fill(stroke(sleeve, [0.30, 0.34, 0.36]), person.clothes, soft=0.03, flat=True)
    s.fill(ellipse(side * 0.32, 1.42 + drop, 0.33, 0.26), person.skin, soft=0.04, flat=True)
    s.fill(ellipse(side * 0.40, 1.56 + drop, 0.22, 0.14), person.shade, 0.4, soft=0.14, flat=True)


def draw_finger(s: Sketch, x: float, y: float) -> None:
    """From the knuckle up to the tip at (x, y), with the shadow that it throws beside it."""
    person = s.person
    line = np.array([(x, y), (x * 1.02, y + 0.10), (x * 1.04, y + 0.28), (x * 1.0, y + 0.48)])
    s.fill(stroke(line + SHADOW, [0.07, 0.088, 0.088, 0.07]), person.shade, 0.95, 0.04, flat=True)
    s.fill(stroke(line, [0.05, 0.070, 0.074, 0.06]), person.skin, soft=0.025, flat=True)
    s.fill(stroke(line[:3] - LIT, [0.015, 0.03, 0.02]), person.shine, 0.5, 0.04, flat=True)
    for bend in (0.14, 0.31):
        crease = [(x - 0.05, y + bend), (x, y + bend - 0.01), (x + 0.05, y + bend)]
        s.fill(stroke(crease, [0.004, 0.012, 0.004]), person.shade, 0.7, 0.015, flat=True)
    nail = ellipse(x, y + 0.035, 0.036, 0.045)
    s.fill(nail, mix(person.shine, person.lips, 0.3), 0.8, 0.015, flat=True)
