"""Draws the demo's listeners: faces of our own, from parameters alone, always the same from the same ones.

>>> portrait("happy").shape
(480, 640, 3)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from appliance.demo.face.brush import Canvas, Colour, Pose, curve, ellipse, mix, stroke
from appliance.demo.face.expression import EXPRESSIONS, Expression, blend
from appliance.demo.face.features import Person, Sketch, draw_brow, draw_eye, draw_forehead, draw_nose
from appliance.demo.face.hands import draw_hands
from appliance.demo.face.mouth import draw_folds, draw_mouth

__all__ = ["EXPRESSIONS", "PEOPLE", "Expression", "Listener", "Person", "Pose", "blend", "portrait", "scene"]

PEOPLE = (
    Person(),
    Person(
        skin=(0.27, 0.40, 0.60),
        hair=(0.07, 0.08, 0.10),
        iris=(0.10, 0.17, 0.28),
        lips=(0.27, 0.27, 0.50),
        clothes=(0.30, 0.52, 0.68),
        hair_length=0.0,
        brow_weight=1.15,
    ),
    Person(
        skin=(0.64, 0.76, 0.93),
        hair=(0.27, 0.46, 0.66),
        iris=(0.52, 0.44, 0.28),
        lips=(0.48, 0.46, 0.80),
        clothes=(0.36, 0.30, 0.56),
        hair_length=1.0,
        brow_weight=0.85,
    ),
)
"""Listeners to draw; `seed` counts through them."""
POSE = Pose()
NOISE = 1
"""Steps of 255 that the camera's noise goes up and down."""


@dataclass(frozen=True)
class Listener:
    """One face in a scene."""

    expression: Expression = EXPRESSIONS["neutral"]
    pose: Pose = POSE
    person: Person = PEOPLE[0]


def portrait(
    expression: str | Expression,
    size: tuple[int, int] = (640, 480),
    light: float = 1.0,
    yaw: float = 0.0,
    roll: float = 0.0,
    scale: float = 1.0,
    seed: int = 0,
    person: Person | None = None,
) -> np.ndarray:
    """One listener in the middle of the picture.

    expression: a name of `EXPRESSIONS`, or parameters.
    size: width and height, pixels.
    light: 1 is a lit room, 0.4 a dim one.
    yaw, roll: degrees; see `Pose`.
    scale: 1 makes a face of half the picture's height.
    seed: chooses one of `PEOPLE`, unless `person` says who, and the camera's noise.
    Returns uint8 (height, width, 3), BGR.
    Raises KeyError for a name that is none of `EXPRESSIONS`.
    """
    width, height = size
    shown = EXPRESSIONS[expression] if isinstance(expression, str) else expression
    pose = Pose(width / 2, height * 0.50, min(width, height) * 0.21 * scale, yaw=yaw, roll=roll)
    who = person or PEOPLE[seed % len(PEOPLE)]
    return scene([Listener(shown, pose, who)], size, light, seed)


def scene(
    listeners: Iterable[Listener],
    size: tuple[int, int] = (640, 480),
    light: float = 1.0,
    seed: int = 0,
) -> np.ndarray:
    """A room with any number of listeners, the first one farthest away.

    Returns uint8 (height, width, 3), BGR; see `portrait` for the parameters.
    """
    width, height = size
    canvas = Canvas(width, height)
    draw_room(canvas)
    for listener in listeners:
        draw_head(Sketch(canvas, listener.pose, listener.person, listener.expression))
    return develop(canvas.planes, light, seed)


def draw_room(canvas: Canvas) -> None:
    """A wall in soft light, and lamps out of focus."""
    height, width = canvas.planes.shape[1:]
    top: Colour = (0.62, 0.66, 0.66)
    low: Colour = (0.42, 0.47, 0.50)
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    for plane, bright, dark in zip(canvas.planes, top, low, strict=True):
        plane[:] = bright + (dark - bright) * ramp
    unit = height / 480
    for x, y, radius, strength in ((0.12, 0.2, 34, 0.30), (0.9, 0.14, 46, 0.25), (0.82, 0.42, 22, 0.18)):
        lamp = ellipse(x * width, y * height, radius * unit, radius * unit)
        canvas.fill(lamp, (0.75, 0.88, 0.98), strength, soft=10 * unit)


def develop(planes: np.ndarray, light: float, seed: int) -> np.ndarray:
    """Turn the light of a scene into a small camera's picture, with its exposure, slight blur and noise.

    planes: float32 (3, height, width), 0 to 1. Returns uint8 (height, width, 3).
    """
    picture = cv2.convertScaleAbs(cv2.merge(list(planes)), alpha=255.0 * light)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.8)
    noise = np.random.default_rng(seed).integers(0, 2 * NOISE + 1, planes.shape[1:], dtype=np.uint8)
    grain = cv2.merge([noise] * 3)
    return np.asarray(cv2.subtract(cv2.add(picture, grain), np.full_like(grain, NOISE)), dtype=np.uint8)


# --- the head --------------------------------------------------------------------------------------------


def head_outline(jaw_drop: float) -> np.ndarray:
    """The face's outline without hair, face units."""
    drop = 0.20 * jaw_drop
    half = [(0.0, -1.30), (0.52, -1.20), (0.86, -0.82), (0.97, -0.30), (0.95, 0.20)]
    half += [(0.84, 0.68 + 0.5 * drop), (0.60, 1.04 + 0.9 * drop), (0.28, 1.22 + drop)]
    return curve(half + [(0.0, 1.27 + drop)] + [(-x, y) for x, y in half[:0:-1]])


def draw_head(s: Sketch) -> None:
    """Everything of one listener, from back to front."""
    draw_hair_behind(s)
    draw_shoulders(s)
    for side in (-1, 1):
        draw_ear(s, side)
    draw_skin(s)
    draw_folds(s, head_outline(s.expression.jaw_drop))
    draw_forehead(s)
    for side in (-1, 1):
        draw_eye(s, side)
        draw_brow(s, side)
    draw_nose(s)
    draw_mouth(s)
    draw_hair(s)
    draw_hands(s)


def draw_shoulders(s: Sketch) -> None:
    person = s.person
    half = [(0.55, 1.68), (1.25, 1.88), (1.75, 2.25), (1.95, 3.6)]
    body = curve([(0.0, 1.62), *half, *[(-x, y) for x, y in half[::-1]]])
    s.fill(body, person.clothes, soft=0.04, flat=True)
    s.fill(ellipse(-0.9, 2.3, 0.5, 0.3), mix(person.clothes, (1, 1, 1), 0.4), 0.5, soft=0.4, flat=True)
    neck = [(-0.50, 0.7), (0.50, 0.7), (0.47, 1.45), (0.62, 1.72), (0.0, 2.0), (-0.62, 1.72), (-0.47, 1.45)]
    outline = curve(neck)
    s.fill(outline, mix(person.skin, person.shade, 0.25), soft=0.03, flat=True)
    s.fill(ellipse(0.0, 1.25, 0.62, 0.30), person.shade, 0.85, soft=0.2, flat=True, within=outline)
    s.fill(ellipse(0.5, 1.5, 0.2, 0.5), person.shade, 0.5, soft=0.2, flat=True, within=outline)


def draw_ear(s: Sketch, side: int) -> None:
    s.fill(
        ellipse(side * 1.0, 0.02, 0.13, 0.27, side * 8), mix(s.person.skin, s.person.shade, 0.35), soft=0.03
    )
    s.fill(ellipse(side * 1.02, 0.0, 0.06, 0.17, side * 8), s.person.shade, 0.6, soft=0.05)


def draw_skin(s: Sketch) -> None:
    """The face's ground: darker to its edge and on the right, lit from the upper left."""
    person = s.person
    outline = head_outline(s.expression.jaw_drop)
    s.fill(outline, mix(person.skin, person.shade, 0.45), soft=0.02)
    s.fill(outline * [0.86, 0.90] + [-0.04, -0.02], person.skin, soft=0.22, within=outline)
    s.fill(ellipse(-0.22, -0.68, 0.45, 0.26), person.shine, 0.55, soft=0.28, within=outline)
    s.fill(ellipse(-0.05, 1.08 + 0.2 * s.expression.jaw_drop, 0.2, 0.1), person.shine, 0.45, soft=0.12)
    for side in (-1, 1):
        s.fill(ellipse(side * 0.42, -0.20, 0.27, 0.17), person.shade, 0.42, soft=0.13)
        hollow = ellipse(side * 0.80, 0.62, 0.15, 0.40, side * 14)
        s.fill(hollow, person.shade, 0.32, soft=0.2, within=outline)
        blush = mix(person.skin, (0.36, 0.40, 0.86), 0.5)
        s.fill(ellipse(side * 0.58, 0.34, 0.24, 0.17), blush, 0.4, soft=0.18)


def draw_hair_behind(s: Sketch) -> None:
    length = s.person.hair_length
    if length <= 0:
        return
    end = 0.3 + 1.5 * length
    half = [(0.0, -1.62), (0.72, -1.46), (1.12, -0.85), (1.20, -0.1), (1.16 + 0.1 * length, 0.6 * end)]
    half += [(0.95 + 0.1 * length, end)]
    outline = curve([*half, (0.0, end - 0.1), *[(-x, y) for x, y in half[:0:-1]]])
    s.fill(outline, mix(s.person.hair, (0, 0, 0), 0.3), soft=0.05)


def draw_hair(s: Sketch) -> None:
    """The crown and a fringe parted at one side, with a sheen."""
    hair = s.person.hair
    thin = 0.07 if s.person.hair_length <= 0 else 0.0
    crown = [(-1.0, -0.25), (-1.07 + thin, -0.75), (-0.80, -1.36 + thin), (-0.2, -1.60 + 1.5 * thin)]
    crown += [(0.45, -1.56 + 1.5 * thin), (0.90, -1.22 + thin), (1.07 - thin, -0.70), (1.0, -0.25)]
    fringe = [(0.93, -0.55), (0.80, -0.86), (0.50, -1.02), (0.18, -1.10), (-0.15, -1.00)]
    fringe += [(-0.55, -0.90), (-0.84, -0.72), (-0.93, -0.45)]
    outline = curve(crown + fringe)
    s.fill(outline + np.array([0.0, 0.05]), s.person.shade, 0.4, soft=0.10)
    s.fill(outline, hair, soft=0.04)
    for k in range(7):
        x = -0.75 + 0.25 * k
        lock = [(x + 0.1, -1.05), (x, -1.22), (0.8 * x, -1.5)]
        strand = mix(hair, (1.0, 1.0, 1.0) if k % 2 else (0.0, 0.0, 0.0), 0.3)
        s.fill(stroke(lock, [0.006, 0.016, 0.004]), strand, 0.35, soft=0.025, within=outline)
    sheen = curve([(-0.72, -1.15), (-0.2, -1.42), (0.45, -1.38), (0.2, -1.27), (-0.3, -1.25)])
    s.fill(sheen, mix(hair, (1.0, 1.0, 1.0), 0.45), 0.55, soft=0.12, within=outline)
